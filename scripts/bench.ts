/**
 * `npm run bench`: prints tables of what things cost on this machine. `npm run bench -- door idle` runs these only;
 * `--peer URL` beside `proxy` measures another SLAP server in alternation, `--peer-slapos COMMAND` beside `cycle` another node.
 *
 * Everything happens in a data folder of its own below the temporary folder and is removed in the end, also after Ctrl-C.
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { command } from '../test/bench/command.ts';
import { cycle } from '../test/bench/cycle.ts';
import { conditions } from '../test/bench/conditions.ts';
import { door } from '../test/bench/door.ts';
import { freeze } from '../test/bench/freeze.ts';
import { idle } from '../test/bench/idle.ts';
import { Installation, root } from '../test/bench/installation.ts';
import { loadText, machineLine } from '../test/bench/machine.ts';
import { tableText, type Table } from '../test/bench/measure.ts';
import { proxy } from '../test/bench/proxy/index.ts';
import { reconcile } from '../test/bench/reconcile.ts';
import { request } from '../test/bench/request.ts';
import { sandbox } from '../test/bench/sandbox.ts';
import { shell } from '../test/bench/shell.ts';
import { start } from '../test/bench/start.ts';
import { trivial } from '../test/bench/trivial.ts';
import { usage } from '../test/bench/usage.ts';
import { window } from '../test/bench/window.ts';

const BENCHES: Readonly<Record<string, (installation: Installation) => Promise<Table>>> = {
  command,
  request,
  trivial,
  start,
  idle,
  reconcile,
  cycle: () => cycle(values['peer-slapos']),
  sandbox,
  door,
  usage,
  freeze,
  conditions,
  proxy: () => proxy(values),
  window,
  shell,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { peer: { type: 'string' }, 'peer-slapos': { type: 'string' } },
});

const names = Object.keys(BENCHES);
const chosen = positionals.length > 0 ? positionals : names;
const unknown = chosen.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`No benchmark is called ${unknown.join(', ')}. There are: ${names.join(', ')}.`);
  process.exit(2);
}

const installation = await Installation.make();
let removing: Promise<void> | null = null;
const remove = (): Promise<void> => (removing ??= installation.remove());
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void remove().finally(() => process.exit(1)));
}

try {
  // Builds what is missing or stale, which is no part of any figure.
  await installation.command('--version');
  console.log(`${machineLine(root)}\n`);
  for (const name of chosen) {
    const began = performance.now();
    const table = await BENCHES[name]?.(installation);
    if (table === undefined) continue;
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    console.log(tableText(table));
    console.log(`(${seconds} s; load average then ${loadText()})\n`);
  }
} finally {
  await remove();
}
