/**
 * Two installations on one computer: of two users where root runs this, else of one. Neither gets in the other's way, and what
 * one has is of no use to the other.
 */
import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLAIMS_FOLDER } from '../../../agent/node/addresses.ts';
import { digestOfHome, type Configuration } from '../../../agent/configuration.ts';
import { pathsOf, socketPath } from '../../../agent/paths.ts';
import { STORED, tryMemcached, valueOf, type Connection } from './clients.ts';
import { makeClone } from './clone.ts';
import { Home } from './home.ts';

const isRoot = process.getuid?.() === 0;
const USER = `slapgrid-two-${process.pid}`;

let mine: Home;
let others: Home;
/** Where both can run the command from: this clone may be closed to the other user. */
let clone: string;

beforeAll(async () => {
  clone = await mkdtemp(path.join(tmpdir(), 'slapgrid-clone-'));
  await chmod(clone, 0o755);
  await makeClone(clone);
  mine = await Home.make();
  const command = path.join(clone, 'slapgrid');
  others = await Home.make(isRoot ? { user: addUser(), command } : { command });
  mine.start();
  others.start();
});

afterAll(async () => {
  await mine.remove();
  await others.remove();
  if (isRoot) spawnSync('userdel', [USER]);
  await rm(clone, { recursive: true });
});

function addUser(): { uid: number; gid: number } {
  const added = spawnSync('useradd', ['--no-create-home', USER], { encoding: 'utf8' });
  if (added.status !== 0) throw new Error(added.stderr);
  const id = (what: string): number => Number(spawnSync('id', [what, USER], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

const socketOf = (home: Home): string =>
  socketPath(pathsOf(home.data), digestOfHome(home.data), home.environment);

async function configurationOf(home: Home): Promise<Configuration> {
  return JSON.parse(await readFile(pathsOf(home.data).config, 'utf8')) as Configuration;
}

const tokenOf = (home: Home): Promise<string> => readFile(pathsOf(home.data).token, 'utf8');

/** What a server answers to a program of the other user: a status, or the code of a system error. */
async function answerTo(home: Home, options: Record<string, unknown>, body = ''): Promise<string> {
  const script = `
    const { request } = require('node:http');
    const [options, body] = process.argv.slice(1);
    const call = request(JSON.parse(options), (response) => {
      let text = '';
      response.on('data', (chunk) => { text += chunk; });
      response.on('end', () => console.log(response.statusCode, text));
    });
    call.on('error', (error) => console.log(error.code));
    call.end(body);`;
  const node = path.join(clone, 'node_modules', '.bin', 'node');
  return home.runProgram(node, ['-e', script, JSON.stringify(options), body]).stdout;
}

it('each publishes on addresses of its own, and both serve at once', async () => {
  const connections: Connection[] = [mine, others].map((home) => home.request('cache', 'memcached'));
  for (const connection of connections) expect(await tryMemcached(connection)).toContain(STORED);
  const [one, other] = connections;
  expect(valueOf(one ?? {}, 'port')).toBe(valueOf(other ?? {}, 'port'));
  expect(valueOf(one ?? {}, 'host')).not.toBe(valueOf(other ?? {}, 'host'));

  const [configuration, foreign] = await Promise.all([mine, others].map(configurationOf));
  expect(configuration?.addressBlock).not.toBe(foreign?.addressBlock);
});

it('each has ports of its own', async () => {
  const configurations = await Promise.all([mine, others].map(configurationOf));
  const ports = configurations.flatMap(({ proxyPort, pagePort }) => [proxyPort, pagePort]);
  expect(new Set(ports).size).toBe(4);
});

it('the token of one does not open the socket of the other', async () => {
  const call = {
    path: '/trpc/state',
    headers: { authorization: `Bearer ${(await tokenOf(others)).trim()}` },
  };
  expect(await answerTo(others, { ...call, socketPath: socketOf(others) })).toMatch(/^200 /u);
  expect(await answerTo(others, { ...call, socketPath: socketOf(mine) })).toMatch(
    isRoot ? /^EACCES/u : /^401 /u,
  );
});

it('the address of one’s master is of no use to the other', async () => {
  const [master, foreign] = [mine, others].map(
    (home) => new URL((home.json(['proxy', 'url']) as { url: string }).url),
  );
  const ask = (url: URL | undefined, port: string | undefined): Record<string, unknown> => ({
    host: '127.0.0.1',
    port,
    path: `${url?.pathname}/getFullComputerInformation?computer_id=local_computer`,
  });
  expect(await answerTo(mine, ask(master, master?.port))).toMatch(/^200 /u);
  expect(await answerTo(others, ask(foreign, foreign?.port))).toMatch(/^200 /u);
  // A master knows its own addresses, and its own user.
  expect(await answerTo(others, ask(foreign, master?.port))).toMatch(isRoot ? /^403 /u : /^404 /u);
  if (!isRoot) return;
  expect(await answerTo(others, ask(master, master?.port))).toMatch(/^403 /u);
  expect(await answerTo(mine, ask(foreign, foreign?.port))).toMatch(/^403 /u);
});

it('a link to one’s page lets nobody into the other’s, and no other user into one’s own', async () => {
  const redeem = async (from: Home, at: Home, by: Home): Promise<string> => {
    const link = new URL((from.json(['link']) as { url: string }).url);
    const { port } = new URL((at.json(['link']) as { url: string }).url);
    const code = new URLSearchParams(link.hash.slice(1)).get('link');
    const headers = { 'content-type': 'application/json', origin: `http://127.0.0.1:${port}` };
    const options = { host: '127.0.0.1', port, path: '/link', method: 'POST', headers };
    return answerTo(by, options, JSON.stringify({ code }));
  };
  expect(await redeem(others, others, others)).toMatch(/^200 /u);
  expect(await redeem(others, mine, others)).toMatch(isRoot ? /other-user/u : /link-unusable/u);
  if (!isRoot) return;
  expect(await redeem(mine, mine, others)).toContain('other-user');
  expect(await redeem(others, others, mine)).toContain('other-user');
});

// Where both are one user's there is no other.
if (isRoot)
  it('another user cannot read, use, or take over anything of it', async () => {
    const { token, config, database } = pathsOf(mine.data);
    for (const file of [
      token,
      config,
      database,
      path.join(mine.data, 'instances', 'slappart0', 'request.json'),
    ])
      expect(others.runProgram('cat', [file])).toMatchObject({ status: 1, stdout: '' });
    const block = ((await mine.state()).partitions[0]?.address ?? '').split('.').slice(0, 3).join('.');
    expect(others.runProgram('rm', ['-f', path.join(CLAIMS_FOLDER, block)]).status).toBe(1);
    const command = [`SLAPGRID_HOME=${mine.data}`, path.join(clone, 'slapgrid')];
    for (const words of [['status'], ['start', '--detach'], ['uninstall', '--yes']]) {
      const refused = others.runProgram('env', [...command, ...words, '--json']);
      expect(refused.status).toBe(1);
      expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'home-of-another' } });
    }
  });
