import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../agent/api/contract-lending.ts';
import { AuditLog } from '../../../agent/lending/audit-log.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'audit-'));
  file = path.join(folder, 'audit.log');
});
afterEach(() => rm(folder, { recursive: true }));

function entry(sentence: string): AuditEntry {
  return {
    at: '2026-11-22T14:00:00.000Z',
    kind: 'accepted',
    sentence,
    master: 'm1',
    partition: 'slappart10',
    instance: 'cache',
  };
}

async function sentences(log: AuditLog, limit = 100): Promise<string[]> {
  return (await log.newest(limit)).map(({ sentence }) => sentence);
}

describe('the audit log', () => {
  it('has nothing to say before the first decision', async () => {
    expect(await new AuditLog(file).newest(10)).toEqual([]);
  });

  it('tells the newest first, whole and across agents', async () => {
    await new AuditLog(file).append(entry('first'));
    const log = new AuditLog(file);
    await Promise.all([log.append(entry('second')), log.append(entry('third'))]);
    expect(await log.newest(2)).toEqual([entry('third'), entry('second')]);
    expect(await sentences(log)).toEqual(['third', 'second', 'first']);
  });

  it('is one line a decision, which only the person can read', async () => {
    const log = new AuditLog(file);
    await log.append(entry('one\ntwo'));
    await log.append(entry('three'));
    expect((await readFile(file, 'utf8')).trimEnd().split('\n')).toHaveLength(2);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('is bounded: four files, of which the oldest goes', async () => {
    const log = new AuditLog(file, 1000);
    for (let index = 0; index < 60; index += 1) await log.append(entry(`decision ${index}`));
    expect((await readdir(folder)).length).toBeLessThanOrEqual(4);
    const kept = await sentences(log);
    expect(kept[0]).toBe('decision 59');
    expect(kept.length).toBeLessThan(60);
    expect(kept).toEqual(kept.map((_, index) => `decision ${59 - index}`));
    for (const name of await readdir(folder))
      expect((await stat(path.join(folder, name))).size).toBeLessThan(1500);
  });

  it('goes on after a line that was cut, and leaves out what cannot be read', async () => {
    await new AuditLog(file).append(entry('before'));
    await appendFile(file, '{"at":"2026-11-2');
    const log = new AuditLog(file);
    await log.append(entry('after'));
    expect(await sentences(log)).toEqual(['after', 'before']);
  });

  it('does not lose later decisions for one that could not be written', async () => {
    await writeFile(path.join(folder, 'in-the-way'), '');
    const log = new AuditLog(path.join(folder, 'in-the-way', 'audit.log'));
    await expect(log.append(entry('lost'))).rejects.toThrow();
    await expect(log.append(entry('lost too'))).rejects.toThrow();
  });
});
