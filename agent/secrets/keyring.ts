/**
 * The keyring of the desktop, asked through a process that lives as long as one question.
 */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { z } from 'zod';
import type { KeyringRequest } from './keyring-process.ts';
import type { KeyringProblem } from './secret-store.ts';

/** The keyring does not do what it was asked; `problem` says why. */
export class KeyringFailure extends Error {
  readonly problem: KeyringProblem;

  constructor(problem: KeyringProblem, detail: string) {
    super(detail === '' ? problem : `${problem}: ${detail}`);
    this.problem = problem;
  }
}

export type KeyringOptions = {
  /** The program that speaks to it (`keyring.mjs`), and the library that program loads. */
  program: string;
  addon: string;
  /** What the entries are filed under; another data folder has others. */
  service: string;
  environment?: NodeJS.ProcessEnv;
  /** How long a person may take to unlock it. */
  patienceMilliseconds?: number;
};

const PATIENCE_MILLISECONDS = 30_000;
/** What asks nobody has no reason to take longer. */
const LOOK_MILLISECONDS = 5000;

const answerSchema = z.union([
  z.object({ ok: z.literal(true), value: z.string().nullable() }),
  z.object({
    ok: z.literal(false),
    problem: z.enum(['no-session', 'no-library', 'no-service', 'locked']),
    detail: z.string(),
  }),
]);

export class Keyring {
  readonly #options: KeyringOptions;

  constructor(options: KeyringOptions) {
    this.#options = options;
  }

  /** @throws KeyringFailure when none answers. Nobody is asked for a password. */
  async look(): Promise<void> {
    await this.#ask({ do: 'look' }, LOOK_MILLISECONDS);
  }

  /** @throws KeyringFailure */
  get(account: string): Promise<string | null> {
    return this.#ask({ do: 'get', service: this.#options.service, account });
  }

  /** Resolves when it was read back. @throws KeyringFailure */
  async set(account: string, value: string): Promise<void> {
    await this.#ask({ do: 'set', service: this.#options.service, account, value });
  }

  /** Idempotent. @throws KeyringFailure */
  async delete(account: string): Promise<void> {
    await this.#ask({ do: 'delete', service: this.#options.service, account });
  }

  async #ask(
    request: KeyringRequest,
    patience = this.#options.patienceMilliseconds ?? PATIENCE_MILLISECONDS,
  ): Promise<string | null> {
    const { program, addon, environment = process.env } = this.#options;
    const said = await outputOf([program, addon], JSON.stringify(request), environment, patience);
    const answer = answerSchema.safeParse(parsed(said));
    if (!answer.success) throw new KeyringFailure('silent', '');
    if (!answer.data.ok) throw new KeyringFailure(answer.data.problem, answer.data.detail);
    return answer.data.value;
  }
}

/** What the program says until it ends, or until the patience does. */
function outputOf(
  args: readonly string[],
  input: string,
  environment: NodeJS.ProcessEnv,
  patience: number,
): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      env: environment,
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: patience,
      killSignal: 'SIGKILL',
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
    // It may end before it has read everything.
    child.stdin.on('error', () => {});
    child.once('error', () => resolve(''));
    child.once('close', () => resolve(said));
    child.stdin.end(input);
  });
}

function parsed(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    return null;
  }
}
