import { TRPCError } from '@trpc/server';
import { beforeEach, describe, expect, it } from 'vitest';
import { appRouter, type ApiScope } from '../../../agent/api/router.ts';
import { viewOf } from '../../../agent/api/failures.ts';
import { SlapgridError, type ErrorView } from '../../../agent/errors.ts';
import { StandInAgentService } from '../../fakes/agent-service.ts';

let service: StandInAgentService;
let log: string[];

beforeEach(() => {
  service = new StandInAgentService();
  log = [];
});

function caller(scope: ApiScope): ReturnType<typeof appRouter.createCaller> {
  return appRouter.createCaller({ service, scope, log: (line) => log.push(line) });
}

/** What a client is shown of a call that fails. */
async function failure(call: Promise<unknown>): Promise<{ code: string; view: ErrorView }> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TRPCError)) throw new Error('did not fail', { cause: error });
  return { code: error.code, view: viewOf(error) };
}

describe('what comes in', () => {
  it('gets its defaults and reaches the agent', async () => {
    await caller('page').request({ name: 'cache', software: 'memcached' });
    expect(service.calls).toEqual([
      ['request', { name: 'cache', software: 'memcached', softwareType: 'default' }],
    ]);
  });

  it.each([
    ['software of too many characters', { name: 'cache', software: 'x'.repeat(3000) }],
    ['no software', { name: 'cache', software: '' }],
  ])('is refused with its place: %s', async (_what, input) => {
    const { code, view } = await failure(caller('socket').request(input));
    expect(code).toBe('BAD_REQUEST');
    expect(view.code).toBe('request-invalid');
    expect(view.sentence).toMatch(/name|software/u);
    expect(service.calls).toEqual([]);
  });

  it('must name the file of an export absolutely', async () => {
    const { view } = await failure(caller('socket').exportData({ name: 'cache', file: 'data.tar' }));
    expect(view).toMatchObject({ code: 'request-invalid', sentence: expect.stringContaining('absolute') });
  });
});

describe('what fails', () => {
  it('keeps the agent’s own words', async () => {
    service.failures.set('stop', new SlapgridError('disk-full', { path: '/data' }));
    const { code, view } = await failure(caller('page').stop({ name: 'cache' }));
    expect(code).toBe('UNPROCESSABLE_CONTENT');
    expect(view).toEqual(new SlapgridError('disk-full', { path: '/data' }).toView());
    expect(log).toEqual([]);
  });

  it('is logged without secrets when nobody foresaw it, and shown by a reference only', async () => {
    service.failures.set('start', new Error('cannot reach redis://default:k3Zq8wXbTn@127.64.0.1:6379'));
    const { code, view } = await failure(caller('page').start({ name: 'cache' }));
    expect(code).toBe('INTERNAL_SERVER_ERROR');
    expect(view.code).toBe('internal');
    expect(view.sentence).not.toContain('redis');
    const [reference = 'none'] = /[\da-f]{8}/u.exec(view.sentence) ?? [];
    expect(log).toHaveLength(1);
    expect(log[0]).toContain(reference);
    expect(log[0]).toContain('cannot reach');
    expect(log[0]).not.toContain('k3Zq8wXbTn');
  });
});

describe('what only the owner’s own programs may call', () => {
  const calls: [string, (api: ReturnType<typeof caller>) => Promise<unknown>][] = [
    ['createLink', (api) => api.createLink()],
    ['masterUrl', (api) => api.masterUrl({ scope: 'person' })],
    ['rotateMasterUrl', (api) => api.rotateMasterUrl()],
    ['exportData', (api) => api.exportData({ name: 'cache', file: '/tmp/data.tar' })],
    ['shutdown', (api) => api.shutdown()],
  ];

  it.each(calls)('%s, refused to the page', async (_name, call) => {
    const { code, view } = await failure(call(caller('page')));
    expect(code).toBe('FORBIDDEN');
    expect(view.code).toBe('wrong-scope');
    expect(service.calls).toEqual([]);
  });

  it.each(calls)('%s, over the socket', async (name, call) => {
    await call(caller('socket'));
    expect(service.calls.map(([called]) => called)).toEqual([name]);
  });
});
