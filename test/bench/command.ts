/** What a person waits for at the prompt. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';
import { root, type Installation } from './installation.ts';
import { inTurns, timed, type Table } from './measure.ts';

const TIMES = 15;

/** Runs a program to its end; what it prints is thrown away. */
export async function run(program: string, ...args: string[]): Promise<void> {
  await once(spawn(program, args, { stdio: 'ignore' }), 'exit');
}

export async function command(installation: Installation): Promise<Table> {
  await installation.api();
  const built = path.join(root, 'dist', 'cli', 'cli.mjs');
  const samples = await inTurns(TIMES, {
    node: () => timed(() => run(process.execPath, '-e', '0')),
    built: () => timed(() => run(process.execPath, built, '--version')),
    version: () => timed(() => installation.command('--version')),
    help: () => timed(() => installation.command('--help')),
    status: () => timed(() => installation.command('status')),
  });
  const baseline = { what: 'node -e 0', samples: samples.node };
  return {
    title: 'command: spawn → exit',
    rows: [
      { what: './slapgrid --version', unit: 'ms', samples: samples.version, baseline },
      { what: './slapgrid --help', unit: 'ms', samples: samples.help, baseline },
      { what: './slapgrid status', unit: 'ms', samples: samples.status, baseline },
      { what: 'the built command alone, --version', unit: 'ms', samples: samples.built, baseline },
    ],
    notes: [
      'The difference between the last row and the first is the launcher of a clone, which looks whether anything must be built again.',
    ],
  };
}
