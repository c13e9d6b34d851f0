import { chmod, chown, lstat, mkdir, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectAgent, failureView } from '../../../agent/api/client.ts';
import { createUnixServer, type UnixServer } from '../../../agent/api/unix-server.ts';
import { ask, callProcedure, signIn } from './ask.ts';
import { startStandInAgent, type StandInAgent } from './stand-in-agent.ts';

let agent: StandInAgent;

beforeEach(async () => {
  agent = await startStandInAgent();
});
afterEach(() => agent.close());

const isRoot = process.getuid?.() === 0;

/** Another server of the API, on another socket. */
function listenAt(socketPath: string): Promise<UnixServer> {
  const { token, service, page } = agent;
  return createUnixServer({
    socketPath,
    token,
    service,
    answerDownload: page.answerDownload,
    log: () => {},
  });
}

describe('the socket refuses', () => {
  it.each([
    ['no token', () => null],
    ['a wrong token', () => 'x'.repeat(43)],
    ['a session of the page', () => signIn(agent.origin, agent.page.createLink().url)],
  ])('%s', async (_what, token) => {
    const answer = await callProcedure({ socketPath: agent.socketPath }, await token(), 'shutdown');
    expect(answer).toMatchObject({ status: 401, code: 'wrong-token' });
    expect(agent.service.calls).toEqual([]);
  });

  it('a body of more than a megabyte', async () => {
    const answer = await ask({
      socketPath: agent.socketPath,
      path: '/trpc/stop',
      method: 'POST',
      headers: { authorization: `Bearer ${agent.token}`, 'content-type': 'application/json' },
      body: Buffer.alloc(1024 * 1024 + 1, 'x'),
    });
    expect(answer).toMatchObject({ status: 413, code: 'body-too-large' });
  });

  it('what is not the API', async () => {
    const headers = { authorization: `Bearer ${agent.token}` };
    expect(await ask({ socketPath: agent.socketPath, path: '/', headers })).toMatchObject({ status: 404 });
  });
});

describe('the socket', () => {
  it('can be reached by its owner only', async () => {
    expect((await stat(agent.socketPath)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(agent.socketPath))).mode & 0o777).toBe(0o700);
  });

  it('is gone when its server ended', async () => {
    await agent.stop();
    await expect(lstat(agent.socketPath)).rejects.toMatchObject({ code: 'ENOENT' });
    await agent.restart();
  });

  it('closes a folder that others could enter', async () => {
    const folder = path.join(agent.folder, 'open');
    await mkdir(folder, { mode: 0o755 });
    const server = await listenAt(path.join(folder, 'agent.sock'));
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await server.close();
  });

  it('takes the place of one that nobody answers any more', async () => {
    const socketPath = path.join(agent.folder, 'stale.sock');
    const abandoned = createServer().listen(socketPath);
    await once(abandoned, 'listening');
    const kept = path.join(agent.folder, 'kept.sock');
    // What a killed agent leaves: the name, without anybody behind it.
    await rename(socketPath, kept);
    abandoned.close();
    await once(abandoned, 'close');
    const server = await listenAt(kept);
    const { call } = connectAgent({ socketPath: kept, token: agent.token });
    expect((await call.state.query()).partitions).toHaveLength(10);
    await server.close();
  });

  it('leaves one that answers to the agent behind it', async () => {
    await expect(listenAt(agent.socketPath)).rejects.toMatchObject({ code: 'socket-in-use' });
    expect((await agent.connection.call.state.query()).partitions).toHaveLength(10);
  });

  it('leaves alone what is no socket', async () => {
    const socketPath = path.join(agent.folder, 'notes.txt');
    await writeFile(socketPath, 'notes');
    await expect(listenAt(socketPath)).rejects.toMatchObject({ code: 'socket-path-foreign' });
    const link = path.join(agent.folder, 'link.sock');
    await symlink(agent.socketPath, link);
    await expect(listenAt(link)).rejects.toMatchObject({ code: 'socket-path-foreign' });
  });

  it('is not put into a folder of somebody else', async () => {
    const folder = isRoot ? path.join(agent.folder, 'theirs') : '/';
    if (isRoot) {
      await mkdir(folder);
      await chown(folder, 1, 1);
      await chmod(folder, 0o777);
    }
    await expect(listenAt(path.join(folder, 'agent.sock'))).rejects.toMatchObject({
      code: 'socket-folder-foreign',
    });
  });
});

describe('a program that speaks for a page', () => {
  const asPage = (): Record<string, string> => ({
    authorization: `Bearer ${agent.token}`,
    'slapgrid-scope': 'page',
    'content-type': 'application/json',
  });
  const call = (procedure: string, body = '{}'): ReturnType<typeof ask> => {
    const path_ = `/trpc/${procedure}`;
    return ask({ socketPath: agent.socketPath, path: path_, method: 'POST', headers: asPage(), body });
  };

  it('may do what a page may', async () => {
    expect(await call('stop', '{"name":"cache"}')).not.toMatchObject({ code: 'wrong-scope' });
  });

  it.each(['shutdown', 'createLink', 'rotateMasterUrl'])('may not call %s', async (procedure) => {
    expect(await call(procedure)).toMatchObject({ status: 403, code: 'wrong-scope' });
    expect(agent.service.calls).toEqual([]);
  });

  it('gets a file by its one-time path, once', async () => {
    const { path: file } = await agent.connection.call.createDownload.mutate({ name: 'cache', what: 'data' });
    const question = { socketPath: agent.socketPath, path: file, headers: asPage() };
    expect(await ask(question)).toMatchObject({ status: 200, body: 'data of cache' });
    expect(await ask(question)).toMatchObject({ status: 404, code: 'download-unusable' });
  });
});

describe('the command line’s connection', () => {
  it('makes typed calls', async () => {
    const { call } = agent.connection;
    expect(await call.request.mutate({ name: 'cache', software: 'memcached' })).toMatchObject({
      partition: 'slappart0',
      outcome: 'created',
    });
    expect(await call.masterUrl.query({ scope: 'computer' })).toEqual({
      url: expect.stringContaining('slapcap_computer'),
    });
  });

  it('reads a log to its end', async () => {
    const lines: string[] = [];
    const ended = new AbortController();
    for await (const { line } of agent.connection.logs({ name: 'cache', lines: 3 }, ended.signal))
      lines.push(line);
    expect(lines).toEqual(['line 1', 'line 2', 'line 3']);
  });

  it('shows a failure in the agent’s words', async () => {
    const failure = await agent.connection.call.stop.mutate({ name: '' }).catch(failureView);
    expect(failure).toMatchObject({ code: 'request-invalid', sentence: expect.stringContaining('name') });
  });

  it('says that the agent does not answer, and what to do', async () => {
    await agent.stop();
    const failure = await agent.connection.call.state.query().catch(failureView);
    expect(failure).toMatchObject({
      code: 'agent-unreachable',
      nextStep: expect.stringContaining('./slapgrid start'),
    });
    await agent.restart();
  });
});
