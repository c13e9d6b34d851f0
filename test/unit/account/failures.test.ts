import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { masterProblem } from '../../../agent/account/problems.ts';
import type { LoadedAccount } from '../../../agent/account/account.ts';
import { hasText } from '../../../agent/messages.ts';
import { UnreachableError, unreachableReason } from '../../../slap/unreachable.ts';
import { StandInMaster } from '../../fakes/slap-master/master.ts';
import type { Misbehaviour } from '../../fakes/slap-master/misbehaviour.ts';
import { JoiningComputer, wishes } from './joining.ts';

const HOUR = 3_600_000;

let master: StandInMaster;
let computer: JoiningComputer;
const servers: Server[] = [];
beforeEach(async () => {
  master = await StandInMaster.start();
  computer = new JoiningComputer();
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await master.close();
  computer.remove();
  expect(master.faults).toEqual([]);
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** A failure that changed nothing on this computer, and after which the same can be tried again. */
async function failsThenWorks(
  account: LoadedAccount,
  input: Awaited<ReturnType<typeof wishes>>,
  code: string,
  mend: () => unknown,
): Promise<void> {
  const error: unknown = await account.registerNode(input).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code });
  expect(hasText(`error.${code}`) && hasText(`error.${code}.next`)).toBe(true);
  expect(String(error)).not.toContain(input.token);
  expect(await computer.kept()).toEqual({});
  await mend();
  expect(await account.registerNode(input)).toMatchObject({ computerName: input.name });
}

describe('what a person mistyped', () => {
  it.each([
    ['', 'master-url-invalid'],
    ['slap.example.org', 'master-url-invalid'],
    ['ftp://127.0.0.1/', 'master-url-invalid'],
    ['https://somebody:secret@127.0.0.1/', 'master-url-invalid'],
    ['http://slap.example.org', 'master-not-tls'],
  ])('%j is no address of a master', async (url, code) => {
    const { account } = await computer.start();
    for (const urls of [
      { masterUrl: url, masterUrlWeb: master.webUrl },
      { masterUrl: master.url, masterUrlWeb: url },
    ]) {
      const error: unknown = await account.inspectMaster(urls).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code });
      expect(String(error)).not.toContain('secret');
      await expect(
        account.registerNode({ name: 'x', token: 'x', ...urls, partitions: 1, acceptedFingerprints: [] }),
      ).rejects.toMatchObject({ code });
    }
  });

  it.each([' ', 'a\nb', 'x'.repeat(201)])('%j is no name', async (name) => {
    const { account } = await computer.start();
    await expect(account.registerNode(await wishes(account, master, { name }))).rejects.toMatchObject({
      code: 'computer-name-invalid',
    });
    expect(master.exchanges).toEqual([]);
  });

  it('a token that is none is not even sent when it could not be', async () => {
    const { account } = await computer.start();
    const input = await wishes(account, master);
    for (const token of ['wrong', 'wr\u00f6ng', 'two words']) {
      await expect(account.registerNode({ ...input, token })).rejects.toMatchObject({
        code: 'token-refused',
      });
    }
    expect(master.exchanges.map(({ headers }) => headers['x-access-token'])).toEqual(['wrong']);
    expect(await account.registerNode(input)).toMatchObject({ computerId: 'COMP-1234' });
  });

  it('a name that another computer has', async () => {
    const { account } = await computer.start();
    master.registration.computers.set('my laptop', 'COMP-7');
    const input = await wishes(account, master);
    await failsThenWorks(account, input, 'computer-name-in-use', () =>
      master.registration.computers.delete('my laptop'),
    );
  });

  it('a master that it joined already', async () => {
    const { account } = await computer.start();
    await account.registerNode(await wishes(account, master));
    const input = await wishes(account, master, { masterUrl: `${master.url}/`, name: 'another' });
    await expect(account.registerNode(input)).rejects.toMatchObject({
      code: 'already-joined',
      parameters: { name: 'my laptop' },
    });
    expect(master.exchanges).toHaveLength(1);
  });
});

