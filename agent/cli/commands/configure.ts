/**
 * `configure client`: the file that upstream's `slapos` command reads, so that it speaks to this computer's master.
 */
import { chmod, mkdir, readFile, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { diskError, syncFolder, writeAtomically } from '../../disk.ts';
import { SlapgridError, systemErrorCode } from '../../errors.ts';
import { text } from '../../messages.ts';
import { clientConfiguration, clientConfigurationFile } from '../client-configuration.ts';
import { answer, type CommandContext } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';

export type ConfigureClientOptions = {
  file?: string;
  /** Writes to standard output instead of a file. */
  stdout?: boolean;
};

/** What happened to the file, and where the one that stood there before is now. */
type Written = { outcome: 'written' | 'unchanged'; keptAs: string | null };

export async function configureClient(
  context: CommandContext,
  options: ConfigureClientOptions,
): Promise<ExitStatus> {
  const connection = await context.connect();
  const [{ url }, catalogue] = await Promise.all([connection.masterUrl('person'), connection.catalogue()]);
  const content = clientConfiguration(
    url,
    catalogue.map(({ name }) => name),
  );
  if (options.stdout === true) {
    answer(context, { content }, content.trimEnd());
    if (!context.json) context.terminal.note(text('cli.proxy.secret'));
    return EXIT.done;
  }
  const usual = clientConfigurationFile(context.environment, context.environment['HOME'] ?? homedir());
  const file = options.file === undefined ? usual : path.resolve(options.file);
  const { outcome, keptAs } = await write(file, content, new Date(context.now()));
  const words = [
    ...(keptAs === null ? [] : [text('cli.configure.kept', { file, keptAs })]),
    text(`cli.configure.${outcome}`, { file }),
    text('cli.configure.use', { file, usual: file === usual ? 'yes' : 'no' }),
  ];
  answer(context, { file, outcome, keptAs }, words.join('\n'));
  return EXIT.done;
}

/** @throws SlapgridError `configuration-not-a-file`, `read-only`, `disk-full`: what was there is untouched. */
async function write(file: string, content: string, now: Date): Promise<Written> {
  try {
    const before = await contentOf(file);
    if (before === content) {
      await chmod(file, 0o600);
      return { outcome: 'unchanged', keptAs: null };
    }
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const keptAs = before === null ? null : await keepAside(file, now);
    // Whoever can read the address may request: nobody else can.
    await writeAtomically(file, content, { mode: 0o600 });
    return { outcome: 'written', keptAs };
  } catch (error) {
    throw diskError(error, file);
  }
}

/** null when there is none. */
async function contentOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') return null;
    if (code === 'EISDIR' || code === 'ENOTDIR') {
      throw new SlapgridError('configuration-not-a-file', { file }, { cause: error });
    }
    throw error;
  }
}

/** It may be of another master: a person wants it back some day. */
async function keepAside(file: string, now: Date): Promise<string> {
  const keptAs = `${file}.before-${now.toISOString().replaceAll(':', '-')}`;
  await rename(file, keptAs);
  await syncFolder(path.dirname(file));
  return keptAs;
}
