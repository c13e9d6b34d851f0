/**
 * `export NAME FILE`: a copy of an instance's data as a tar file.
 */
import path from 'node:path';
import { text } from '../../messages.ts';
import { answer, type CommandContext } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { megabytes } from '../words.ts';

export async function exportData(
  context: CommandContext,
  options: { name: string; file: string },
): Promise<ExitStatus> {
  const file = path.resolve(options.file);
  const { bytes } = await (await context.connect()).exportData(options.name, file);
  answer(
    context,
    { name: options.name, file, bytes },
    // A small copy is not nothing.
    text('cli.export.done', { name: options.name, file, size: megabytes(Math.max(bytes, 100_000)) }),
  );
  return EXIT.done;
}
