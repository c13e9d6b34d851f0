/** Starts a command in a sandbox, says its pid, and waits to be killed. */
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { payloadPid, startPlan } from '../../../agent/sandbox/execution.ts';
import { hostPrograms } from '../../../agent/sandbox/programs.ts';
import { createSandbox } from '../../../agent/sandbox/sandbox.ts';
import type { SandboxSpec } from '../../../agent/sandbox/types.ts';

const spec: SandboxSpec = JSON.parse(process.argv[2] ?? '');
const child = startPlan(createSandbox().plan(spec), hostPrograms());
let payload: number | null = null;
while (payload === null) {
  await pause(10);
  payload = child.pid === undefined ? null : payloadPid(child.pid);
}
console.log(payload);
await pause(2 ** 30);
