import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ServerCertificate } from '../../../agent/api/contract.ts';
import { SlapgridError } from '../../../agent/errors.ts';
import { readyInstance, standInMaster } from '../../fakes/agent-service.ts';
import { commandLine, type CommandLine } from './command-line.ts';

const URLS = ['--master-url', 'https://slap.example.org', '--master-url-web', 'https://panel.example.org'];
const SENT = {
  name: 'my-laptop',
  token: 'abc',
  masterUrl: 'https://slap.example.org',
  masterUrlWeb: 'https://panel.example.org',
  partitions: 10,
  acceptedFingerprints: [],
};
const FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');

function shownBy(host: string, differs: Partial<ServerCertificate> = {}): ServerCertificate {
  return {
    host,
    subject: host,
    issuer: 'Example Authority',
    validFrom: '2026-01-01T00:00:00.000Z',
    validTo: '2027-01-01T00:00:00.000Z',
    fingerprint: FINGERPRINT,
    trust: 'unknown',
    problem: null,
    ...differs,
  };
}

/** What was sent to be registered; undefined: nothing. */
function registered({ service }: CommandLine): unknown {
  return service.calls.find(([procedure]) => procedure === 'registerNode')?.[1];
}

describe('node register', () => {
  test('takes upstream’s words', async () => {
    const line = commandLine();
    const words = ['--token', 'abc', ...URLS, '--partition-number', '4'];
    const { status, stdout } = await line.run('node', 'register', 'my-laptop', ...words);
    expect(status).toBe(0);
    expect(registered(line)).toEqual({ ...SENT, partitions: 4 });
    // What the page would ask first is answered by it.
    expect(line.service.calls).toContainEqual(['finishFirstRun']);
    expect(stdout).toBe(
      'This computer is a node of slap.example.org now, where it is called “my-laptop” (COMP-1234). 4 partitions are offered to it.\n' +
        'Nothing of slap.example.org runs here yet, because this computer is lent to nobody else. To host for it: ./slapgrid lend people',
    );
  });

  test('says nothing of lending where others are hosted already', async () => {
    const line = commandLine();
    await line.service.setSharing('people');
    const { stdout } = await line.run('node', 'register', 'my-laptop', '--token', 'abc', ...URLS);
    expect(stdout).not.toContain('lend people');
  });

  test('is a document with --json', async () => {
    const { stdout } = await commandLine().run(
      '--json',
      'node',
      'register',
      'my-laptop',
      '--token',
      'abc',
      ...URLS,
    );
    expect(JSON.parse(stdout)).toMatchObject({
      id: 'master-1',
      title: 'slap.example.org',
      computerId: 'COMP-1234',
      partitions: 10,
      state: 'connected',
    });
  });

  test('reads the token from standard input', async () => {
    const line = commandLine({ input: 'abc\n' });
    await line.run('node', 'register', 'my-laptop', '--token', '-', ...URLS);
    expect(registered(line)).toEqual(SENT);
  });

  test('asks for the token', async () => {
    const line = commandLine({ replies: ['abc'] });
    await line.run('node', 'register', 'my-laptop', ...URLS);
    expect(registered(line)).toEqual(SENT);
  });

  test.each([['-t'], ['--token', 'x', '--token-file', 'y']])('refuses %s %s', async (...words) => {
    const line = commandLine();
    expect((await line.run('node', 'register', 'n', ...words, ...URLS)).status).toBe(2);
    expect(line.service.calls).toEqual([]);
  });

  test('needs a token', async () => {
    for (const line of [commandLine(), commandLine({ replies: [' '] })]) {
      const { status, stderr } = await line.run('node', 'register', 'my-laptop', ...URLS);
      expect(status).toBe(2);
      expect(stderr).toContain('There is no token: nothing was sent.');
      expect(registered(line)).toBeUndefined();
    }
  });

  test.each(['--master-url', '--master-url-web'])('needs %s', async (missing) => {
    const index = URLS.indexOf(missing);
    const others = URLS.filter((_, each) => each !== index && each !== index + 1);
    const { status, stderr } = await commandLine().run('node', 'register', 'n', '--token', 'x', ...others);
    expect(status).toBe(2);
    expect(stderr).toContain(`${missing} is missing.`);
  });

  test('says in its help who can read a token on the command line', async () => {
    const { stdout } = await commandLine().run('node', 'register', '--help');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('every user of this computer can read it here');
  });

  test('ends with 1 and the agent’s sentence when the master refuses', async () => {
    const line = commandLine();
    line.service.failures.set('registerNode', new SlapgridError('token-refused', { host: 'h' }));
    const ran = await line.run('node', 'register', 'my-laptop', '--token', 'secret-abc', ...URLS);
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain('h does not accept this token. Nothing was changed.');
    expect(JSON.stringify(ran)).not.toContain('secret-abc');
  });
});

