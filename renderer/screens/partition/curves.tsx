/**
 * What the partition took in the last half hour: CPU, memory, disk.
 */
import type { ReactNode } from 'react';
import { MEASURES, pointsOf, type MeasureName } from '../../curves/measures.ts';
import { UsageChart } from '../../curves/usage-chart.tsx';
import { useUsageCurve } from '../../curves/use-usage-curve.ts';
import { text } from '../../messages.ts';
import { usePageState } from '../../state/hooks.ts';
import { useUsage } from '../../state/usage.ts';
import { bytesText } from '../../words/amounts.ts';

const NAMES = ['cpu', 'memory', 'disk'] as const satisfies readonly MeasureName[];

export function Curves({ id }: { id: string }): ReactNode {
  const samples = useUsageCurve(id);
  return (
    <section className="curves" aria-label={text('page.partition.curves')}>
      {NAMES.map((name) => (
        <UsageChart
          key={name}
          title={text(`page.partitions.${name}`)}
          measure={MEASURES[name]}
          points={samples === null ? null : pointsOf(samples, name)}
          now={<Now id={id} name={name} />}
        />
      ))}
    </section>
  );
}

/** Apart from the curve, which is drawn again ten times less often. */
function Now({ id, name }: { id: string; name: MeasureName }): ReactNode {
  const usage = useUsage(id);
  const computer = usePageState(({ agent }) => agent?.agent.computer ?? null);
  if (usage === null) return text('page.unknown-value');
  const amount = MEASURES[name].figure(usage);
  if (computer === null || name === 'disk') return amount;
  const total =
    name === 'cpu' ? text('page.partition.cpus', { count: computer.cpus }) : bytesText(computer.memoryBytes);
  return (
    <>
      {amount} <span className="dim">{text('page.partition.of', { total })}</span>
    </>
  );
}
