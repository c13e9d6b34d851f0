/**
 * A copy of an instance’s data, saved by the browser.
 */
import { download } from '../../connection/download.ts';
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { useStore, type Action } from '../../state/hooks.ts';

/** @returns what begins the download. */
export function useExport(name: string, { run }: Pick<Action, 'run'>): () => void {
  const { client } = useStore();
  return () => {
    void run(async () => {
      const { path } = await client.createDownload.mutate({ name, what: 'data' });
      download(path);
      announce(text('page.partition.exporting', { name }), 'answer');
    });
  };
}
