import { describe, expect, test } from 'vitest';
import {
  installPackages,
  parseAptStatus,
  type PackageProgress,
  type RunCommand,
} from '../../../agent/setup/package-installation.ts';

/** apt-get by a script of answers; remembers what it was asked. */
function scripted(...answers: { status: number; lines: string[] }[]): { run: RunCommand; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    run: async (argv, onLine) => {
      asked.push(argv.join(' '));
      const answer = answers.shift() ?? { status: 0, lines: [] };
      for (const line of answer.lines) onLine(line);
      return { status: answer.status, lastLines: answer.lines };
    },
  };
}

const done = { status: 0, lines: [] };

async function codeOf(lines: string[]): Promise<unknown> {
  const { run } = scripted({ status: 100, lines }, done, { status: 100, lines });
  return installPackages(['bubblewrap'], {
    sudo: false,
    onProgress: () => {},
    listsMissing: false,
    run,
  }).then(
    () => 'installed',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  );
}

describe('installing packages', () => {
  test('asks apt-get once, without questions or recommendations', async () => {
    const { run, asked } = scripted(done);
    await installPackages(['bubblewrap', 'util-linux'], {
      sudo: false,
      onProgress: () => {},
      listsMissing: false,
      run,
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/^env DEBIAN_FRONTEND=noninteractive /);
    expect(asked[0]).toMatch(/ install -y --no-install-recommends -- bubblewrap util-linux$/);
  });

  test('goes through sudo where the person agreed to it', async () => {
    const { run, asked } = scripted(done);
    await installPackages(['tar'], { sudo: true, onProgress: () => {}, listsMissing: false, run });
    expect(asked[0]).toMatch(/^sudo env /);
  });

  test('fetches the lists first only where there are none', async () => {
    const { run, asked } = scripted(done, done);
    await installPackages(['tar'], { sudo: false, onProgress: () => {}, listsMissing: true, run });
    expect(asked.map((line) => / (update|install)/.exec(line)?.[1])).toEqual(['update', 'install']);
  });

  test('fetches the lists and tries again when they turn out to be old', async () => {
    const stale = { status: 100, lines: ['E: Failed to fetch http://m/x.deb  404  Not Found'] };
    const { run, asked } = scripted(stale, done, done);
    await installPackages(['tar'], { sudo: false, onProgress: () => {}, listsMissing: false, run });
    expect(asked.map((line) => / (update|install)/.exec(line)?.[1])).toEqual([
      'install',
      'update',
      'install',
    ]);
  });

  test('tells its progress', async () => {
    const { run } = scripted({
      status: 0,
      lines: [
        'Get:1 bubblewrap',
        'dlstatus:1:42.5:Retrieving file 1 of 1',
        'pmstatus:bubblewrap:60:Unpacking',
      ],
    });
    const seen: PackageProgress[] = [];
    await installPackages(['bubblewrap'], {
      sudo: false,
      onProgress: (progress) => seen.push(progress),
      listsMissing: false,
      run,
    });
    expect(seen).toEqual([
      { step: 'downloading', percent: 42.5 },
      { step: 'installing', percent: 60 },
    ]);
  });

  test.each([
    ['packages-locked', ['E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1']],
    ['packages-refused', ['sudo: 3 incorrect password attempts']],
    ['packages-unreachable', ["W: Temporary failure resolving 'mirror.example'"]],
    ['packages-not-found', ['E: Unable to locate package bubblewrap']],
    ['packages-failed', ['E: Sub-process /usr/bin/dpkg returned an error code (1)']],
  ])('that fails is told as %s', async (code, lines) => {
    expect(await codeOf(lines)).toBe(code);
  });

  test('understands only apt’s own status lines', () => {
    expect(parseAptStatus('Setting up bubblewrap (0.8.0-2) ...')).toBeUndefined();
    expect(parseAptStatus('pmerror:x:50:broken')).toBeUndefined();
  });
});
