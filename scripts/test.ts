/**
 * `npm test`: everything, in the order that fails fastest. Arguments after `--` go to vitest (`npm test -- test/unit`).
 *
 * The end-to-end tests need what the product needs (bubblewrap, …) and a browser: installed when this runs as root, else the one
 * command that installs them is printed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const root = path.join(import.meta.dirname, '..');
const tools = path.join(root, 'node_modules', '.bin');

/** Program that shows a package is there → the package. */
const NEEDED: readonly (readonly [programs: readonly string[], packageName: string])[] = [
  [['/usr/bin/bwrap'], 'bubblewrap'],
  [['/usr/lib/systemd/systemd-socket-proxyd', '/lib/systemd/systemd-socket-proxyd'], 'systemd'],
  [['/usr/bin/nsenter'], 'util-linux'],
  [['/usr/bin/script'], 'bsdutils'],
  [['/usr/bin/chromium'], 'chromium'],
  [['/usr/bin/chromium-headless-shell'], 'chromium-headless-shell'],
  // A desktop: a display, a bus, a panel, somebody who clicks, a keyring.
  [['/usr/bin/Xvfb'], 'xvfb'],
  [['/usr/bin/dbus-daemon'], 'dbus'],
  [['/usr/bin/xfce4-panel'], 'xfce4-panel'],
  [['/usr/bin/xdotool'], 'xdotool'],
  [['/usr/bin/gnome-keyring-daemon'], 'gnome-keyring'],
  [['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu/libsecret-1.so.0`), 'libsecret-1-0'],
  [['/usr/bin/mmdebstrap'], 'mmdebstrap'],
  // The way out of what is hosted, tried in a home made up of network namespaces.
  [['/usr/bin/pasta'], 'passt'],
  [['/usr/bin/ip', '/usr/sbin/ip', '/bin/ip', '/sbin/ip'], 'iproute2'],
];

function run(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = process.env): void {
  const result = spawnSync(program, args, { cwd: root, stdio: 'inherit', env: environment });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

function provideSystemPackages(): void {
  const missing = NEEDED.filter(([programs]) => !programs.some((program) => existsSync(program))).map(
    ([, name]) => name,
  );
  if (missing.length === 0) return;
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0) {
    console.error(`The tests need system packages that are not installed. As root, run:\n\n  ${install}\n`);
    process.exit(1);
  }
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['-q', 'update'], environment);
  run('apt-get', [...install.split(' ').slice(1), '-q'], environment);
}

if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error('The tests need Node 24: start them with “npm test” after “npm ci”.');
  process.exit(1);
}
provideSystemPackages();
run(process.execPath, [path.join(root, 'scripts', 'build.ts')]);
const chosen = process.argv.slice(2);
if (chosen.length === 0) {
  run(path.join(tools, 'tsc'), ['--noEmit']);
  run(path.join(tools, 'oxlint'), ['--type-aware', '--deny-warnings']);
  run(path.join(tools, 'oxfmt'), ['--check']);
}
run(path.join(tools, 'vitest'), ['run', ...chosen]);
