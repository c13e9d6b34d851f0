/** Started with descriptors it did not ask for: lists those a child would inherit, then runs a command in a sandbox. */
import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { createSandbox } from '../../../agent/sandbox/sandbox.ts';
import type { SandboxSpec } from '../../../agent/sandbox/types.ts';

const O_CLOEXEC = 0o2000000;

for (const descriptor of readdirSync('/proc/self/fd')) {
  const flags = /^flags:\s+(\d+)/m.exec(information(descriptor))?.[1] ?? '0';
  if ((Number.parseInt(flags, 8) & O_CLOEXEC) === 0) console.log(descriptor);
}
console.log('--');
const spec: SandboxSpec = JSON.parse(process.argv[2] ?? '');
console.log((await createSandbox().run(spec, { timeoutSeconds: 60 })).output);

function information(descriptor: string): string {
  try {
    return readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8');
  } catch {
    // The one that listed the folder is closed by now.
    return `flags: ${O_CLOEXEC.toString(8)}`;
  }
}
