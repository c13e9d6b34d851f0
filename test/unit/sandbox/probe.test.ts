/** The causes are told from recorded answers: stand-ins for bubblewrap print what the real one printed on such systems. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasText, text } from '../../../agent/messages.ts';
import { createSandbox } from '../../../agent/sandbox/sandbox.ts';
import type { ProbeResult } from '../../../agent/sandbox/types.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'probe-'));
  // Root's agent tries the sandbox of an ordinary user, who must get here.
  await chmod(folder, 0o711);
});
afterEach(() => rm(folder, { recursive: true }));

async function standIn(says: string, version = '0.8.0'): Promise<string> {
  const program = path.join(folder, 'bwrap');
  await writeFile(
    program,
    `#!/bin/sh\nif [ "$1" = --version ]; then echo 'bubblewrap ${version}'; exit; fi\necho '${says}' >&2\nexit 1\n`,
  );
  await chmod(program, 0o755);
  return program;
}

async function procWith(settings: Readonly<Record<string, string>>): Promise<string> {
  const procRoot = path.join(folder, 'proc');
  for (const [name, value] of Object.entries(settings)) {
    const file = path.join(procRoot, 'sys', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `${value}\n`);
  }
  return procRoot;
}

const ubuntu = { 'kernel/apparmor_restrict_unprivileged_userns': '1', 'user/max_user_namespaces': '63000' };

it.each([
  'bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted',
  'bwrap: setting up uid map: Permission denied',
])('knows Ubuntu’s AppArmor rule by its effect: %s', async (says) => {
  const sandbox = createSandbox({ bubblewrap: await standIn(says), procRoot: await procWith(ubuntu) });
  const probe = await sandbox.probe();
  expect(probe).toEqual({ ok: false, cause: 'apparmor', detail: says });
  expect(text('sandbox.probe.apparmor.next')).toContain('bwrap-userns-restrict');
});

it.each<[string, Readonly<Record<string, string>>]>([
  ['max_user_namespaces=0', { 'user/max_user_namespaces': '0' }],
  [
    'unprivileged_userns_clone=0',
    { 'kernel/unprivileged_userns_clone': '0', 'user/max_user_namespaces': '63000' },
  ],
])('knows user namespaces that are switched off by %s', async (_name, settings) => {
  const says = 'bwrap: No permissions to create new namespace, likely because the kernel does not allow it';
  const sandbox = createSandbox({ bubblewrap: await standIn(says), procRoot: await procWith(settings) });
  expect(await sandbox.probe()).toEqual({ ok: false, cause: 'userns-disabled', detail: says });
});

it('blames no setting for a failure of another kind', async () => {
  const says = 'bwrap: execvp /bin/sh: Input/output error';
  const sandbox = createSandbox({ bubblewrap: await standIn(says), procRoot: await procWith(ubuntu) });
  expect(await sandbox.probe()).toEqual({ ok: false, cause: 'unknown', detail: says });
});

it('blames no setting that is as it should be', async () => {
  const says = 'bwrap: No permissions to create new namespace';
  const procRoot = await procWith({ 'user/max_user_namespaces': '63000' });
  const sandbox = createSandbox({ bubblewrap: await standIn(says), procRoot });
  expect(await sandbox.probe()).toMatchObject({ ok: false, cause: 'unknown' });
});

it('does not believe a bubblewrap that confines nothing', async () => {
  const program = path.join(folder, 'bwrap');
  // A stand-in that drops its own options and runs the program as it is.
  await writeFile(
    program,
    '#!/bin/sh\n[ "$1" = --version ] && { echo bubblewrap 0.8.0; exit; }\n' +
      'while [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n',
  );
  await chmod(program, 0o755);
  const probe = await createSandbox({ bubblewrap: program }).probe();
  expect(probe.ok).toBe(false);
});

it.each<[Extract<ProbeResult, { ok: false }>['cause'], Parameters<typeof createSandbox>[0]]>([
  ['missing', { bubblewrap: null }],
  ['no-util-linux', { nsenter: null }],
  ['no-util-linux', { setpriv: null }],
  ['no-bash', { bash: null }],
  ['no-proxyd', { socketProxy: null }],
  ['architecture', { architecture: 'riscv64' }],
])('names %s', async (cause, options) => {
  expect(await createSandbox(options).probe()).toMatchObject({ ok: false, cause });
});

it('names a bubblewrap that is too old, with its version', async () => {
  const sandbox = createSandbox({ bubblewrap: await standIn('', '0.4.1') });
  expect(await sandbox.probe()).toEqual({ ok: false, cause: 'too-old', detail: '0.4.1' });
});

describe('the catalogue', () => {
  it.each([
    'missing',
    'too-old',
    'apparmor',
    'userns-disabled',
    'no-proxyd',
    'no-util-linux',
    'no-bash',
    'architecture',
    'unknown',
  ])('has a sentence and a next step for %s', (cause) => {
    expect(hasText(`sandbox.probe.${cause}`)).toBe(true);
    expect(hasText(`sandbox.probe.${cause}.next`)).toBe(true);
    expect(text(`sandbox.probe.${cause}`, { detail: 'this' })).not.toContain('{');
  });
});
