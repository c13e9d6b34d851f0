/** Whether apt is told where packages come from. Asks apt's own configuration; sends nothing. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findProgram } from '../setup/system-packages.ts';
import { needsYou, well, type Checker } from './checker.ts';
import { configurationIfAny } from './configured.ts';

export const packageMirror: Checker = {
  id: 'package-mirror',
  async applicable() {
    return (await findProgram('apt-get')) !== undefined;
  },
  async check(context) {
    const amount =
      (await hostSources()) + ((await configurationIfAny(context.paths))?.mirror === undefined ? 0 : 1);
    return amount === 0
      ? needsYou('doctor.package-mirror.none', { config: context.paths.config })
      : well('doctor.package-mirror.well', { amount });
  },
};

/** How many places the host's apt takes packages from. A CD-ROM is none: it is not there when it is needed. */
async function hostSources(): Promise<number> {
  const { stdout } = await promisify(execFile)(
    'apt-get',
    ['indextargets', '--no-release-info', '--format', '$(REPO_URI)', 'Identifier: Packages'],
    { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' } },
  );
  const places = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('cdrom:'));
  return new Set(places).size;
}
