/**
 * What a request will do, before it is sent.
 */
import type { ReactNode } from 'react';
import type { AgentState, CatalogueEntry } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { linkTo } from '../../state/route.ts';
import { bytesText } from '../../words/amounts.ts';
import { isOwn } from '../../words/owner.ts';

export function WhatHappens({ entry, agent }: { entry: CatalogueEntry; agent: AgentState }): ReactNode {
  const free = agent.partitions.find((partition) => partition.instance === null && isOwn(partition));
  const rows: [string, ReactNode][] = [
    [text('page.request.download'), downloadText(entry, agent)],
    [
      text('page.request.partition'),
      free?.id ?? <a href={linkTo({ screen: 'partitions' })}>{text('page.request.partition.none')}</a>,
    ],
    [
      text('page.address'),
      free === undefined ? text('page.unknown-value') : <span className="mono">{free.address}</span>,
    ],
    [text('page.request.seen'), text('page.request.seen.you')],
  ];
  return (
    <>
      <h2 className="section">{text('page.request.happens')}</h2>
      <dl className="facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className="small dim">{text('page.request.isolation')}</p>
    </>
  );
}

function downloadText({ url, here, bytesToDownload }: CatalogueEntry, { software }: AgentState): string {
  const installed = software.some((release) => release.url === url && release.state === 'available');
  if (here || installed) return text('page.request.download.nothing');
  if (bytesToDownload === null) return text('page.request.download.once');
  return text('page.request.download.amount', { amount: bytesText(bytesToDownload) });
}
