/**
 * What the application costs around the window, in the stand-in of Electron; and what the agent costs beside two programs of others that
 * also wait all day for something to do.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { chromium, type Browser, type Page } from '@playwright/test';
import { StandInPanel } from './panel.ts';
import { root, type Installation } from './installation.ts';
import { inTurns, type Row, type Table } from './measure.ts';
import { activity, bytesWritten, descendantsOf, kindOf, proportionalMemory } from './processes.ts';

const TIMES = 5;
/** V8 tidies up for some twenty seconds after a start. */
const SETTLING_SECONDS = 30;
const IDLE_SECONDS = 60;

const STAND_IN = path.join(root, 'test', 'fakes', 'electron', 'electron');
const OURS = path.join(root, 'dist', 'main', 'main.mjs');
const BARE = path.join(import.meta.dirname, 'entries', 'bare-application.mjs');

export async function shell(installation: Installation): Promise<Table> {
  await installation.withInstances(0);
  await (await installation.api()).state();
  return {
    title: 'shell: the application around the window, and the agent at rest',
    rows: [...(await applicationRows(installation)), ...(await idleRows(installation))],
    notes: [
      'The application runs in the stand-in of Electron (`test/fakes/electron`): Node in place of Electron’s main process, Debian’s Chromium for the windows. It is not Electron: the figures show what is ours, in the ratio; the absolute ones are the stand-in’s.',
      'Bare: the same stand-in with an application that has one icon, one menu item and a page that is a heading.',
      'Tray: from spawn until the icon is registered with the panel. Painted: from the click on the menu’s item until the largest part of the page is painted, by the browser’s own word.',
      `At rest: ${IDLE_SECONDS} s after ${SETTLING_SECONDS} s, all at the same time; syncthing and boinc-client as Debian has them, without configuration, projects or network (a network namespace with lo only).`,
      'Memory is PSS, of all processes of a program. A dash: the package is not installed.',
    ],
  };
}

/** An application in the stand-in, and the panel it is in. */
class Started {
  readonly #child: ChildProcess;
  readonly #panel: StandInPanel;
  readonly #folder: string;
  readonly #address: Promise<string>;
  readonly milliseconds: number;
  #browser: Browser | null = null;

  private constructor(
    child: ChildProcess,
    panel: StandInPanel,
    folder: string,
    address: Promise<string>,
    milliseconds: number,
  ) {
    this.#child = child;
    this.#panel = panel;
    this.#folder = folder;
    this.#address = address;
    this.milliseconds = milliseconds;
  }