describe('a token in a file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-cli-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('is read from there', async () => {
    const file = path.join(folder, 'token');
    await writeFile(file, 'abc\n');
    const line = commandLine();
    await line.run('node', 'register', 'my-laptop', '--token-file', file, ...URLS);
    expect(registered(line)).toEqual(SENT);
  });

  test('that is not there is told', async () => {
    const file = path.join(folder, 'absent');
    const ran = await commandLine().run('node', 'register', 'my-laptop', '--token-file', file, ...URLS);
    expect(ran).toMatchObject({ status: 2 });
    expect(ran.stderr).toContain(`The token in ${file} cannot be read (ENOENT).`);
  });
});

describe('an authority that this computer does not know', () => {
  function line(options: Parameters<typeof commandLine>[0] = {}): CommandLine {
    const made = commandLine(options);
    made.service.shownCertificates = [
      shownBy('slap.example.org:443'),
      shownBy('panel.example.org:443'),
      shownBy('known.example.org:443', { trust: 'system' }),
    ];
    return made;
  }
  const register = ['node', 'register', 'my-laptop', '--token', 'abc', ...URLS];

  test('is accepted once by a person who compared its fingerprint', async () => {
    const asked = line({ replies: ['yes', 'no'] });
    const { status, stderr } = await asked.run(...register);
    expect(status).toBe(0);
    expect(stderr).toContain(FINGERPRINT);
    expect(stderr).toContain('slap.example.org:443 says that it is “slap.example.org:443”.');
    expect(registered(asked)).toEqual({ ...SENT, acceptedFingerprints: [FINGERPRINT] });
  });

  test.each(['', 'no', 'n'])('is not accepted by %j', async (reply) => {
    const asked = line({ replies: [reply] });
    const { status, stderr } = await asked.run(...register);
    expect(status).toBe(1);
    expect(stderr).toContain('slap.example.org:443 shows a certificate of an authority');
    expect(registered(asked)).toBeUndefined();
  });

  test('needs its fingerprint where nobody can be asked', async () => {
    const alone = line();
    const { status, stderr } = await alone.run(...register);
    expect(status).toBe(1);
    expect(stderr).toContain(`--accept-fingerprint ${FINGERPRINT}`);
    expect(registered(alone)).toBeUndefined();
    const spelt = FINGERPRINT.replaceAll(':', '').toLowerCase();
    expect((await alone.run(...register, '--accept-fingerprint', spelt)).status).toBe(0);
    expect(registered(alone)).toEqual({ ...SENT, acceptedFingerprints: [spelt] });
  });

  test('is not asked about when its server is another one', async () => {
    const asked = line({ replies: ['yes'] });
    const problem = new SlapgridError('certificate-wrong-host', { host: 'slap.example.org:443' }).toView();
    asked.service.shownCertificates = [shownBy('slap.example.org:443', { problem })];
    const { status, stderr } = await asked.run(...register);
    expect(status).toBe(1);
    expect(stderr).toBe(`${problem.sentence}\n${problem.nextStep}`);
  });
});

