/**
 * What is lent of what the person allows, and how far this computer is shared.
 */
import type { ReactNode } from 'react';
import type { AgentState } from '../../../agent/api/contract.ts';
import { Gauge } from '../../parts/gauge.tsx';
import { linkTo } from '../../state/route.ts';
import { bytesText } from '../../words/amounts.ts';
import { isLent, sharingInForce } from '../../words/sharing.ts';
import { cpusText } from '../../words/usage.ts';
import { pauseText } from './words.ts';

export function Lent({ agent: { lending, conditions } }: { agent: AgentState }): ReactNode {
  const { used, limits } = lending;
  const { cpus, memoryBytes, diskBytes } = limits.together;
  const tone = conditions.state === 'paused' ? 'paused' : 'hosting';
  return (
    <>
      <h2 className="section">{pauseText('page-pause.lent')}</h2>
      <Gauge
        name={pauseText('page-pause.lent.cpu')}
        used={cpusText(used.cpus)}
        of={
          cpus === null
            ? pauseText('page-pause.lent.no-limit')
            : pauseText('page-pause.lent.cpus', { limit: cpus })
        }
        share={shareOf(used.cpus, cpus)}
        tone={tone}
      />
      <Gauge
        name={pauseText('page-pause.lent.memory')}
        used={bytesText(used.memoryBytes)}
        of={ofBytes(memoryBytes)}
        share={shareOf(used.memoryBytes, memoryBytes)}
        tone={tone}
      />
      <Gauge
        name={pauseText('page-pause.lent.disk')}
        used={bytesText(used.diskBytes)}
        of={ofBytes(diskBytes)}
        share={shareOf(used.diskBytes, diskBytes)}
        tone={tone}
      />
    </>
  );
}

function ofBytes(limit: number | null): string {
  return limit === null
    ? pauseText('page-pause.lent.no-limit')
    : pauseText('page-pause.lent.of', { limit: bytesText(limit) });
}

function shareOf(used: number, limit: number | null): number | null {
  return limit === null ? null : Math.min(1, used / limit);
}

/** What was chosen, and what it may be, where that differs. */
export function LentTo({ agent: { lending, conditions } }: { agent: AgentState }): ReactNode {
  const { sharing, verdict } = lending;
  const waits = isLent(lending) && conditions.state !== 'running';
  return (
    <p className="lent-to small">
      {waits
        ? pauseText('page-pause.waits')
        : pauseText('page-pause.lent.to', {
            sharing: pauseText(`page-pause.who.${sharingInForce(lending)}`),
          })}{' '}
      {sharing !== verdict &&
        `${pauseText('page-pause.lent.verdict', { verdict: pauseText(`page-pause.who.${verdict}`) })} `}
      <a href={linkTo({ screen: 'lending' })}>{pauseText('page-pause.lending')}</a>
    </p>
  );
}
