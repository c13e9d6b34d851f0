/**
 * What the command line writes to and asks. Results go to standard output, everything about the way there to standard error.
 */
import process from 'node:process';

export type Terminal = {
  /** Lines of the result. */
  result(text: string): void;
  /** A line for the person, beside the result. */
  note(text: string): void;
  /** Whether a person watches: progress may be drawn and questions asked. */
  interactive: boolean;
  /** Replaces the line being drawn. Only when `interactive`. */
  draw(line: string): void;
  /** Ends the line being drawn and leaves it there. */
  settle(): void;
  /**
   * The person's answer to a question, trimmed; null when there is nobody to ask or they closed the input.
   * @param options.secret whether what they type is shown to nobody.
   */
  ask(question: string, options?: { secret?: boolean }): Promise<string | null>;
};

/** Clears from the cursor to the end of the line (ECMA-48 EL). */
const CLEAR = '\r\u001b[K';

const USUAL_COLUMNS = 80;

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  const interactive = stdout.isTTY && stderr.isTTY;
  let drawn = false;
  const settle = (): void => {
    if (drawn) stderr.write('\n');
    drawn = false;
  };
  return {
    interactive,
    result(text) {
      settle();
      stdout.write(`${text}\n`);
    },
    note(text) {
      settle();
      stderr.write(`${text}\n`);
    },
    draw(line) {
      // A line that wraps cannot be rewritten. A terminal that does not know its width says 0.
      stderr.write(`${CLEAR}${line.slice(0, (stderr.columns || USUAL_COLUMNS) - 1)}`);
      drawn = true;
    },
    settle,
    async ask(question, options = {}) {
      if (!interactive || !stdin.isTTY) return null;
      settle();
      const { createInterface } = await import('node:readline');
      const secret = options.secret === true;
      // What is typed is echoed by the reader, not by the terminal: where there is no output, there is no echo.
      const lines = secret
        ? createInterface({ input: stdin, terminal: true })
        : createInterface({ input: stdin, output: stderr });
      if (secret) stderr.write(question);
      try {
        return await new Promise((resolve) => {
          lines.once('close', () => resolve(null));
          lines.question(secret ? '' : question, (answer) => resolve(answer.trim()));
        });
      } finally {
        lines.close();
        if (secret) stderr.write('\n');
      }
    },
  };
}