describe('masters that were joined', () => {
  const failing = standInMaster({
    id: 'master-2',
    title: 'slap.other.org',
    url: 'https://slap.other.org/',
    computerId: 'COMP-5',
    partitionAmount: 4,
    state: 'failing',
    error: { code: 'x', sentence: 'slap.other.org cannot be reached.', nextStep: '' },
  });

  function line(options: Parameters<typeof commandLine>[0] = {}): CommandLine {
    const made = commandLine(options);
    made.service.store.setMaster(standInMaster());
    made.service.store.setMaster(failing);
    return made;
  }

  test('are listed with how it is with them', async () => {
    const { stdout } = await line().run('node', 'list');
    expect(stdout).toBe(
      [
        'Shared: this computer works for the 2 masters that it joined.',
        '',
        'MASTER            COMPUTER               PARTITIONS  STATE',
        'slap.example.org  my-laptop (COMP-1234)  10          connected',
        'slap.other.org    my-laptop (COMP-5)     4           slap.other.org cannot be reached.',
      ].join('\n'),
    );
    expect(JSON.parse((await line().run('node', 'list', '--json')).stdout)).toMatchObject({
      mode: 'shared',
      masters: [{ id: 'master-1' }, { id: 'master-2', state: 'failing', partitions: 4 }],
    });
  });

  test('are none at first', async () => {
    expect((await commandLine().run('node', 'list')).stdout).toBe('Shared: no master is joined yet.');
  });

  test('tells why a master is set aside, and what to do', async () => {
    const aside = commandLine();
    const error = {
      code: 'master-records-damaged',
      sentence: 'It cannot be read.',
      nextStep: 'Put it back.',
    };
    const unknown = { title: 'f27d', computerName: '', computerId: '', partitionAmount: 0 };
    aside.service.store.setMaster(standInMaster({ ...unknown, state: 'aside', error }));
    const { stdout } = await aside.run('node', 'list');
    expect(stdout).toMatch(/^f27d +set aside$/mu);
    expect(stdout).toMatch(/f27d: It cannot be read\.\n {2}Put it back\.$/u);
  });

  test('are in the status, and whom each instance serves', async () => {
    const { service, run } = line();
    service.show(0, readyInstance({ name: 'mine' }));
    service.show(1, readyInstance({ name: 'theirs' }));
    const partition = service.store.partition('slappart1');
    if (partition === undefined) throw new Error('no partition');
    service.store.setPartition({ ...partition, master: 'master-2' });
    const { stdout } = await run('status');
    expect(stdout).toMatch(/NAME .* MASTER +STATE/);
    expect(stdout).toMatch(/mine .* this computer +started/);
    expect(stdout).toMatch(/theirs .* slap\.other\.org +started/);
    expect(stdout).toContain('slap.example.org  my-laptop (COMP-1234)  10          connected');
    expect(JSON.parse((await run('status', '--json')).stdout)).toMatchObject({
      agent: { mode: 'shared' },
      masters: [{ id: 'master-1' }, { id: 'master-2' }],
      instances: [
        { name: 'mine', master: 'local' },
        { name: 'theirs', master: 'master-2' },
      ],
    });
  });

  test.each(['master-2', 'slap.other.org', 'https://slap.other.org', 'COMP-5'])(
    'are called by %s',
    async (word) => {
      const { service, run } = line();
      expect((await run('node', 'ask', word)).status).toBe(0);
      expect(service.calls).toContainEqual(['askMaster', 'master-2']);
    },
  );

  test('are asked all at once without a name', async () => {
    const { service, run } = line();
    expect((await run('node', 'ask')).stdout).toBe('slap.example.org, slap.other.org: asked.');
    expect(service.calls).toEqual([
      ['askMaster', 'master-1'],
      ['askMaster', 'master-2'],
    ]);
  });

  test('that wait to be told that they are left say so, and are stayed with', async () => {
    const { service, run } = line();
    const error = { code: 'leaving-waits', sentence: 'It cannot be told.', nextStep: '' };
    service.store.setMaster(standInMaster({ state: 'leaving', error, canStay: true }));
    expect((await run('node', 'list')).stdout).toContain('It cannot be told.');
    const { status, stdout } = await run('node', 'stay', 'slap.example.org');
    expect([status, stdout]).toEqual([
      0,
      'slap.example.org is not left: this computer goes on working for it.',
    ]);
    expect(service.calls).toEqual([['stayWithMaster', 'master-1']]);
  });

  test('must be known, and must be one', async () => {
    const { service, run } = line();
    expect(await run('node', 'ask', 'nobody')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('This computer is no node of “nobody”.'),
    });
    const ambiguous = await run('node', 'leave', 'my-laptop', '--yes');
    expect(ambiguous.status).toBe(2);
    expect(ambiguous.stderr).toContain('master-1 (slap.example.org, connected)');
    expect(service.calls).toEqual([]);
  });

  test('are left by who agrees to the loss', async () => {
    const { service, run } = line({ replies: ['no', 'y'] });
    service.show(0, readyInstance());
    const partition = service.store.partition('slappart0');
    if (partition === undefined) throw new Error('no partition');
    service.store.setPartition({ ...partition, master: 'master-1' });
    const refused = await run('node', 'leave', 'slap.example.org');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('destroyed with its data: 1 instance.');
    expect(service.calls).toEqual([]);
    const left = await run('node', 'leave', 'slap.example.org');
    expect(left).toMatchObject({
      status: 0,
      stdout: 'slap.example.org is left: what it hosted here is gone, and the keys with it.',
    });
    expect(service.calls).toEqual([['leaveMaster', { id: 'master-1', force: false }]]);
  });

  test('are not left where nobody can be asked', async () => {
    const { service, run } = line();
    expect((await run('node', 'leave', 'slap.example.org')).status).toBe(2);
    expect(service.calls).toEqual([]);
    expect((await run('node', 'leave', 'slap.example.org', '--yes', '--force')).status).toBe(0);
    expect(service.calls).toEqual([['leaveMaster', { id: 'master-1', force: true }]]);
  });

  test('that cannot be told are left by force, which is said', async () => {
    const { service, run } = line();
    service.failures.set('leaveMaster', new SlapgridError('master-unreachable', { host: 'h', why: 'w' }));
    const { status, stderr } = await run('node', 'leave', 'slap.example.org', '--yes');
    expect(status).toBe(1);
    expect(stderr).toContain('“--force” leaves slap.example.org without telling it.');
  });

  test('that are being left are waited for, until that fails', async () => {
    const { service, run } = line();
    service.leaveMaster = async ({ id }) => {
      service.store.setMaster(standInMaster({ id, state: 'leaving' }));
    };
    const running = run('node', 'leave', 'slap.example.org', '--yes');
    await expect.poll(() => service.openStreams).toBe(1);
    service.store.setMaster(failing);
    service.store.setMaster(standInMaster({ ...failing, id: 'master-1' }));
    expect(await running).toMatchObject({ status: 1, stderr: 'slap.other.org cannot be reached.' });
  });

  test('that are being left are not waited for by who leaves', async () => {
    const { service, run, interrupt } = line();
    service.leaveMaster = async ({ id }) => {
      service.store.setMaster(standInMaster({ id, state: 'leaving' }));
    };
    expect(await run('node', 'leave', 'slap.example.org', '--yes', '--detach')).toMatchObject({
      status: 0,
      stdout: 'slap.example.org is being left.',
    });
    const running = run('node', 'leave', 'slap.example.org', '--yes');
    await expect.poll(() => service.openStreams).toBe(1);
    interrupt();
    expect(await running).toMatchObject({ status: 2 });
  });

  test('are offered by the completion', async () => {
    const { run } = line();
    expect((await run('completion', 'names', 'masters')).stdout).toBe('slap.example.org\nslap.other.org');
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { stdout } = await run('completion', shell);
      expect(stdout).toContain('names masters');
      expect(stdout).toMatch(/shared\s+local/);
      expect(stdout).toContain('accept-fingerprint');
    }
  });
});

describe('node mode', () => {
  test('tells it, and changes it', async () => {
    const { service, run } = commandLine();
    expect((await run('node', 'mode')).stdout).toBe('Shared: no master is joined yet.');
    expect(service.calls).toEqual([]);
    expect((await run('node', 'mode', 'local')).stdout).toBe('Local: this computer works for nobody else.');
    expect(service.calls).toEqual([['setMode', 'local']]);
    expect(JSON.parse((await run('node', 'mode', '--json')).stdout)).toEqual({ mode: 'local' });
    service.store.setMaster(standInMaster());
    expect((await run('node', 'mode')).stdout).toBe(
      'Local: this computer works for nobody else. The master that it joined has to wait.',
    );
  });

  test('knows two', async () => {
    const { status, stderr } = await commandLine().run('node', 'mode', 'private');
    expect(status).toBe(2);
    expect(stderr).not.toBe('');
  });
});
