/**
 * `npm run package`: builds everything anew and makes the packages of this system in `release/`. `npm run package -- deb` makes only
 * these; `--quick` compresses little, to try one out; `--output` puts them elsewhere.
 *
 * The same sources make the same bytes: `docs/releasing.md` says what else must be the same.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { provideElectron } from './package/electron.ts';
import { provideNode } from './package/node.ts';

const project = path.dirname(import.meta.dirname);
const dist = path.join(project, 'dist');

/** Numbers that build servers count with; they are no part of a version. */
const BUILD_NUMBERS = [
  'BUILD_NUMBER',
  'TRAVIS_BUILD_NUMBER',
  'APPVEYOR_BUILD_NUMBER',
  'CIRCLE_BUILD_NUM',
  'BUILD_BUILDNUMBER',
  'CI_PIPELINE_IID',
];

const { values, positionals: targets } = parseArgs({
  allowPositionals: true,
  options: {
    output: { type: 'string', default: path.join(project, 'release') },
    quick: { type: 'boolean', default: false },
  },
});

function prepareEnvironment(): void {
  process.chdir(project);
  process.umask(0o022);
  for (const name of BUILD_NUMBERS) delete process.env[name];
  process.env['SOURCE_DATE_EPOCH'] ??= dateOfSources();
  process.env['CUSTOM_FPM_PATH'] = path.join(import.meta.dirname, 'package', 'deb.ts');
  // That runs on this Node; and nothing that is packed is another name of a file that goes on being used.
  process.env['PATH'] = [path.dirname(process.execPath), process.env['PATH']].join(path.delimiter);
  process.env['USE_HARD_LINKS'] = 'false';
  if (values.quick) process.env['DPKG_DEB_COMPRESSOR_LEVEL'] = '1';
}

/** The time of the last commit. */
function dateOfSources(): string {
  try {
    return execFileSync('git', ['log', '-1', '--format=%ct'], { encoding: 'utf8' }).trim();
  } catch {
    throw new Error('Without git, say what time the sources are of: SOURCE_DATE_EPOCH=<seconds since 1970>');
  }
}

async function build(): Promise<void> {
  // What is left of earlier builds is no part of this one.
  await rm(dist, { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [path.join(import.meta.dirname, 'build.ts'), '--force'], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('The build failed.');
  await provideNode(path.join(dist, 'node'));
}

async function pack(electron: string): Promise<readonly string[]> {
  const builder = await import('electron-builder');
  return builder.build({
    projectDir: project,
    targets: builder.Platform.current().createTarget(targets, builder.archFromString(process.arch)),
    publish: 'never',
    config: {
      electronDist: electron,
      directories: { output: values.output },
      ...(values.quick ? { deb: { compression: 'zst' } } : {}),
    },
  });
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

try {
  prepareEnvironment();
  const electron = await provideElectron(project);
  await build();
  for (const file of await pack(electron)) console.log(`${await digestOf(file)}  ${file}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
