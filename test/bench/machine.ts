/** What the figures of a run depend on, in a line. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

export function machineLine(root: string): string {
  const cpus = os.cpus();
  const gibibytes = (os.totalmem() / 2 ** 30).toFixed(0);
  return [
    `${cpus.length} cores (${cpus[0]?.model.trim() ?? 'unknown'}), ${gibibytes} GiB`,
    `${distribution()}, kernel ${os.release()}`,
    `Node ${process.versions.node}, bubblewrap ${version('bwrap')}, systemd ${version('systemctl')}`,
    `Slapgrid ${release(root)} as ${process.getuid?.() === 0 ? 'root' : 'an ordinary user'}`,
    `load average ${loadText()}`,
  ].join('; ');
}

/** Other work on the machine shows here: what stands there before a run is not the run's. */
export function loadText(): string {
  return os
    .loadavg()
    .map((load) => load.toFixed(1))
    .join(' ');
}

function distribution(): string {
  const match = /^PRETTY_NAME="?([^"\n]*)/mu.exec(text('/etc/os-release'));
  return match?.[1] ?? os.type();
}

function version(program: string): string {
  try {
    return /\d[\w.]*/u.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[0] ?? 'unknown';
  } catch {
    return 'none';
  }
}

function release(root: string): string {
  const { version: number, digest } = JSON.parse(text(path.join(root, 'dist', 'agent', 'version.json'))) as {
    version: string;
    digest: string;
  };
  return `${number} (build ${digest.slice(0, 8)})`;
}

function text(file: string): string {
  return readFileSync(file, 'utf8');
}
