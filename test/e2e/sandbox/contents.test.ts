/** What the agent does with all of a folder that a payload filled. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { killAbandoned } from '../../../agent/sandbox/abandoned.ts';
import { deleteContents, exportTar, measure } from '../../../agent/sandbox/inside.ts';
import { isRoot, openPartition, type TestPartition } from './partition.ts';

const run = promisify(execFile);

let partition: TestPartition;
let own: string;
beforeAll(async () => {
  partition = await openPartition();
});
afterAll(() => partition.close());
beforeEach(async () => {
  own = await mkdtemp(path.join(tmpdir(), 'contents-'));
});
afterEach(async () => {
  await deleteContents(partition.identity, [partition.data]);
  await rm(own, { recursive: true });
});

const shell = (script: string): Promise<string> => partition.inside('/bin/sh', '-c', script);

/** Sandboxes that nobody is the parent of any more. */
function orphans(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+ \(bwrap\) [^Z] 1 /u.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  });
}

describe('given up at any moment', () => {
  it('leaves no process', async () => {
    const before = orphans();
    for (let moment = 0; moment < 40; moment += 1) {
      const abort = new AbortController();
      const measuring = measure(partition.identity, partition.data, { signal: abort.signal });
      await delay(moment);
      abort.abort();
      await measuring.catch(() => undefined);
    }
    await expect
      .poll(() => orphans().filter((pid) => !before.includes(pid)), { timeout: 10_000 })
      .toEqual([]);
  });

  it('leaves nothing that the next agent does not end', async () => {
    const before = orphans();
    const measurer = fileURLToPath(new URL('measurer.ts', import.meta.url));
    for (let moment = 0; moment < 12; moment += 1) {
      const agent = spawn(process.execPath, [measurer, JSON.stringify(partition.identity), partition.data], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(agent.stdout, 'data');
      await delay(moment / 2);
      agent.kill('SIGKILL');
      await once(agent, 'exit');
    }
    await delay(200);
    killAbandoned();
    await expect
      .poll(() => orphans().filter((pid) => !before.includes(pid)), { timeout: 10_000 })
      .toEqual([]);
  });

  it('is no concern of another that runs', async () => {
    const measuring = measure(partition.identity, partition.data);
    killAbandoned();
    await expect(measuring).resolves.toBeDefined();
  });
});

describe('measuring', () => {
  it('counts the space and the entries', async () => {
    await shell('mkdir a; head -c 1000000 /dev/urandom > a/b; ln -s /etc c');
    const { bytes, files } = await measure(partition.identity, partition.data);
    expect(files).toBe(3);
    expect(bytes).toBeGreaterThanOrEqual(1_000_000);
    expect(bytes).toBeLessThan(1_100_000);
  });

  it('counts a file with two names once, and a hole as nothing', async () => {
    await shell('head -c 1000000 /dev/urandom > a; ln a b; truncate -s 1G hole');
    expect((await measure(partition.identity, partition.data)).bytes).toBeLessThan(1_100_000);
  });

  it('sees into folders without permissions, and leaves them so', async () => {
    await shell('mkdir -p a/b; head -c 1000000 /dev/urandom > a/b/c; chmod 000 a/b/c a/b a');
    expect((await measure(partition.identity, partition.data)).bytes).toBeGreaterThanOrEqual(1_000_000);
    expect((await stat(path.join(partition.data, 'a'))).mode & 0o777).toBe(0);
  });

  it('follows no link', async () => {
    await writeFile(path.join(own, 'large'), Buffer.alloc(1_000_000, 1));
    await shell(`ln -s ${own}/large large; ln -s ${own} folder; ln -s /usr usr`);
    expect(await measure(partition.identity, partition.data)).toMatchObject({ files: 3 });
    expect((await measure(partition.identity, partition.data)).bytes).toBeLessThan(100_000);
  });

  it('is not misled by names that look like its figures', async () => {
    await shell('mkdir "1000000000000\t."; touch "$(printf "x\\n5\\t.\\ny")"');
    const { bytes, files } = await measure(partition.identity, partition.data);
    expect(files).toBe(2);
    expect(bytes).toBeLessThan(100_000);
  });

  it('says that there is no such folder', async () => {
    const code = 'contents-measure';
    await expect(measure(partition.identity, path.join(own, 'none'))).rejects.toEqual(
      expect.objectContaining({ code }),
    );
  });
});

describe('deleting', () => {
  const empty = async (): Promise<void> => {
    await deleteContents(partition.identity, [partition.data]);
    expect(await readdir(partition.data)).toEqual([]);
  };

  it('removes everything but the folder, and again nothing', async () => {
    await shell('mkdir -p a/b/c; touch a/b/c/d .hidden; mkfifo e; ln -s /usr f');
    await empty();
    await empty();
  });

  it('removes what several folders have, and says what is left of one', async () => {
    const folders = ['a', 'b', 'c'].map((name) => path.join(partition.data, name));
    await shell('for folder in a b c; do mkdir -p $folder/d; touch $folder/e; done');
    await deleteContents(partition.identity, folders);
    expect(await Promise.all(folders.map((folder) => readdir(folder)))).toEqual([[], [], []]);
    await shell('touch a/e c/e');
    await chmod(own, 0o755);
    await mkdir(path.join(own, 'f'));
    await writeFile(path.join(own, 'f', 'theirs'), '');
    const held = isRoot ? [folders[0] ?? '', path.join(own, 'f'), folders[2] ?? ''] : folders;
    const deleted = deleteContents(partition.identity, held);
    if (isRoot) await expect(deleted).rejects.toMatchObject({ code: 'contents-delete' });
    else await deleted;
    expect(await readdir(folders[0] ?? '')).toEqual([]);
    expect(await readdir(folders[2] ?? '')).toEqual([]);
  });

  it('removes what has no permissions', async () => {
    await shell('mkdir -p a/b/c; touch a/b/c/d; chmod 000 a/b/c/d a/b/c a/b a');
    await empty();
  });

  it('removes names of every kind', async () => {
    await shell(
      'touch -- -rf --help "a b" "$(printf "new\\nline")" "$(printf "\\377\\376")" "*" "\\\\" "\'" ; mkdir -- "-delete" " "',
    );
    await empty();
  });

  it('removes folders nested deeper than a path can be long', async () => {
    const name = 'd'.repeat(200);
    const dig = `for (1..400) { mkdir "${name}"; chdir "${name}" or die } open(F, ">", "bottom")`;
    await partition.inside('/usr/bin/perl', '-e', dig);
    expect((await measure(partition.identity, partition.data)).files).toBe(401);
    await empty();
  });

  it('removes the links, not what they point to', async () => {
    await mkdir(path.join(own, 'precious'));
    await writeFile(path.join(own, 'precious', 'file'), 'kept');
    await shell(`ln -s ${own}/precious precious; ln -s ${partition.conf} conf`);
    await empty();
    expect(await readFile(path.join(own, 'precious', 'file'), 'utf8')).toBe('kept');
    expect(await readFile(path.join(partition.conf, 'server.conf'), 'utf8')).toBe('port 1');
  });
});

describe('exporting', () => {
  const exported = async (): Promise<string> => {
    const file = path.join(own, 'data.tar');
    const handle = await open(file, 'wx', 0o600);
    try {
      await exportTar(partition.identity, partition.data, handle.fd);
    } finally {
      await handle.close();
    }
    return file;
  };
  const listing = async (file: string): Promise<string[]> =>
    (await run('tar', ['--list', '--file', file])).stdout.trim().split('\n').sort();

  it('writes an archive of everything to the agent’s own file', async () => {
    await shell('mkdir a; echo content > a/b; ln -s a/b c');
    const file = await exported();
    expect(await listing(file)).toEqual(['./', './a/', './a/b', './c']);
    expect((await run('tar', ['-xOf', file, './a/b'])).stdout).toBe('content\n');
    expect((await stat(file)).uid).toBe(process.getuid?.());
  });

  it('includes what has no permissions', async () => {
    await shell('mkdir a; echo content > a/b; chmod 000 a/b a');
    expect((await run('tar', ['-xOf', await exported(), './a/b'])).stdout).toBe('content\n');
  });

  it('archives links as links and FIFOs as FIFOs, and waits for neither', async () => {
    await shell(`ln -s ${own} out; mkfifo fifo`);
    const long = (await run('tar', ['-tvf', await exported()])).stdout;
    expect(long).toMatch(/^l.* \.\/out -> /m);
    expect(long).toMatch(/^p.* \.\/fifo$/m);
  });

  it('says that the disk is full', async () => {
    await shell('head -c 100000 /dev/urandom > a');
    const full = await open('/dev/full', 'w');
    const failed = exportTar(partition.identity, partition.data, full.fd);
    await expect(failed).rejects.toEqual(expect.objectContaining({ code: 'disk-full' }));
    await full.close();
  });

  it('stops when it is no longer wanted', async () => {
    await shell('truncate -s 100G hole');
    const sink = await open('/dev/null', 'w');
    const abort = new AbortController();
    const running = exportTar(partition.identity, partition.data, sink.fd, { signal: abort.signal });
    abort.abort();
    await expect(running).rejects.toThrow(/abort/i);
    await sink.close();
  });
});
