import { expect, it } from 'vitest';
import { rememberAnswers } from '../../../agent/proxy/remembered.ts';
import type { SlapHandler, SlapRequest, SlapResponse } from '../../../slap/http.ts';

/** A master that changes by `change`, and whose answers tell how often it was asked. */
function counting(respond: (asked: number) => Partial<SlapResponse> = () => ({})) {
  let asked = 0;
  let changes = 0;
  const handler: SlapHandler = async () => {
    asked += 1;
    return { status: 200, headers: {}, body: `answer ${asked}`, ...respond(asked) };
  };
  const remembering = rememberAnswers(handler, () => changes);
  const ask = async (request: Partial<SlapRequest> = {}): Promise<string> => {
    const answer = await remembering({ ...READ, ...request });
    return answer.body;
  };
  return { ask, change: () => void (changes += 1) };
}

const READ: SlapRequest = {
  method: 'GET',
  path: '/getFullComputerInformation',
  query: 'computer_id=a',
  headers: { accept: '*/*' },
  body: '',
};

it('asks once while nothing changes', async () => {
  const { ask } = counting();
  expect([await ask(), await ask()]).toEqual(['answer 1', 'answer 1']);
});

it('asks again once something changed', async () => {
  const { ask, change } = counting();
  await ask();
  change();
  expect(await ask()).toBe('answer 2');
});

it.each<[string, Partial<SlapRequest>]>([
  ['query', { query: 'computer_id=b' }],
  ['method', { method: 'POST', path: '/requestComputerPartition' }],
  ['headers', { headers: { accept: 'text/html' } }],
  ['missing header', { headers: { accept: undefined } }],
  ['body', { body: 'a=b' }],
])('takes a call with another %s for another call', async (_, request) => {
  const { ask } = counting();
  expect([await ask(), await ask(request), await ask(request.body === undefined ? {} : READ)]).toEqual([
    'answer 1',
    'answer 2',
    'answer 1',
  ]);
});

it('does not remember a call during which something changed', async () => {
  let change = (): void => undefined;
  const master = counting(() => {
    change();
    return {};
  });
  change = master.change;
  await master.ask();
  expect(await master.ask()).toBe('answer 2');
});

it.each([
  ['POST', '/computerBang'],
  ['POST', '/softwareInstanceError'],
  ['GET', '/getSoftwareReleaseListFromSoftwareProduct'],
  ['POST', '/slapos.post.v0.compute_node_certificate'],
])('does every %s %s, because it does more than look', async (method, path) => {
  const { ask } = counting();
  await ask({ method, path });
  expect(await ask({ method, path })).toBe('answer 2');
});

it('makes every request where another master may answer it', async () => {
  let asked = 0;
  const handler: SlapHandler = async () => ({ status: 200, headers: {}, body: String((asked += 1)) });
  const remembering = rememberAnswers(handler, () => 0, { requests: false });
  const request = { ...READ, method: 'POST', path: '/requestComputerPartition' };
  await remembering(request);
  expect((await remembering(request)).body).toBe('2');
});

it('remembers no refusal', async () => {
  const { ask } = counting((asked) => ({ status: asked === 1 ? 500 : 200 }));
  await ask();
  expect(await ask()).toBe('answer 2');
});

it('forgets rather than grow', async () => {
  const { ask } = counting((asked) => ({ body: `${asked} ${'x'.repeat(1024 * 1024)}` }));
  const first = await ask({ query: '0' });
  for (let index = 1; index < 6; index += 1) await ask({ query: String(index) });
  expect(await ask({ query: '0' })).not.toBe(first);
});

it('remembers that a caller knows the answer already', async () => {
  let asked = 0;
  const remembering = rememberAnswers(
    async () => {
      asked += 1;
      return { status: 304, headers: {}, body: '' };
    },
    () => 0,
  );
  const request = { ...READ, headers: { 'if-none-match': '"a"' } };
  await remembering(request);
  await remembering(request);
  await remembering({ ...request, headers: { 'if-none-match': '"b"' } });
  expect(asked).toBe(2);
});
