/** What it costs to decide when anything may run, and how long it takes until it is so. */
import path from 'node:path';
import process from 'node:process';
import type { Rules } from '../../agent/api/contract-conditions.ts';
import { DEFAULT_RULES } from '../../agent/conditions/defaults.ts';
import type { Row as FactRow } from '../../agent/conditions/fact-record.ts';
import { UNKNOWN_FACTS, type Facts } from '../../agent/conditions/facts.ts';
import { initialHolds } from '../../agent/conditions/holds.ts';
import { HostFacts } from '../../agent/conditions/host-facts.ts';
import { decide } from '../../agent/conditions/policy.ts';
import { previewOf } from '../../agent/conditions/preview.ts';
import { sessionAddresses, systemAddresses } from '../../agent/dbus/bus.ts';
import type { Installation } from './installation.ts';
import { timed, type Row, type Table } from './measure.ts';

const PARTITIONS = 10;
const TURNS = 10;
const LOOKS = 50;
const DECISIONS = 10_000;
const MINUTE = 60_000;
const WEEK_MINUTES = 7 * 24 * 60;

const ALL_RULES: Rules = {
  ...DEFAULT_RULES,
  load: { enabled: true, action: 'freeze', percent: 80 },
  schedule: { ...DEFAULT_RULES.schedule, enabled: true },
};

export async function conditions(installation: Installation): Promise<Table> {
  const now = Date.now();
  const host = new HostFacts({
    proc: '/proc',
    sys: '/sys',
    buses: { system: systemAddresses(), session: sessionAddresses() },
    home: path.parse(process.cwd()).root,
    processors: 2,
    ours: () => 0,
    now: Date.now,
    uptime: () => performance.now(),
  });
  await host.look();
  const looks: number[] = [];
  for (let look = 0; look < LOOKS; look += 1) {
    const began = process.cpuUsage();
    await host.look();
    const { user, system } = process.cpuUsage(began);
    looks.push((user + system) / 1000);
  }
  host.close();
  return {
    title: 'conditions',
    rows: [
      row('one decision', await decisions(now)),
      row('one look at the host, processor time', looks),
      row('preview of 7 days, a row a minute', await previews(now)),
      ...(await pauses(installation)),
    ],
    notes: [
      'All eight rules are on for the decision and the preview.',
      `“${PARTITIONS} partitions”: from the call of the agent’s API until it answers that nothing of them runs, and that they go on.`,
    ],
  };
}

function row(what: string, samples: readonly number[]): Row {
  return { what, unit: 'ms', samples, baseline: null };
}

/** Other facts at each minute. */
function factsAt(minute: number, now: number): Facts {
  return {
    ...UNKNOWN_FACTS,
    battery: { onBattery: minute % 600 < 90, percent: minute % 100, present: true },
    activeAt: minute % 300 < 120 ? now : now - 20 * MINUTE,
    loadPercent: (minute * 7) % 100,
    metered: minute % 900 < 60,
    celsius: 50 + (minute % 40),
    freeBytes: 50e9,
    fullscreen: minute % 400 < 15,
  };
}

async function decisions(now: number): Promise<number[]> {
  const samples: number[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    let holds = initialHolds();
    const milliseconds = await timed(() => {
      for (let minute = 0; minute < DECISIONS; minute += 1) {
        const at = now + minute * MINUTE;
        ({ holds } = decide(holds, factsAt(minute, at), ALL_RULES, null, at));
      }
    });
    samples.push(milliseconds / DECISIONS);
  }
  return samples;
}

async function previews(now: number): Promise<number[]> {
  const rows: FactRow[] = Array.from({ length: WEEK_MINUTES }, (_, minute) => {
    const at = now - (WEEK_MINUTES - minute) * MINUTE;
    return { at, facts: factsAt(minute, at) };
  });
  const samples: number[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    samples.push(await timed(() => previewOf({ rules: ALL_RULES, days: 7, rows, now, totalBytes: 100e9 })));
  }
  return samples;
}

/** By a rule that holds a person's own back as well, so that no master is needed. */
async function pauses(installation: Installation): Promise<Row[]> {
  await installation.withInstances(PARTITIONS);
  const api = await installation.api();
  const { rules } = (await api.state()).conditions;
  const held: Rules = {
    ...rules,
    own: ['disk'],
    disk: { enabled: true, action: 'freeze', freeBytes: Number.MAX_SAFE_INTEGER },
  };
  const [pausing, resuming]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < TURNS; turn += 1) {
    pausing.push(await timed(() => api.setRules(held)));
    resuming.push(await timed(() => api.setRules(rules)));
    await installation.reaches(({ partitions }) =>
      partitions.every(({ instance }) => instance === null || instance.state === 'started'),
    );
  }
  return [
    row(`pause of ${PARTITIONS} partitions`, pausing),
    row(`resume of ${PARTITIONS} partitions`, resuming),
  ];
}
