/** Hostile programs that change what is at a name while the agent works there: between its look and its deed. */
import { execFile } from 'node:child_process';
import { lstat, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  deleteContents,
  existsInside,
  exportTar,
  listFilesInside,
  measure,
  readEndInside,
} from '../../../agent/sandbox/inside.ts';
import { perl } from './attack.ts';
import { kill, openPartition, sandbox, type TestPartition, until } from './partition.ts';

const run = promisify(execFile);
const ROUNDS = 40;
const SECRET = 'my secret';

let partition: TestPartition;
let home: string;
beforeEach(async () => {
  partition = await openPartition();
  home = path.join(partition.folder, 'home');
  await mkdir(path.join(home, 'precious'), { recursive: true });
  // As open as a careless person could make it: what holds is what the agent does, not who may read.
  await writeFile(path.join(home, 'precious', 'file'), SECRET.repeat(100_000), { mode: 0o666 });
});
afterEach(() => partition.close());

/** Changes `victim` as fast as it can: a folder, a link to the person’s home, a FIFO, a file. */
async function swapping(): Promise<() => Promise<void>> {
  const attack = perl(
    `use POSIX; for (my $kind = 0; ; $kind = ($kind + 1) % 4) {
      if ($kind == 0) { mkdir("next"); mkdir("next/precious"); open(F, ">", "next/precious/file"); print F "harmless"; close(F) }
      if ($kind == 1) { symlink("${home}", "next") }
      if ($kind == 2) { POSIX::mkfifo("next", 0600) }
      if ($kind == 3) { open(F, ">", "next"); print F "harmless"; close(F) }
      rename("victim", "old" . ($kind % 2)); rename("next", "victim");
      if (-l "old" . ($kind % 2) || !-d _) { unlink("old" . ($kind % 2)) } else { system("rm", "-rf", "old" . ($kind % 2)) }
    }`,
  );
  const { child } = await partition.start(sandbox.plan(partition.spec(attack)));
  await until(() => lstat(path.join(partition.data, 'victim')).catch(() => null));
  return () => kill(child);
}

describe('while names change', () => {
  it('an export never has a file of the person', async () => {
    const stop = await swapping();
    const file = path.join(partition.folder, 'export.tar');
    for (let round = 0; round < ROUNDS; round += 1) {
      const handle = await open(file, 'w', 0o600);
      // What vanished while it was read may be an error; what is in the archive matters.
      await exportTar(partition.identity, partition.data, handle.fd).catch(() => undefined);
      await handle.close();
      expect(await readFile(file, 'latin1')).not.toContain(SECRET);
    }
    await stop();
    await rm(file);
  });

  it('a deletion never removes a file of the person', async () => {
    const stop = await swapping();
    for (let round = 0; round < ROUNDS; round += 1) {
      await deleteContents(partition.identity, [partition.data]).catch(() => undefined);
      await partition.outside('/bin/true');
    }
    await stop();
    expect(await readFile(path.join(home, 'precious', 'file'), 'utf8')).toContain(SECRET);
    await deleteContents(partition.identity, [partition.data]);
  });

  it('a measurement never counts, nor waits for, what is not the partition’s', async () => {
    const stop = await swapping();
    for (let round = 0; round < ROUNDS; round += 1) {
      const size = await measure(partition.identity, partition.data).catch(() => null);
      expect(size?.bytes ?? 0).toBeLessThan(SECRET.length * 100_000);
    }
    await stop();
  });

  it('what the agent reads by name is the partition’s or refused', async () => {
    const stop = await swapping();
    const heard = new Set<string>();
    await until(async () => {
      for (let round = 0; round < 50; round += 1) {
        const words = await readEndInside(partition.data, 'victim/precious/file', 1000).then(
          String,
          (error: { code: string }) => error.code,
        );
        heard.add(words);
        await existsInside(partition.data, 'victim/precious').catch(() => null);
        await listFilesInside(partition.data, 'victim/precious').catch(() => null);
      }
      return heard.has('harmless') && heard.has('inside-refused') ? true : null;
    });
    await stop();
    expect([...heard].filter((words) => words.includes(SECRET))).toEqual([]);
  });

  it('promises that software puts there are looked for in the partition alone', async () => {
    const promise = path.join(home, 'promise');
    await mkdir(promise);
    await writeFile(path.join(promise, 'theirs'), '#!/bin/sh\n', { mode: 0o755 });
    await run('ln', ['-s', home, path.join(partition.data, 'etc')]);
    await expect(listFilesInside(partition.data, 'etc/promise')).rejects.toMatchObject({
      code: 'inside-refused',
    });
  });
});

describe('a name that would be read as something else', () => {
  it('stays one name in an archive, with line ends, escapes and dots', async () => {
    await partition.inside(
      ...perl(
        'for my $n ("a\\nb", "\\e[2J", "-rf", "...", " ", "\\x{ff}") { open(F, ">", $n); } print "done"',
      ),
    );
    const file = path.join(partition.folder, 'export.tar');
    const handle = await open(file, 'wx', 0o600);
    await exportTar(partition.identity, partition.data, handle.fd);
    await handle.close();
    const names = (await run('tar', ['--list', '--file', file])).stdout.trimEnd().split('\n');
    expect(names).toHaveLength(7);
    for (const name of names) expect(name).toMatch(/^\.\//);
  });
});
