/**
 * Run by `run.sh` inside a virtual machine, as root: the disk limits of partitions by project quotas, on a file system that was made for them
 * (the first argument) and on one that was not (the second). Prints a line for each thing that was tried.
 */
import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { diskHeld } from '../../agent/limits/limits-held.ts';
import { ProjectQuotas } from '../../agent/limits/project-quotas.ts';
import { hostPrograms } from '../../agent/sandbox/programs.ts';

const MEGABYTE = 1_000_000;
const UIDS: Readonly<Record<string, number>> = { trial: 70_000, filler: 70_001, neighbour: 70_002 };
const [withQuotas = '', without = ''] = process.argv.slice(2);

let failures = 0;

function told(what: string, isTrue: boolean, figure = ''): void {
  if (!isTrue) failures += 1;
  process.stdout.write(`limits: ${isTrue ? 'ok' : 'NOT OK'} ${what}${figure === '' ? '' : `: ${figure}`}\n`);
}

function identityOf(id: string): { uid: number; gid: number } {
  const uid = UIDS[id] ?? 0;
  return { uid, gid: uid };
}

const dataOf = (id: string): string => path.join(withQuotas, id);

function quotasOn(folder: string): ProjectQuotas {
  return new ProjectQuotas({
    programs: hostPrograms(),
    folder,
    trialIdentity: identityOf('trial'),
    placeOf: (id) => ({ data: dataOf(id), identity: identityOf(id) }),
  });
}

/** What a program of a partition says, in a user namespace as its partition has. */
function run(id: string, program: string): string {
  const { uid, gid } = identityOf(id);
  const { stdout, stderr } = spawnSync('/usr/bin/unshare', ['--user', '/bin/sh', '-c', program], {
    uid,
    gid,
    cwd: dataOf(id),
    env: { PATH: '/usr/bin:/bin', LANG: 'C' },
    encoding: 'utf8',
  });
  return `${stdout}${stderr}`.trim();
}

const usedBytes = (id: string): number => 1024 * Number(run(id, 'du -sk . | cut -f1'));
const filesOf = (id: string): number => Number(run(id, 'find . | wc -l'));
const makeFiles = (count: number): string =>
  `i=0; while [ $i -lt ${count} ]; do : >"file$i" || exit; i=$((i + 1)); done; echo all of them`;

const refusal = await quotasOn(without).examine();
told('a file system without quotas is found out', !refusal.ok, JSON.stringify(diskHeld(refusal).detail));

const quotas = quotasOn(withQuotas);
const probe = await quotas.examine();
told('quotas are held on one that has them', probe.ok, JSON.stringify(probe));
told('and the disk limit is the kernel’s', diskHeld(probe).held === 'kernel');
for (const id of ['filler', 'neighbour']) {
  mkdirSync(dataOf(id), { mode: 0o700 });
  chownSync(dataOf(id), identityOf(id).uid, identityOf(id).gid);
}
mkdirSync(path.join(dataOf('filler'), 'older'));
writeFileSync(path.join(dataOf('filler'), 'older', 'file'), Buffer.alloc(5 * MEGABYTE));
chownSync(path.join(dataOf('filler'), 'older'), identityOf('filler').uid, identityOf('filler').gid);
for (const id of ['filler', 'neighbour'])
  await quotas.hold(id, { diskBytes: 20 * MEGABYTE, files: 100 }, true);

const before = statfsSync(withQuotas);
const filled = run('filler', 'head -c 60000000 /dev/zero >large');
told('a filler of the disk is refused', filled.includes('Disk quota exceeded'), filled);
const used = usedBytes('filler');
told('at its limit, older files counted', used <= 20 * MEGABYTE && used > 19 * MEGABYTE, `${used} bytes`);
told(
  'by which the disk lost no more',
  (before.bavail - statfsSync(withQuotas).bavail) * before.bsize < 21 * MEGABYTE,
);
const well = run('neighbour', 'head -c 10000000 /dev/zero >mine && wc -c <mine');
told('and its neighbour goes on', well === '10000000', well);

run('filler', 'rm large');
const many = run('filler', makeFiles(500));
told('a maker of files is refused', many.includes('Disk quota exceeded'), many);
told('at its limit', filesOf('filler') <= 100, String(filesOf('filler')));
run('filler', 'rm file*; mkdir -p deep/deeper');
const left = run(
  'filler',
  'chattr -p 0 deep; chattr -P deep; cd deep/deeper && head -c 60000000 /dev/zero >large',
);
told(
  'it cannot leave its project, and folders it makes are of it',
  left.includes('Disk quota exceeded'),
  left.replaceAll('\n', ' '),
);
run('filler', 'rm -r deep');

await quotas.hold('filler', { diskBytes: 40 * MEGABYTE, files: 100 }, false);
const more = run('filler', 'head -c 30000000 /dev/zero >large && wc -c <large');
told('it may have more at once when the limit is raised', more === '30000000', more);
await quotas.hold('filler', { diskBytes: 10 * MEGABYTE, files: 100 }, false);
const less = run('filler', 'head -c 1000000 /dev/zero >another');
told('and no more at once when it is lowered', less.includes('Disk quota exceeded'), less);
await quotas.release('filler');
const free = run('filler', `${makeFiles(300)} && head -c 60000000 /dev/zero >large && wc -c <large`);
told('what is released has no limit', free.endsWith('60000000'), free.replaceAll('\n', ' '));
process.stdout.write(`limits: quotas ${failures === 0 ? 'passed' : 'FAILED'}\n`);
process.exit(failures === 0 ? 0 : 1);