  /** Resolves when its icon is in the panel. */
  static async begin(entry: string, { folder: parent, paths }: Installation): Promise<Started> {
    const folder = await mkdtemp(path.join(parent, 'shell-'));
    const panel = await StandInPanel.start(folder);
    const environment = {
      ...process.env,
      DBUS_SESSION_BUS_ADDRESS: panel.address,
      SLAPGRID_HOME: paths.home,
      STAND_IN_TRAY: 'panel',
    };
    const began = performance.now();
    const args = ['--inspect=0', entry, `--user-data-dir=${path.join(folder, 'user-data')}`, '--hidden'];
    const child = spawn(STAND_IN, args, { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
    const address = addressOf(child);
    await panel.registered;
    return new Started(child, panel, folder, address, performance.now() - began);
  }

  /** Chooses the item that opens the window. @returns milliseconds until it is painted. */
  async open(): Promise<number> {
    this.#browser ??= await chromium.connectOverCDP(await this.#address);
    const began = Date.now();
    const opened = this.#opened();
    await this.#panel.choose('Open Slapgrid');
    const page = await opened;
    await page.locator('h1').waitFor();
    return (await page.evaluate<number>(PAINTED)) - began;
  }

  async #opened(): Promise<Page> {
    for (;;) {
      const [page] = this.#browser?.contexts().flatMap((context) => context.pages()) ?? [];
      if (page !== undefined) return page;
      await delay(1);
    }
  }

  /** MB of each kind of process. */
  memory(): Map<string, number> {
    const amounts = new Map<string, number>();
    for (const pid of [this.#child.pid ?? 0, ...descendantsOf(this.#child.pid ?? 0)]) {
      const kind = pid === this.#child.pid ? 'main' : kindOf(pid);
      amounts.set(kind, (amounts.get(kind) ?? 0) + (proportionalMemory(pid) ?? 0));
    }
    return amounts;
  }

  async end(): Promise<void> {
    await this.#browser?.close();
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
    await this.#panel.close();
    await rm(this.#folder, { recursive: true, maxRetries: 10 });
  }
}

/** When the largest part was painted, on the clock of the wall. */
const PAINTED = `new Promise((resolve) => {
  new PerformanceObserver((list) => resolve(performance.timeOrigin + list.getEntries().at(-1).startTime))
    .observe({ type: 'largest-contentful-paint', buffered: true });
})`;

async function addressOf({ stderr }: ChildProcess): Promise<string> {
  if (stderr === null) throw new Error('it says nothing');
  for await (const line of createInterface(stderr)) {
    const url = /^DevTools listening on (?<url>ws:\S+)/u.exec(line)?.groups?.['url'];
    if (url !== undefined) {
      stderr.resume();
      return url;
    }
  }
  throw new Error('it has ended');
}

async function applicationRows(installation: Installation): Promise<Row[]> {
  const kinds = ['main', 'browser', 'renderer'] as const;
  const seen = { ours: newSeen(), bare: newSeen() };
  const measure = async (entry: string, into: Seen): Promise<number> => {
    const started = await Started.begin(entry, installation);
    await delay(3000);
    into.hidden.push(started.memory());
    into.painted.push(await started.open());
    await delay(3000);
    into.shown.push(started.memory());
    await started.end();
    return started.milliseconds;
  };
  const launches = await inTurns(TIMES, {
    bare: () => measure(BARE, seen.bare),
    ours: () => measure(OURS, seen.ours),
  });
  const compared = (what: string, unit: Row['unit'], ours: number[], bare: number[]): Row => ({
    what,
    unit,
    samples: ours,
    baseline: { what: 'bare', samples: bare },
  });
  const memory = (when: 'hidden' | 'shown'): Row[] => [
    compared(
      `${when}: memory of all processes`,
      'MB',
      seen.ours[when].map(sumOf),
      seen.bare[when].map(sumOf),
    ),
    ...kinds.map((kind) =>
      compared(
        `… ${kind}`,
        'MB',
        seen.ours[when].map((each) => each.get(kind) ?? 0),
        seen.bare[when].map((each) => each.get(kind) ?? 0),
      ),
    ),
  ];
  return [
    compared('launch → tray', 'ms', launches.ours, launches.bare),
    compared('click → painted window', 'ms', seen.ours.painted, seen.bare.painted),
    ...memory('hidden'),
    ...memory('shown'),
  ];
}

type Seen = { painted: number[]; hidden: Map<string, number>[]; shown: Map<string, number>[] };

function newSeen(): Seen {
  return { painted: [], hidden: [], shown: [] };
}

function sumOf(amounts: ReadonlyMap<string, number>): number {
  return [...amounts.values()].reduce((sum, amount) => sum + amount, 0);
}

/** Where each program is, and how it is started for itself in a folder. */
const OTHERS: readonly { name: string; program: string; args: (folder: string) => string[] }[] = [
  {
    name: 'syncthing',
    program: '/usr/bin/syncthing',
    args: (folder) => ['serve', '--no-browser', '--no-upgrade', `--home=${folder}`],
  },
  { name: 'boinc-client', program: '/usr/bin/boinc', args: (folder) => ['--dir', folder, '--no_gpus'] },
];

type Rest = { memory: number; cpuSeconds: number; switches: number; kilobytes: number };

async function idleRows(installation: Installation): Promise<Row[]> {
  await installation.endAgent();
  await installation.api();
  const children: { name: string; child: ChildProcess }[] = [];
  for (const { name, program, args } of OTHERS) {
    if (!existsSync(program)) continue;
    const folder = path.join(installation.folder, name);
    await mkdir(folder);
    children.push({ name, child: startApart(folder, program, args(folder)) });
  }
  try {
    await delay(SETTLING_SECONDS * 1000);
    const agent = [await installation.agentPid()];
    const programs = new Map([
      ['agent', agent],
      ...children.map(({ name, child: { pid = 0 } }): [string, number[]] => [
        name,
        [pid, ...descendantsOf(pid)],
      ]),
    ]);
    const before = new Map([...programs].map(([name, pids]) => [name, lookAt(pids)]));
    await delay(IDLE_SECONDS * 1000);
    const after = new Map([...programs].map(([name, pids]) => [name, lookAt(pids)]));
    const spent = (name: string, of: keyof Rest): number[] => {
      const [first, last] = [before.get(name)?.[of], after.get(name)?.[of]];
      if (first === undefined || last === undefined) return [];
      return [of === 'memory' ? last : ((last - first) * 60) / IDLE_SECONDS];
    };
    const row = (what: string, unit: Row['unit'], of: keyof Rest): Row[] =>
      OTHERS.map(({ name }) => ({
        what: `at rest, the agent: ${what}`,
        unit,
        samples: spent('agent', of),
        baseline: { what: name, samples: spent(name, of) },
      }));
    return [
      ...row('memory', 'MB', 'memory'),
      ...row('processor time', 's/min', 'cpuSeconds'),
      ...row('wake-ups (context switches)', '/min', 'switches'),
      ...row('written to the disk in a minute', 'kB', 'kilobytes'),
    ];
  } finally {
    await Promise.all(children.map(({ child }) => endOf(child)));
  }
}

/** With no network but its own loopback, and gone with us. */
function startApart(folder: string, program: string, args: readonly string[]): ChildProcess {
  const apart = process.getuid?.() === 0 ? ['-n'] : ['-r', '-n'];
  const script = 'ip link set lo up; exec "$@"';
  return spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', ...apart, 'sh', '-c', script, 'sh', program, ...args],
    { cwd: folder, env: { PATH: process.env['PATH'], HOME: folder }, stdio: 'ignore' },
  );
}

function lookAt(pids: readonly number[]): Rest {
  const rest = { memory: 0, cpuSeconds: 0, switches: 0, kilobytes: 0 };
  for (const pid of pids) {
    const { cpuMilliseconds, switches } = activity(pid);
    rest.memory += proportionalMemory(pid) ?? Number.NaN;
    rest.cpuSeconds += cpuMilliseconds / 1000;
    rest.switches += switches;
    rest.kilobytes += (bytesWritten(pid) ?? Number.NaN) / 1000;
  }
  return rest;
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  const below = descendantsOf(child.pid ?? 0);
  for (const pid of [child.pid ?? 0, ...below]) process.kill(pid, 'SIGKILL');
  await ended;
}
