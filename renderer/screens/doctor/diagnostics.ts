/**
 * What a person may send to somebody who helps: what this computer is like and how its instances are, without any secret. Nothing
 * that an instance published and nothing it was asked for is in it, and no log.
 */
import type { AgentState, CheckResult, Settings, UsageRecord } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { bytesText } from '../../words/amounts.ts';
import { stateText } from '../../words/instance.ts';
import { failedPromisesText, promisesCountText } from '../../words/promises.ts';
import { bytesOrUnknown, cpusText } from '../../words/usage.ts';

type Known = {
  agent: AgentState;
  usage: UsageRecord;
  settings: Settings | null;
  checks: readonly CheckResult[];
  /** When it is written (ms). */
  now: number;
  /** What this page runs in. */
  browser: string;
};

export function diagnosticsText({ agent: state, usage, settings, checks, now, browser }: Known): string {
  const { agent, partitions, software } = state;
  const folder = settings?.dataFolder ?? agent.home;
  const sections: [title: string, lines: string[]][] = [
    [
      text('page.doctor.diagnostics.agent'),
      [
        text('page.doctor.diagnostics.version', { version: agent.version, computer: agent.computerId }),
        text('page.doctor.diagnostics.started', { at: agent.startedAt }),
        text('page.doctor.diagnostics.folder', { folder }),
        ...(settings === null
          ? []
          : [text('page.doctor.diagnostics.disk', { free: bytesText(settings.freeBytes) })]),
        text('page.doctor.diagnostics.browser', { browser }),
        ...agent.notices.map(({ sentence }) => sentence),
      ],
    ],
    [text('page.frame.nav.doctor'), checks.flatMap(checkLines)],
    [
      text('page.doctor.diagnostics.software'),
      software.map((release) =>
        [release.title, release.url, release.state, release.error?.sentence ?? '']
          .filter((part) => part !== '')
          .join(', '),
      ),
    ],
    [
      text('page.frame.nav.partitions'),
      partitions.flatMap((partition) => partitionLines(partition, usage[partition.id])),
    ],
  ];
  const written = text('page.doctor.diagnostics.written', { at: new Date(now).toISOString() });
  const body = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => [title, ...lines.map((line) => `  ${line}`)].join('\n'));
  return withoutSecrets(`${[written, ...body].join('\n\n')}\n`);
}

function checkLines({ title, passed, detail, fixes }: CheckResult): string[] {
  const mark = text(passed ? 'page.doctor.fine' : 'page.doctor.needs-you');
  return [`${title}: ${mark}, ${detail}`, ...fixes.map((fix) => `  ${fix}`)];
}

function partitionLines(
  { id, instance }: AgentState['partitions'][number],
  usage: UsageRecord[string] | undefined,
): string[] {
  if (instance === null) return [];
  const figures =
    usage === undefined
      ? ''
      : `CPU ${cpusText(usage.cpu)}, ${bytesText(usage.memoryBytes)}, ${bytesOrUnknown(usage.diskBytes)}`;
  const promises = [promisesCountText(instance), failedPromisesText(instance)]
    .filter((part) => part !== '')
    .join(': ');
  const parts = [id, instance.name, instance.softwareTitle, stateText(instance), promises, figures];
  const line = parts.filter((part) => part !== '').join(', ');
  const services = instance.services
    .filter(({ restarts }) => restarts > 0)
    .map(({ name, state, restarts, lastExitStatus }) =>
      text('page.doctor.diagnostics.service', { name, state, restarts, status: lastExitStatus ?? 0 }),
    );
  return [
    line,
    ...[...services, ...(instance.error === null ? [] : [instance.error.sentence])].map(
      (each) => `  ${each}`,
    ),
  ];
}

// What may stand inside a sentence that some program wrote: keys, capabilities, tokens, passwords in addresses and after their name.
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----)[^-]*(?:-----END [A-Z0-9 ]*-----)?/gu, '$1…'],
  [/slapcap_[\w-]+/gu, 'slapcap_…'],
  [/\b(bearer)\s+[\w.~+/-]+=*/giu, '$1 …'],
  [/(\b[a-z][\w+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/giu, '$1:…@'],
  [
    /(\b\w*(?:password|passwd|secret|token|credential)\w*["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;}&]+)/giu,
    '$1…',
  ],
];

export function withoutSecrets(words: string): string {
  return SECRETS.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), words);
}
