/** What every tree has, and what no tree needs although packages ask for it. */

/**
 * Packages in every tree. apt works with an empty status file here, so nothing that is essential on a Debian system comes by
 * itself, while programs count on it: a shell, `rm`, `sed`, `grep`, `find`, the C.UTF-8 locale; `tar` for exports.
 */
export const BASE_PACKAGES = ['coreutils', 'dash', 'findutils', 'grep', 'libc-bin', 'sed', 'tar'];

/**
 * Packages that others depend on for their maintainer scripts, which never run here: users, init scripts, configuration by
 * questions, log rotation, locales that would have to be generated, cluster wrappers. A profile that needs one of them at run
 * time names it, and then gets the real one.
 */
const FOR_SCRIPTS_ONLY = [
  'adduser',
  'base-files',
  'base-passwd',
  'cron',
  'debconf',
  'dpkg',
  'init-system-helpers',
  'iproute2',
  'libpam-modules',
  'libpam-runtime',
  'locales',
  'login',
  'logrotate',
  'lsb-base',
  'passwd',
  'postgresql-client-common',
  'postgresql-common',
  'ssl-cert',
  'systemd',
  'sysvinit-utils',
  'ucf',
  'usr-is-merged',
  'usrmerge',
];

const PROVIDES: Readonly<Record<string, string>> = {
  cron: 'cron-daemon',
  debconf: 'debconf-2.0',
  systemd: 'systemd-sysusers, systemd-tmpfiles',
};

/**
 * A dpkg status file that says these are installed already, in a version that satisfies every wish.
 * @param asked names that a profile asks for itself: they are installed for real.
 */
export function stubStatus(asked: readonly string[], architecture: string): string {
  return FOR_SCRIPTS_ONLY.filter((name) => !asked.includes(name))
    .map((name) => {
      const provides = PROVIDES[name];
      return [
        `Package: ${name}`,
        'Status: install ok installed',
        `Architecture: ${architecture}`,
        'Multi-Arch: foreign',
        'Version: 99:999',
        'Maintainer: nobody <nobody@localhost>',
        ...(provides === undefined ? [] : [`Provides: ${provides}`]),
        'Description: not needed in a tree',
        '',
        '',
      ].join('\n');
    })
    .join('');
}
