/**
 * What all services together take of the computer, who could start something here, and how far it may be lent.
 */
import type { ReactNode } from 'react';
import type { AgentState } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { later } from '../../parts/later.tsx';
import { Gauge } from '../../parts/gauge.tsx';
import { usePageState } from '../../state/hooks.ts';
import { bytesText } from '../../words/amounts.ts';
import { isOwn } from '../../words/owner.ts';
import { isShared } from '../../words/sentence.ts';
import { isLent } from '../../words/sharing.ts';
import { bytesOrUnknown, cpusText, totalOf } from '../../words/usage.ts';

const Lent = later(
  async () => (await import('../pause/index.ts')).Lent,
  () => <div className="lent-place" />,
);
/** How far this computer may be lent, which is worth knowing before it is. */
export const LentTo = later(async () => (await import('../pause/index.ts')).LentTo);
const MastersAllowed = later(async () => (await import('../masters/index.ts')).MastersAllowed);

export function Resources({ agent }: { agent: AgentState }): ReactNode {
  const shared = isShared(agent);
  const lent = shared && isLent(agent.lending);
  const owner = agent.partitions.find((partition) => partition.instance !== null && isOwn(partition))
    ?.instance?.owner.name;
  return (
    <aside className="resources">
      {lent ? <Lent agent={agent} /> : <Used agent={agent} />}
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
      {lent && agent.conditions.state === 'running' && <MastersAllowed agent={agent} />}
      <LentTo agent={agent} />
    </aside>
  );
}

/** By all services together, where nothing is lent. */
function Used({ agent }: { agent: AgentState }): ReactNode {
  const usage = usePageState((state) => state.usage);
  const used = totalOf(usage);
  // A sum that lacks a part of it would be a guess.
  const measured = agent.partitions.every(({ id, instance }) => instance === null || id in usage);
  const diskBytes = measured ? used.diskBytes : null;
  const settings = usePageState((state) => state.settings);
  const free = settings.state === 'loaded' ? settings.value.freeBytes : null;
  const { cpus, memoryBytes } = agent.agent.computer;
  const others = agent.partitions.some((partition) => partition.instance !== null && !isOwn(partition));
  return (
    <>
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
    </>
  );
}
