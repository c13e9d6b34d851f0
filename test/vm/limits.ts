/**
 * Run by `run.sh` inside a virtual machine, as an ordinary user below a real `systemd --user`: what limits partitions there, tried with
 * real hogs. Prints a line for each thing that was tried.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { type CgroupBackend, createCgroups } from '../../agent/sandbox/cgroup.ts';

const MEBIBYTE = 2 ** 20;
const NONE = { memoryBytes: null, processes: null, cpus: null };
const SPIN = '1 while 1';

let failures = 0;

function told(what: string, isTrue: boolean, figure = ''): void {
  if (!isTrue) failures += 1;
  process.stdout.write(`limits: ${isTrue ? 'ok' : 'NOT OK'} ${what}${figure === '' ? '' : `: ${figure}`}\n`);
}

type Ended = { code: number | null; signal: string | null; output: string };

/** Starts a Perl program in the groups. */
function start(joinFiles: readonly string[], program: string): { pid: number; ended: Promise<Ended> } {
  const join = 'program=$1; shift; for file; do echo 0 >"$file" || exit 70; done; exec perl -e "$program"';
  const child = spawn('/bin/sh', ['-c', join, 'hog', program, ...joinFiles], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, signal: child.signalCode, output }));
  return { pid: child.pid ?? 0, ended };
}

async function until(look: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!look()) {
    if (performance.now() > deadline) throw new Error(`never came true: ${look.toString()}`);
    await pause(10);
  }
}

const cpu = (groups: CgroupBackend, id: string): number => groups.usage(id)?.cpuSeconds ?? 0;

async function memory(groups: CgroupBackend): Promise<void> {
  const hogs = await groups.ensure('hog', { ...NONE, memoryBytes: 64 * MEBIBYTE }, 'hosted');
  const neighbours = await groups.ensure('neighbour', NONE, 'hosted');
  const neighbour = start(neighbours.joinFiles, 'sleep 1000');
  const bystander = start(hogs.joinFiles, 'sleep 1000');
  const hog = await start(hogs.joinFiles, 'my $m = "x" x (512 << 20); print "had it"').ended;
  told('a memory hog is killed', hog.signal === 'SIGKILL' && hog.output === '', String(hog.signal));
  told('and all of its partition with it', (await bystander.ended).signal === 'SIGKILL');
  told('and its neighbour is not', existsSync(`/proc/${neighbour.pid}`));
  await groups.remove('hog');
  await groups.remove('neighbour');
}

async function processes(groups: CgroupBackend): Promise<void> {
  const { joinFiles } = await groups.ensure('bomb', { ...NONE, processes: 20 }, 'hosted');
  const forks =
    'my $n = 1; while ($n < 100) { my $p = fork(); last if !defined $p; if (!$p) { sleep 100; exit } $n++ } sleep 100';
  const bomb = start(joinFiles, forks);
  await until(() => (groups.usage('bomb')?.processes ?? 0) >= 20);
  told('a fork bomb is refused at its limit', groups.usage('bomb')?.processes === 20);
  await groups.remove('bomb');
  told('and killed as a whole', (await bomb.ended).signal === 'SIGKILL');
}

async function processor(groups: CgroupBackend): Promise<void> {
  const { joinFiles } = await groups.ensure('spin', { ...NONE, cpus: 0.2 }, 'hosted');
  for (let index = 0; index < 3; index += 1) start(joinFiles, SPIN);
  await until(() => cpu(groups, 'spin') > 0.1);
  const [began, used] = [performance.now(), cpu(groups, 'spin')];
  await until(() => performance.now() - began > 10_000);
  const share = (cpu(groups, 'spin') - used) / ((performance.now() - began) / 1000);
  told('three CPU hogs stay within 5 % of their cap of 0.2', share <= 0.2 + 0.05, share.toFixed(3));
  await groups.remove('spin');
}

async function together(groups: CgroupBackend): Promise<void> {
  await groups.limitTogether({ memoryBytes: null, processes: null, cpus: 0.3 });
  for (const id of ['one', 'two']) {
    const { joinFiles } = await groups.ensure(id, NONE, 'hosted');
    start(joinFiles, SPIN);
  }
  const sum = (): number => cpu(groups, 'one') + cpu(groups, 'two');
  await until(() => cpu(groups, 'one') > 0.1 && cpu(groups, 'two') > 0.1);
  const [began, used] = [performance.now(), sum()];
  await until(() => performance.now() - began > 10_000);
  const share = (sum() - used) / ((performance.now() - began) / 1000);
  told('two hogs share what is for all: 0.3', share <= 0.35, share.toFixed(3));
  await groups.remove('one');
  await groups.remove('two');
  await groups.limitTogether(NONE);
}

async function freezing(groups: CgroupBackend): Promise<void> {
  const { joinFiles } = await groups.ensure('still', NONE, 'hosted');
  const spin = start(joinFiles, SPIN);
  await until(() => cpu(groups, 'still') > 0.1);
  const began = performance.now();
  const isFrozen = await groups.freeze('still');
  told('a partition is frozen', isFrozen, `${(performance.now() - began).toFixed(1)} ms`);
  const used = cpu(groups, 'still');
  const later = performance.now() + 2000;
  await until(() => performance.now() > later);
  told('and uses no processor', cpu(groups, 'still') - used < 0.01);
  told('and dies as it is', await groups.remove('still').then(() => true));
  await spin.ended;
}

const scope = 'vm';
const groups = await createCgroups({ scope });
told('partitions are limited by', groups !== null, groups?.name ?? 'nothing');
if (groups !== null && process.argv[2] === 'begin') {
  for (const attempt of [memory, processes, processor, together, freezing]) await attempt(groups);
  const { joinFiles } = await groups.ensure('stays', { ...NONE, processes: 7 }, 'hosted');
  // In a session of its own, as a shim is: its starter ends.
  start(joinFiles, 'use POSIX; setsid(); sleep 1000');
  await until(() => groups.usage('stays')?.processes === 1);
} else if (groups !== null) {
  told('what was started outlived its starter’s service', groups.usage('stays')?.processes === 1);
  told('and is known to the next agent', (await groups.hosted()).includes('stays'));
  await groups.ensure('stays', { ...NONE, processes: 9 }, 'hosted');
  await groups.remove('stays');
  await groups.end();
}
process.stdout.write(`limits: ${process.argv[2]} ${failures === 0 ? 'passed' : 'FAILED'}\n`);
process.exit(failures === 0 ? 0 : 1);
