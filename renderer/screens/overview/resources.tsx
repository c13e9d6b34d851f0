/**
 * What all services together take of the computer, and who could start something here.
 */
import { lazy, Suspense, type ReactNode } from 'react';
import type { AgentState } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { usePageState } from '../../state/hooks.ts';
import { bytesText } from '../../words/amounts.ts';
import { isOwn } from '../../words/owner.ts';
import { isShared } from '../../words/sentence.ts';
import { bytesOrUnknown, cpusText, totalOf } from '../../words/usage.ts';

const MastersAllowed = lazy(async () => ({
  default: (await import('../masters/index.ts')).MastersAllowed,
}));

export function Resources({ agent }: { agent: AgentState }): ReactNode {
  const usage = usePageState((state) => state.usage);
  const used = totalOf(usage);
  // A sum that lacks a part of it would be a guess.
  const measured = agent.partitions.every(({ id, instance }) => instance === null || id in usage);
  const diskBytes = measured ? used.diskBytes : null;
  const settings = usePageState((state) => state.settings);
  const free = settings.state === 'loaded' ? settings.value.freeBytes : null;
  const { cpus, memoryBytes } = agent.agent.computer;
  const shared = isShared(agent);
  const others = agent.partitions.some((partition) => partition.instance !== null && !isOwn(partition));
  const owner = agent.partitions.find((partition) => partition.instance !== null && isOwn(partition))
    ?.instance?.owner.name;
  return (
    <aside className="resources">
      <h2 className="section">{text('page.overview.used', { others })}</h2>
      <Gauge
        name={text('page.overview.cpu')}
        used={cpusText(used.cpu)}
        of={text('page.overview.of-cpus', { count: cpus })}
        share={used.cpu / cpus}
      />
      <Gauge
        name={text('page.overview.memory')}
        used={bytesText(used.memoryBytes)}
        of={text('page.overview.of', { whole: bytesText(memoryBytes) })}
        share={used.memoryBytes / memoryBytes}
      />
      <Gauge
        name={text('page.overview.disk')}
        used={bytesOrUnknown(diskBytes)}
        of={free === null ? '' : text('page.overview.of-free', { free: bytesText(free) })}
        share={free === null || diskBytes === null ? null : diskBytes / (diskBytes + free)}
      />
      <h2 className="section">{text('page.overview.allowed')}</h2>
      <p className="person">
        <span className="avatar" aria-hidden="true">
          {Array.from(owner ?? text('page.overview.you'))[0]?.toUpperCase()}
        </span>
        <span>{text('page.overview.you')}</span>
        <span className="dim small">
          {text('page.overview.nobody-else', { mode: shared ? 'shared' : 'local' })}
        </span>
      </p>
      {shared && (
        <Suspense>
          <MastersAllowed agent={agent} />
        </Suspense>
      )}
    </aside>
  );
}

/** @param share from 0 to 1; null when it is not known, and there is nothing to show it by. */
function Gauge({
  name,
  used,
  of,
  share,
}: {
  name: string;
  used: string;
  of: string;
  share: number | null;
}): ReactNode {
  return (
    <div className="gauge">
      <span>{name}</span>
      <span className="gauge-words">
        <b>{used}</b> {of}
      </span>
      {share !== null && <meter aria-label={name} aria-valuetext={`${used} ${of}`} value={share} />}
    </div>
  );
}
