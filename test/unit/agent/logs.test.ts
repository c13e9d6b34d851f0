import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLogs, type LogLine, type LogOptions } from '../../../agent/logs.ts';
import type { PartitionLayout } from '../../../agent/node/format.ts';

let folder: string;
let ended: AbortController;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-logs-'));
  ended = new AbortController();
});
afterEach(async () => {
  ended.abort();
  await rm(folder, { recursive: true });
});

const log = (service: string): string => path.join(folder, `${service}.log`);

function read(options: Partial<LogOptions> = {}): AsyncGenerator<LogLine> {
  const paths = { root: folder, conf: folder, data: folder, run: folder, log: folder };
  // Reading a log looks at nothing else of a partition.
  const layout = { id: 'slappart0', paths } as unknown as PartitionLayout;
  const wanted = {
    name: 'cache',
    service: null,
    lines: 100,
    follow: false,
    signal: ended.signal,
    ...options,
  };
  return readLogs(layout, wanted);
}

async function all(options: Partial<LogOptions> = {}): Promise<LogLine[]> {
  return Array.fromAsync(read(options));
}
const lines = (some: readonly LogLine[]): string[] => some.map(({ line }) => line);

describe('a log', () => {
  it('is read by its last lines', async () => {
    await writeFile(log('web'), 'one\ntwo\nthree\n');
    expect(lines(await all({ lines: 2 }))).toEqual(['two', 'three']);
  });

  it('keeps characters whole, wherever it is cut', async () => {
    const long = '€'.repeat(40_000);
    await writeFile(log('web'), `${long}\nend\n`);
    const shown = lines(await all());
    expect(shown.at(-1)).toBe('end');
    expect(shown.slice(0, -1).join('')).toBe(long);
  });

  it('shows what is no text, and goes on', async () => {
    await writeFile(log('web'), Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0x61, 0x0a]));
    expect(lines(await all())).toEqual(['\ufffd\ufffd\u0000', 'a']);
  });
});

describe('reading on', () => {
  it('begins after the line that was read last', async () => {
    await writeFile(log('web'), 'one\ntwo\nthree\n');
    const [, second] = await all();
    expect(lines(await all({ after: second?.position ?? '' }))).toEqual(['three']);
  });

  it('loses and repeats nothing when several logs were cut in the middle', async () => {
    await writeFile(log('a'), 'a1\na2\na3\n');
    await writeFile(log('b'), 'b1\nb2\n');
    const whole = await all();
    for (const [index, { position }] of whole.entries()) {
      const rest = await all({ after: position });
      const seen = [...whole.slice(0, index + 1), ...rest].map(({ service, line }) => `${service} ${line}`);
      expect(seen.toSorted()).toEqual(['a a1', 'a a2', 'a a3', 'b b1', 'b b2']);
    }
  });

  it('waits for the end of a line that was not whole', async () => {
    await writeFile(log('web'), 'one\ntw');
    const [first] = await all();
    await appendFile(log('web'), 'o\n');
    expect(lines(await all({ after: first?.position ?? '' }))).toEqual(['two']);
  });

  it('begins again with the last lines of a log that was emptied, or is another file now', async () => {
    await writeFile(log('web'), 'a long line before\n');
    const [last] = await all();
    await truncate(log('web'));
    await appendFile(log('web'), 'new\n');
    expect(lines(await all({ after: last?.position ?? '' }))).toEqual(['new']);
    await rename(log('web'), `${log('web')}.1`);
    await writeFile(log('web'), 'a long line elsewhere\nand more\n');
    expect(lines(await all({ after: last?.position ?? '' }))).toEqual(['a long line elsewhere', 'and more']);
  });

  it('does not begin in the middle of a line', async () => {
    await writeFile(log('web'), 'before\n');
    const [last] = await all();
    await truncate(log('web'));
    await appendFile(log('web'), 'written anew, and longer\n');
    expect(lines(await all({ after: last?.position ?? '' }))).toEqual(['written anew, and longer']);
  });

  it('takes no harm from a position that nobody gave out', async () => {
    await writeFile(log('web'), 'one\n');
    for (const after of ['', 'x', 'web@1:99999999999', 'web@-1:-1', '%@1:1', '../etc@1:1']) {
      expect(lines(await all({ after }))).toEqual(['one']);
    }
  });

  it('goes on with what is written while it is followed', async () => {
    await writeFile(log('web'), 'one\n');
    const [first] = await all();
    const followed = read({ follow: true, after: first?.position ?? '' });
    const next = followed.next();
    await appendFile(log('web'), 'two\n');
    expect((await next).value).toMatchObject({ service: 'web', line: 'two' });
    ended.abort();
    expect((await followed.next()).done).toBe(true);
  });
});
