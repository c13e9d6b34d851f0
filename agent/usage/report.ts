/**
 * What the instances of one master used in one hour, as the document that masters take (§15.6 of the protocol).
 */
import { HOUR_MILLISECONDS, type HourlySum } from './book.ts';

/** The sums of one instance. */
export type InstanceUsage = { partitionId: string } & Omit<HourlySum, 'guid' | 'hour'>;

const BYTES_PER_MEGABYTE = 1_000_000;
const SECONDS_PER_HOUR = HOUR_MILLISECONDS / 1000;

/**
 * Equal facts make equal bytes, so that a master knows a repetition when it sees one: its `reference` names the computer and the hour.
 * @param hour hours since 1970.
 */
export function usageReport(computerId: string, hour: number, instances: readonly InstanceUsage[]): string {
  const movements = instances
    .toSorted((one, other) => (one.partitionId < other.partitionId ? -1 : 1))
    .flatMap(movementsOf);
  const start = hour * HOUR_MILLISECONDS;
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<journal><transaction type="Sale Packing List">',
    '<title>Resource consumptions</title>',
    `<start_date>${timeText(start)}</start_date>`,
    `<stop_date>${timeText(start + HOUR_MILLISECONDS)}</stop_date>`,
    `<reference>${escaped(periodOf(computerId, hour))}</reference>`,
    '<currency></currency><payment_mode></payment_mode><category></category>',
    '<arrow type="Destination"><source></source><destination></destination></arrow>',
    ...movements,
    '</transaction></journal>',
  ].join('');
}

/** Names the period for ever, whoever asks and however often. */
export function periodOf(computerId: string, hour: number): string {
  return `${computerId}-${new Date(hour * HOUR_MILLISECONDS).toISOString().slice(0, 'YYYY-MM-DDTHH'.length)}`;
}

/**
 * Average over the time it ran, in percent of one processor and in megabytes; of the disk, which is taken whether it runs or not, over
 * the hour.
 */
function movementsOf(usage: InstanceUsage): string[] {
  const { partitionId, seconds } = usage;
  const average = (sum: number): number => (seconds > 0 ? sum / seconds : 0);
  return [
    movement('service_module/cpu_load_percent', 'CPU load', partitionId, average(usage.cpuSeconds) * 100),
    movement(
      'service_module/memory_used',
      'Memory used',
      partitionId,
      average(usage.memoryByteSeconds) / BYTES_PER_MEGABYTE,
    ),
    movement(
      'service_module/disk_used',
      'Disk used',
      partitionId,
      usage.diskByteSeconds / SECONDS_PER_HOUR / BYTES_PER_MEGABYTE,
    ),
  ];
}

function movement(resource: string, title: string, reference: string, quantity: number): string {
  return [
    `<movement><resource>${resource}</resource><title>${title}</title>`,
    `<reference>${escaped(reference)}</reference><quantity>${quantity.toFixed(3)}</quantity>`,
    '<price>0.00</price><VAT></VAT><category></category></movement>',
  ].join('');
}

/** As masters write it, in UTC. */
function timeText(at: number): string {
  const iso = new Date(at).toISOString();
  return `${iso.slice(0, 10)} at ${iso.slice(11, 19)}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
