/** A disk without room is noticed before the token, which works once, is spent. */
import { X509Certificate } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { StandInMaster } from '../../fakes/slap-master/master.ts';

const program = path.join(import.meta.dirname, 'joining-process.ts');

let master: StandInMaster;
let folder: string;

beforeAll(async () => {
  master = await StandInMaster.start();
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-full-'));
});
afterAll(async () => {
  await master.close();
  await rm(folder, { recursive: true });
});

/** With its data folder on an empty disk of so many bytes. */
async function joinOn(bytes: number): Promise<unknown> {
  const { fingerprint256 } = new X509Certificate(master.authority.certificate);
  const disk = ['--dev-bind', '/', '/', '--size', String(bytes), '--tmpfs', folder, '--die-with-parent'];
  const child = spawn(
    'bwrap',
    [...disk, '--', process.execPath, program, master.url, master.webUrl, fingerprint256],
    { env: { ...process.env, TMPDIR: folder }, stdio: ['pipe', 'pipe', 'inherit'] },
  );
  child.stdin.end(master.registration.createToken());
  return JSON.parse(await text(child.stdout));
}

it('nothing is sent, and nothing is left', async () => {
  expect(await joinOn(48 * 1024)).toEqual({ ending: 'disk-full', kept: {} });
  expect(master.exchanges).toEqual([]);
});

it('the same is done once there is room', async () => {
  expect(await joinOn(1024 * 1024)).toMatchObject({ ending: 'joined', kept: { 'ID/key': '600' } });
});
