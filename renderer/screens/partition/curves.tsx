/**
 * What the partition took in the last half hour: CPU, memory, disk.
 */
import type { ReactNode } from 'react';
import type { Limits } from '../../../agent/api/contract-lending.ts';
import { MEASURES, pointsOf, type MeasureName } from '../../curves/measures.ts';
import { UsageChart } from '../../curves/usage-chart.tsx';
import { useUsageCurve } from '../../curves/use-usage-curve.ts';
import { text } from '../../messages.ts';
import { usePageState } from '../../state/hooks.ts';
import { useUsage } from '../../state/usage.ts';
import { bytesText } from '../../words/amounts.ts';

const NAMES = ['cpu', 'memory', 'disk'] as const satisfies readonly MeasureName[];

export function Curves({
  id,
  limits,
}: {
  id: string;
  /** What it may take at most; null: all that the computer has. */
  limits: Limits | null;
}): ReactNode {
  const samples = useUsageCurve(id);
  return (
    <section className="curves" aria-label={text('page.partition.curves')}>
      {NAMES.map((name) => (
        <UsageChart
          key={name}
          title={text(`page.partitions.${name}`)}
          measure={MEASURES[name]}
          points={samples === null ? null : pointsOf(samples, name)}
          now={<Now id={id} name={name} limits={limits} />}
        />
      ))}
    </section>
  );
}

/** Apart from the curve, which is drawn again ten times less often. */
function Now({
  id,
  name,
  limits,
}: {
  id: string;
  name: (typeof NAMES)[number];
  limits: Limits | null;
}): ReactNode {
  const usage = useUsage(id);
  const computer = usePageState(({ agent }) => agent?.agent.computer ?? null);
  if (usage === null) return text('page.unknown-value');
  const amount = MEASURES[name].figure(usage);
  if (computer === null) return amount;
  const total = totalText(name, {
    cpus: limits?.cpus ?? computer.cpus,
    memoryBytes: limits?.memoryBytes ?? computer.memoryBytes,
    diskBytes: limits?.diskBytes ?? null,
  });
  if (total === null) return amount;
  return (
    <>
      {amount} <span className="dim">{text('page.partition.of', { total })}</span>
    </>
  );
}

/** Of how much; null where there is no end that is known. */
function totalText(
  name: (typeof NAMES)[number],
  { cpus, memoryBytes, diskBytes }: { cpus: number; memoryBytes: number; diskBytes: number | null },
): string | null {
  if (name === 'cpu') return text('page.partition.cpus', { count: cpus });
  if (name === 'memory') return bytesText(memoryBytes);
  return diskBytes === null ? null : bytesText(diskBytes);
}