describe('what does not answer', () => {
  it('nobody listens', async () => {
    const { account } = await computer.start();
    const input = await wishes(account, master);
    await master.disappear();
    await failsThenWorks(account, input, 'master-unreachable', () => master.comeBack());
  });

  it('there is no network', async () => {
    const { account } = await computer.start();
    // No connection goes to a broadcast address: the kernel says what it says without a network.
    const urls = { masterUrl: 'https://255.255.255.255', masterUrlWeb: master.webUrl };
    await expect(account.inspectMaster(urls)).rejects.toMatchObject({ code: 'master-no-network' });
    const noServer = Object.assign(new Error('getaddrinfo EAI_AGAIN'), { code: 'EAI_AGAIN' });
    expect(unreachableReason(noServer)).toBe('no-network');
    const noName = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    expect(masterProblem(new UnreachableError(unreachableReason(noName), ''), 'h')).toMatchObject({
      code: 'master-unreachable',
      message: 'h cannot be reached: no server has that name. What runs here keeps running.',
    });
  });

  it.each([
    ['speaks HTTP', () => createHttpServer((_request, response) => response.end('hello'))],
    [
      'speaks something else',
      () => createServer((socket) => socket.on('error', () => {}).end('220 mail\r\n')),
    ],
  ])('what listens there %s', async (_what, make) => {
    const { account } = await computer.start();
    const url = `https://127.0.0.1:${await listen(make())}`;
    await expect(
      account.inspectMaster({ masterUrl: url, masterUrlWeb: master.webUrl }),
    ).rejects.toMatchObject({ code: 'master-not-tls' });
  });

  it('says nothing when hands are shaken', async () => {
    const { account } = await computer.start({ patienceMilliseconds: { handshake: 100, answer: 100 } });
    const url = `https://127.0.0.1:${await listen(createServer((socket) => socket.on('error', () => {}).resume()))}`;
    await expect(
      account.inspectMaster({ masterUrl: url, masterUrlWeb: master.webUrl }),
    ).rejects.toMatchObject({ code: 'master-unreachable', parameters: { why: 'it does not answer' } });
  });

  it('takes the token and says nothing', async () => {
    const { account } = await computer.start({ patienceMilliseconds: { handshake: 15_000, answer: 500 } });
    const input = await wishes(account, master);
    master.misbehave('hang');
    await expect(account.registerNode(input)).rejects.toMatchObject({ code: 'master-unreachable' });
    expect(await computer.kept()).toEqual({});
  });
});

describe('what is wrong with a certificate', () => {
  it('its authority is not known, until a person accepts that', async () => {
    const { account } = await computer.start();
    const input = await wishes(account, master);
    const [fingerprint] = input.acceptedFingerprints;
    await expect(account.registerNode({ ...input, acceptedFingerprints: [] })).rejects.toMatchObject({
      code: 'certificate-unknown',
      parameters: { fingerprint },
      nextStep: expect.stringContaining(fingerprint ?? '?'),
    });
    const wrong = (fingerprint ?? '').replace(/^../, (digits) => (digits === '00' ? '11' : '00'));
    await expect(account.registerNode({ ...input, acceptedFingerprints: [wrong] })).rejects.toMatchObject({
      code: 'certificate-unknown',
    });
    expect(master.bytesReceived).toBe(0);
    const spelt = (fingerprint ?? '').replaceAll(':', '').toLowerCase();
    await account.registerNode({ ...input, acceptedFingerprints: [spelt] });
  });

  it.each([
    ['expired', 'certificate-expired'],
    ['not-yet-valid', 'clock-wrong'],
    ['wrong-host', 'certificate-wrong-host'],
  ] as const)('it is %s, which nobody can accept', async (shown, code) => {
    const { account } = await computer.start();
    const input = await wishes(account, master);
    for (const server of ['slap', 'web'] as const) {
      master.show(shown, { server });
      const { certificates } = await account.inspectMaster(input);
      const problems = certificates.map(({ problem }) => problem?.code ?? null);
      expect(problems).toEqual(server === 'slap' ? [code, null] : [null, code]);
      await expect(account.registerNode(input)).rejects.toMatchObject({ code });
      master.show('good', { server });
    }
    expect(master.bytesReceived).toBe(0);
    await account.registerNode(input);
  });

  it('the clock of this computer is behind', async () => {
    const { account } = await computer.start({ clock: { now: () => Date.now() - 40 * 24 * HOUR } });
    const urls = { masterUrl: master.url, masterUrlWeb: master.webUrl };
    const { certificates } = await account.inspectMaster(urls);
    expect(certificates.map(({ problem }) => problem?.code)).toEqual(['clock-wrong', 'clock-wrong']);
  });

  it('the token does not hold because the clocks are hours apart', async () => {
    const { account } = await computer.start();
    const input = await wishes(account, master);
    for (const hours of [3, -3]) {
      master.clockAheadMilliseconds = hours * HOUR;
      await expect(account.registerNode({ ...input, token: 'late' })).rejects.toMatchObject({
        code: 'clock-wrong',
      });
    }
    master.clockAheadMilliseconds = HOUR / 4;
    await expect(account.registerNode({ ...input, token: 'late' })).rejects.toMatchObject({
      code: 'token-refused',
    });
  });
});

describe('an answer that is none of a master', () => {
  it.each<[Misbehaviour, string]>([
    ['html', 'master-answer'],
    ['fault', 'master-answer'],
    ['busy', 'master-answer'],
    ['garbage', 'master-answer'],
    ['redirect', 'master-answer'],
    ['cut', 'master-unreachable'],
    ['no-answer', 'master-unreachable'],
  ])('%s', async (how, code) => {
    const { account } = await computer.start();
    const input = await wishes(account, master);
    master.misbehave(how);
    await failsThenWorks(account, input, code, () => master.behave());
  });
});
