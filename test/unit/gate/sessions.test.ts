import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Sessions } from '../../../agent/gate/sessions.ts';

const MINUTE = 60_000;
const WEEK = 7 * 24 * 60 * MINUTE;

let folder: string;
let file: string;
let now = 0;
let sessions: Sessions;
const clock = (): number => now;
const unusable = expect.objectContaining({ code: 'link-unusable' });
const nothing = (): void => {};

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-sessions-'));
  file = path.join(folder, 'sessions.json');
  now = Date.parse('2026-11-22T14:00:00Z');
  sessions = await Sessions.open(file, clock);
});
afterEach(async () => {
  await sessions.settled();
  await rm(folder, { recursive: true });
});

describe('a link', () => {
  it('is exchanged for a session', async () => {
    const { code } = sessions.createCode();
    const { token } = sessions.redeem(code);
    expect(sessions.hold(token, nothing)).not.toBeNull();
  });

  it('works once', async () => {
    const { code } = sessions.createCode();
    sessions.redeem(code);
    expect(() => sessions.redeem(code)).toThrow(unusable);
  });

  it('works for a minute', async () => {
    const { code, expiresAt } = sessions.createCode();
    expect(expiresAt.getTime()).toBe(now + MINUTE);
    now += MINUTE;
    expect(() => sessions.redeem(code)).toThrow(unusable);
  });

  it('works no longer when the clock is set back', async () => {
    const { code } = sessions.createCode();
    now -= 60 * MINUTE;
    expect(() => sessions.redeem(code)).toThrow(unusable);
  });

  it('is not a session', () => {
    const { code } = sessions.createCode();
    expect(sessions.hold(code, nothing)).toBeNull();
  });

  it('does not outlive the agent', async () => {
    const { code } = sessions.createCode();
    const next = await Sessions.open(file, clock);
    expect(() => next.redeem(code)).toThrow(unusable);
  });
});

describe('a session', () => {
  const signIn = async (): Promise<string> => {
    const { token } = sessions.redeem(sessions.createCode().code);
    await sessions.settled();
    return token;
  };

  it('is one of many', async () => {
    const [one, two] = [await signIn(), await signIn()];
    expect(one).not.toBe(two);
    expect(sessions.hold(one, nothing)).not.toBeNull();
    expect(sessions.hold(two, nothing)).not.toBeNull();
  });

  it('ends after a week', async () => {
    const token = await signIn();
    now += WEEK - 1;
    expect(sessions.hold(token, nothing)).not.toBeNull();
    now += 1;
    expect(sessions.hold(token, nothing)).toBeNull();
  });

  it('is remembered by the next agent, as a digest in a file of its owner', async () => {
    const token = await signIn();
    expect(await readFile(file, 'utf8')).not.toContain(token);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const next = await Sessions.open(file, clock);
    expect(next.hold(token, nothing)).not.toBeNull();
  });

  it('is ended for good by revoking it, with what is being answered in its name', async () => {
    const [one, two] = [await signIn(), await signIn()];
    const [endOne, endTwo] = [vi.fn<() => void>(), vi.fn<() => void>()];
    sessions.hold(one, endOne);
    sessions.hold(two, endTwo);
    await sessions.revoke(one);
    expect(endOne).toHaveBeenCalledOnce();
    expect(endTwo).not.toHaveBeenCalled();
    expect((await Sessions.open(file, clock)).hold(one, nothing)).toBeNull();
    expect(sessions.hold(two, nothing)).not.toBeNull();
  });

  it('leaves alone what was answered before it ended', async () => {
    const token = await signIn();
    const end = vi.fn<() => void>();
    sessions.hold(token, end)?.();
    await sessions.revoke(token);
    expect(end).not.toHaveBeenCalled();
  });

  it('ends with all others when all are revoked, and so do unused links', async () => {
    const token = await signIn();
    const { code } = sessions.createCode();
    await sessions.revokeAll();
    expect(sessions.hold(token, nothing)).toBeNull();
    expect(() => sessions.redeem(code)).toThrow(unusable);
  });

  it('is forgotten when 32 newer ones were made', async () => {
    const first = await signIn();
    const second = await signIn();
    for (let count = 0; count < 31; count += 1) await signIn();
    expect(sessions.hold(first, nothing)).toBeNull();
    expect(sessions.hold(second, nothing)).not.toBeNull();
  });

  it('can be had although the disk takes nothing', async () => {
    await rm(folder, { recursive: true });
    const token = await signIn();
    expect(sessions.hold(token, nothing)).not.toBeNull();
    await writeFile(folder, '');
  });

  it('is none when the file was damaged', async () => {
    const token = await signIn();
    await chmod(file, 0o600);
    await writeFile(file, '{"schema":1,"sess');
    const next = await Sessions.open(file, clock);
    expect(next.hold(token, nothing)).toBeNull();
  });
});
