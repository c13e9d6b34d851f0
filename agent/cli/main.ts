/**
 * The entry of the `slapgrid` command. Everything else is loaded when a command needs it, because a command is started often.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

/** The build: `cli/` (this) and `agent/` side by side. */
const program = path.dirname(import.meta.dirname);
const argv = process.argv.slice(2);

// A reader that has seen enough (`| head`) closes its end. That is not an error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  const { version } = JSON.parse(readFileSync(path.join(program, 'agent', 'version.json'), 'utf8'));
  process.stdout.write(`${version}\n`);
} else {
  const { runProcess } = await import('./process.ts');
  const status = await runProcess(argv, program);
  // What is still open (a stream that was left, a terminal) must not keep a finished command.
  process.stdout.write('', () => process.exit(status));
}
