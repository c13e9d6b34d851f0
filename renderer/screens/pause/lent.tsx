/**
 * What is lent of what the person allows, how far this computer is shared, and how far it safely may be.
 */
import type { ReactNode } from 'react';
import type { AgentState } from '../../../agent/api/contract.ts';
import { Fix } from '../../parts/fix.tsx';
import { Gauge } from '../../parts/gauge.tsx';
import { Icon } from '../../parts/icons.tsx';
import { linkTo } from '../../state/route.ts';
import { bytesText } from '../../words/amounts.ts';
import { isShared } from '../../words/sentence.ts';
import { isLent, missingFor, sharingInForce } from '../../words/sharing.ts';
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

/**
 * To whom it is lent, where it is shared; always the widest it may safely be lent to, and what it lacks for everyone with what would
 * add it.
 */
export function LentTo({ agent }: { agent: AgentState }): ReactNode {
  const { lending, conditions } = agent;
  const { verdict, protections } = lending;
  const waits = isLent(lending) && conditions.state !== 'running';
  const missing = missingFor('everyone', protections);
  return (
    <div className="lent-to small">
      <p>
        {isShared(agent) &&
          `${
            waits
              ? pauseText('page-pause.waits')
              : pauseText('page-pause.lent.to', {
                  sharing: pauseText(`page-pause.who.${sharingInForce(lending)}`),
                })
          } `}
        {pauseText('page-pause.lent.verdict', { verdict })}{' '}
        <a href={linkTo({ screen: 'lending' })}>{pauseText('page-pause.lending')}</a>
      </p>
      {missing.length > 0 && (
        <details>
          <summary>
            {pauseText('page-pause.lent.missing', { count: missing.length })} <Icon name="down" />
          </summary>
          <ul>
            {missing.map(({ name, title, danger, fixes }) => (
              <li key={name}>
                <b>{title}</b>
                <span className="dim">{danger}</span>
                {fixes.map((fix) => (
                  <Fix key={fix} fix={fix} />
                ))}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
