/** A promise that software put into its partition, in the real sandbox. */
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkPromise, type PromiseResult } from '../../../agent/grid/promises.ts';
import { openPartition, isRoot, sandbox, type TestPartition } from '../sandbox/partition.ts';

let partition: TestPartition;

beforeEach(async () => {
  partition = await openPartition();
});
afterEach(() => partition.close());

async function check(script: string, timeoutSeconds = 20): Promise<PromiseResult> {
  const folder = path.join(partition.data, 'etc', 'promise');
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'check');
  await writeFile(file, `#!/usr/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  if (isRoot)
    for (const each of [path.dirname(folder), folder, file])
      await chown(each, partition.identity.uid, partition.identity.gid);
  return checkPromise(
    {
      name: 'check',
      periodSeconds: 120,
      timeoutSeconds,
      check: { kind: 'command', command: ['/srv/data/etc/promise/check'], environment: {} },
    },
    {
      holderPid: partition.holder,
      sandbox,
      spec: ({ command, environment }) => partition.spec(command, environment),
      slap: { computer: 'computer', partition: 'slappart0' },
    },
  );
}

it('is kept by status 0; what it prints is the message', async () => {
  expect(await check('echo all is well; exit 0')).toEqual({ kept: true, message: 'all is well' });
});

it('is not kept by another status', async () => {
  expect(await check('echo not well >&2; exit 3')).toEqual({ kept: false, message: 'not well' });
});

it('runs in the instance’s data, as nobody of the host', async () => {
  expect(await check('pwd; id -u; ls /home 2>/dev/null | wc -l')).toMatchObject({
    kept: true,
    message: expect.stringMatching(/^\/srv\/data\n\d+\n0$/),
  });
});

it('has the end of what it prints for a message', async () => {
  const { message } = await check('head -c 4000 /dev/zero | tr "\\0" a; head -c 4000 /dev/zero | tr "\\0" b');
  expect(message).toBe(`...${'a'.repeat(1000)}${'b'.repeat(4000)}`);
});

it('that takes too long is ended, and not kept', async () => {
  expect((await check('sleep 60', 1)).kept).toBe(false);
});
