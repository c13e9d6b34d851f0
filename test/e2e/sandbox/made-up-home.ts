/** Runs a scenario in a made-up home: no packet of it leaves namespaces that were made for it. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { expect } from 'vitest';
import { isRoot } from './partition.ts';

/** @returns what it printed last: one JSON document. */
export async function inMadeUpHome(scenario: string, ...given: string[]): Promise<unknown> {
  const here = import.meta.dirname;
  const own = isRoot ? ['ALL'] : ['CAP_NET_ADMIN', 'CAP_SYS_ADMIN', 'CAP_NET_BIND_SERVICE'];
  const words = [
    isRoot ? [] : ['--unshare-user'],
    own.flatMap((name) => ['--cap-add', name]),
    ['--unshare-net', '--die-with-parent', '--dev-bind', '/', '/'],
    ['--', '/bin/sh', path.join(here, 'egress-home.sh')],
    [process.execPath, path.join(here, scenario), ...given],
  ].flat();
  const child = spawn('/usr/bin/bwrap', words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [said, wrong] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    wrong += chunk.toString();
  });
  await new Promise((resolve) => {
    child.once('close', resolve);
  });
  const last = said.trim().split('\n').at(-1) ?? '';
  expect(last, wrong).toMatch(/^\{/);
  return JSON.parse(last);
}
