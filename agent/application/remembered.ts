/**
 * The application that was opened last on a data folder, kept in `private/application.json`: what a login starts, and what the
 * command opens where it brings none of its own.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../disk.ts';
import type { Paths } from '../paths.ts';
import { isProgram } from '../setup/system-packages.ts';

/** The program, by its absolute path, and its arguments. */
const commandSchema = z.tuple([z.string().startsWith('/')], z.string());
const recordSchema = z.object({ schema: z.literal(1), command: commandSchema });

/** Where the application says how it was started, for the command that it runs. */
export const APPLICATION_VARIABLE = 'SLAPGRID_APPLICATION';

function fileIn(paths: Paths): string {
  return path.join(paths.private, 'application.json');
}

/**
 * Remembers what the environment says, if anything.
 * @returns whether that is something new.
 * @throws SlapgridError `disk-full`, `read-only`.
 */
export async function rememberApplication(paths: Paths, environment: NodeJS.ProcessEnv): Promise<boolean> {
  const command = parsed(commandSchema, environment[APPLICATION_VARIABLE] ?? '');
  if (command === null) return false;
  const content = `${JSON.stringify({ schema: 1, command })}\n`;
  if ((await readFile(fileIn(paths), 'utf8').catch(() => '')) === content) return false;
  await writeAtomically(fileIn(paths), content);
  return true;
}

/** null when there was none, or it is there no more. */
export async function rememberedApplication(paths: Paths): Promise<readonly string[] | null> {
  const record = parsed(recordSchema, await readFile(fileIn(paths), 'utf8').catch(() => ''));
  return record !== null && (await isProgram(record.command[0])) ? record.command : null;
}

function parsed<Schema extends z.ZodType>(schema: Schema, document: string): z.infer<Schema> | null {
  try {
    return schema.parse(JSON.parse(document));
  } catch {
    return null;
  }
}
