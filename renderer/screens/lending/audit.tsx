/**
 * What was decided about others, newest first.
 */
import { TextInput } from '@mantine/core';
import { useDeferredValue, useEffect, useState, type ReactNode } from 'react';
import type { AuditEntry } from '../../../agent/api/contract-lending.ts';
import type { AgentState } from '../../../agent/api/contract.ts';
import { Icon } from '../../parts/icons.tsx';
import { Failure } from '../../parts/note.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useStore } from '../../state/hooks.ts';
import { loaded, type Loaded } from '../../state/loaded.ts';
import { useMomentText } from '../../state/moment.ts';
import { lendingText } from './words.ts';

const MOST_READ = 500;
const FIRST_SHOWN = 12;

export function Audit({ agent }: { agent: AgentState }): ReactNode {
  const entries = useAudit(agent);
  return (
    <section className="audit">
      <h2 className="section">{lendingText('page-lending.audit')}</h2>
      {entries.state === 'loading' && <Waiting rows={3}>{lendingText('page-lending.audit.reading')}</Waiting>}
      {entries.state === 'failed' && <Failure failure={entries.reason} />}
      {entries.state === 'loaded' &&
        (entries.value.length === 0 ? (
          <p className="under small">{lendingText('page-lending.audit.empty')}</p>
        ) : (
          <Entries entries={entries.value} />
        ))}
    </section>
  );
}

/** Read when the screen is entered, and again when something was decided that the tree shows. */
function useAudit({ lending, conditions }: AgentState): Loaded<readonly AuditEntry[]> {
  const { client } = useStore();
  const { sharing, limits, egress, mostPartitions, doorAddresses, used } = lending;
  const { state, said } = conditions;
  const decided = JSON.stringify([
    [sharing, limits, egress, mostPartitions, doorAddresses, used.partitions],
    [state, said],
  ]);
  // What was read stays until what was decided since is there too.
  const [read, setRead] = useState<{ decided: string; entries: Loaded<readonly AuditEntry[]> }>({
    decided,
    entries: { state: 'loading' },
  });
  useEffect(() => {
    let gone = false;
    const ask = async (): Promise<void> => {
      const entries = await loaded(() => client.audit.query({ limit: MOST_READ }));
      if (!gone) setRead({ decided, entries });
    };
    void ask();
    return () => {
      gone = true;
    };
  }, [client, decided]);
  return read.entries;
}

function Entries({ entries }: { entries: readonly AuditEntry[] }): ReactNode {
  const [words, setWords] = useState('');
  const [all, setAll] = useState(false);
  const wanted = useDeferredValue(words.trim().toLowerCase());
  const found = wanted === '' ? entries : entries.filter((entry) => says(entry, wanted));
  const shown = all || wanted !== '' ? found : found.slice(0, FIRST_SHOWN);
  return (
    <>
      <div className="audit-head">
        <p className="small dim">{lendingText('page-lending.news')}</p>
        {entries.length > FIRST_SHOWN / 2 && (
          <TextInput
            className="audit-search"
            size="xs"
            type="search"
            aria-label={lendingText('page-lending.audit.search')}
            placeholder={lendingText('page-lending.audit.search')}
            leftSection={<Icon name="search" />}
            value={words}
            onChange={(event) => setWords(event.currentTarget.value)}
          />
        )}
      </div>
      <output className="visually-hidden">
        {wanted === '' ? '' : lendingText('page-lending.audit.found', { count: found.length })}
      </output>
      {found.length === 0 ? (
        <p className="under small">{lendingText('page-lending.audit.none', { words: words.trim() })}</p>
      ) : (
        <ol className="audit-entries">
          {shown.map((entry, place) => (
            <Entry key={`${entry.at} ${found.length - place}`} entry={entry} />
          ))}
        </ol>
      )}
      {shown.length < found.length && (
        <button type="button" className="text-button" onClick={() => setAll(true)}>
          {lendingText('page-lending.audit.all', { count: found.length - shown.length })}
        </button>
      )}
    </>
  );
}

function says({ sentence, instance, partition, kind }: AuditEntry, words: string): boolean {
  return `${sentence} ${instance ?? ''} ${partition ?? ''} ${kind}`.toLowerCase().includes(words);
}

/** Refused and limited stand out by their shape; the words say the rest. */
const ICONS = {
  accepted: 'check',
  refused: 'cross',
  ended: 'stop',
  limit: 'alert',
  sharing: 'lending',
  limits: 'conditions',
  egress: 'open',
  doors: 'open',
  paused: 'pause',
  resumed: 'resume',
} as const satisfies Record<AuditEntry['kind'], string>;

function Entry({ entry: { at, kind, sentence } }: { entry: AuditEntry }): ReactNode {
  const when = useMomentText(at);
  return (
    <li className="audit-entry" data-kind={kind}>
      <Icon name={ICONS[kind]} />
      <span className="audit-sentence">{sentence}</span>
      <time className="small dim" dateTime={at}>
        {when ?? ''}
      </time>
    </li>
  );
}
