/** What is kept of conditions in `private/conditions.json`: the rules, what a person said, what held back when it was written. */
import { readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { conditionNameSchema, rulesSchema, type Rules } from '../api/contract-conditions.ts';
import { writeAtomically } from '../disk.ts';
import { systemErrorCode } from '../errors.ts';
import { DEFAULT_RULES } from './defaults.ts';
import { saidSchema } from './said.ts';

const keptSchema = z.object({
  schema: z.literal(1),
  rules: rulesSchema,
  said: saidSchema.nullable(),
  /** Rules that held back, so that the next agent lets go by the same limits. */
  holding: z.array(conditionNameSchema),
  state: z.enum(['running', 'paused', 'finishing']),
  /** Since when. */
  since: z.number(),
  /** What was here when “finish” was said: it is let end. */
  finishing: z.array(z.object({ partitionId: z.string(), instance: z.string() })),
});

export type Kept = Omit<z.infer<typeof keptSchema>, 'schema'>;

export type Opened = {
  kept: Kept;
  /** Where a damaged file was put; null: it was read, or there was none. */
  setAside: string | null;
};

/** A damaged file is set aside, and the considerate rules hold. */
export async function openKept(file: string, now: number): Promise<Opened> {
  const kept: Kept = {
    rules: DEFAULT_RULES,
    said: null,
    holding: [],
    state: 'running',
    since: now,
    finishing: [],
  };
  let written: string;
  try {
    written = await readFile(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return { kept, setAside: null };
    throw error;
  }
  try {
    return { kept: keptSchema.parse(JSON.parse(written)), setAside: null };
  } catch {
    const setAside = `${file}.damaged`;
    await rename(file, setAside);
    return { kept, setAside };
  }
}

/** @throws SlapgridError `disk-full`, `read-only`. */
export async function writeKept(file: string, kept: Kept): Promise<void> {
  await writeAtomically(file, `${JSON.stringify({ schema: 1, ...kept })}\n`);
}

/** @returns what is wrong with the rules, by name; null: nothing. */
export function rulesProblem(rules: Rules): string | null {
  const parsed = rulesSchema.safeParse(rules);
  if (parsed.success) return null;
  const [issue] = parsed.error.issues;
  return issue === undefined ? '' : `${issue.path.join('.')}: ${issue.message}`;
}
