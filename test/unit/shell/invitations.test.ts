import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Invitations } from '../../../main/links/invitations.ts';
import { pageHandler } from '../../../main/page/scheme.ts';

const LINK = 'slapgrid://join?master=https%3A%2F%2Fslap.example.org&token=7Q4K';

let invitations: Invitations;

beforeEach(() => {
  vi.useFakeTimers();
  invitations = new Invitations();
});
afterEach(() => vi.useRealTimers());

/** What a page of the window is answered. */
function ask(path: string, method = 'POST'): Promise<Response> {
  const handler = pageHandler(new Map(), () => Promise.reject(new Error('not for the agent')), invitations);
  return handler(new Request(`app://slapgrid${path}`, { method }));
}

it('is told once, to who asks by a name that says nothing of it', async () => {
  const name = invitations.keep(LINK);
  expect(name).toMatch(/^[0-9a-f-]{36}$/u);
  const answer = await ask(`/invitation/${name}`);
  expect(await answer.text()).toBe(LINK);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect((await ask(`/invitation/${name}`)).status).toBe(404);
});

it('is told by no other name, and by no reading', async () => {
  const name = invitations.keep(LINK);
  expect((await ask('/invitation/')).status).toBe(404);
  expect((await ask('/invitation/00000000-0000-0000-0000-000000000000')).status).toBe(404);
  expect((await ask(`/invitation/${name}`, 'GET')).status).toBe(404);
  expect(await (await ask(`/invitation/${name}`)).text()).toBe(LINK);
});

it('is forgotten for the next one, and after a minute', async () => {
  const first = invitations.keep(LINK);
  const second = invitations.keep(`${LINK}2`);
  expect((await ask(`/invitation/${first}`)).status).toBe(404);
  vi.advanceTimersByTime(60_000);
  expect((await ask(`/invitation/${second}`)).status).toBe(404);
});
