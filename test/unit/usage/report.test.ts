import { describe, expect, it } from 'vitest';
import { LOCAL_MASTER, type PartitionView } from '../../../agent/api/contract.ts';
import { HOUR_MILLISECONDS } from '../../../agent/usage/book.ts';
import { periodOf, usageReport } from '../../../agent/usage/report.ts';
import { partitionOfKey, prefixOf, usageKey } from '../../../agent/usage/usage-key.ts';
import { readyInstance } from '../../fakes/agent-service.ts';

const HOUR = Date.UTC(2026, 10, 22, 13) / HOUR_MILLISECONDS;
const USAGE = {
  partitionId: 'slappart10',
  seconds: 1800,
  cpuSeconds: 450,
  memoryByteSeconds: 1800 * 64_000_000,
  diskByteSeconds: 3600 * 1_500_000,
};

describe('a usage report', () => {
  it('is the document that masters take: one journal, one transaction, a movement for each resource', () => {
    expect(usageReport('COMP-1', HOUR, [USAGE])).toBe(
      '<?xml version="1.0" encoding="utf-8"?>' +
        '<journal><transaction type="Sale Packing List">' +
        '<title>Resource consumptions</title>' +
        '<start_date>2026-11-22 at 13:00:00</start_date><stop_date>2026-11-22 at 14:00:00</stop_date>' +
        '<reference>COMP-1-2026-11-22T13</reference>' +
        '<currency></currency><payment_mode></payment_mode><category></category>' +
        '<arrow type="Destination"><source></source><destination></destination></arrow>' +
        movement('cpu_load_percent', 'CPU load', '25.000') +
        movement('memory_used', 'Memory used', '64.000') +
        movement('disk_used', 'Disk used', '1.500') +
        '</transaction></journal>',
    );
  });

  it('names its period by the computer and the hour', () => {
    expect(periodOf('COMP-1', HOUR)).toBe('COMP-1-2026-11-22T13');
    expect(periodOf('COMP-1', HOUR + 1)).toBe('COMP-1-2026-11-22T14');
  });

  it('is the same to the byte in whatever order the instances come', () => {
    const other = { ...USAGE, partitionId: 'slappart11' };
    expect(usageReport('COMP-1', HOUR, [other, USAGE])).toBe(usageReport('COMP-1', HOUR, [USAGE, other]));
  });

  it('says nothing was used by what did not run', () => {
    const idle = { ...USAGE, seconds: 0, cpuSeconds: 0, memoryByteSeconds: 0, diskByteSeconds: 0 };
    expect(usageReport('COMP-1', HOUR, [idle])).toContain('<quantity>0.000</quantity>');
  });

  it('keeps marks of XML in names apart from its own', () => {
    expect(usageReport('A<&>', HOUR, [])).toContain('<reference>A&lt;&amp;&gt;-2026');
  });
});

describe('the key of an instance’s usage', () => {
  const partition = (id: string, master: string): PartitionView => ({
    id,
    master,
    address: '127.64.0.2',
    instance: { ...readyInstance(), guid: 'SOFTINST-1' },
  });

  it('is its guid where this computer’s own master gave it', () => {
    expect(usageKey(partition('slappart0', LOCAL_MASTER))).toBe('SOFTINST-1');
  });

  it('keeps apart two instances that two masters call the same', () => {
    const [one, other] = ['one', 'other'].map((master) => usageKey(partition('slappart10', master)));
    expect(one).not.toBe(other);
  });

  it('tells the master and the partition', () => {
    const key = usageKey(partition('slappart10', 'one')) ?? '';
    expect(key.startsWith(prefixOf('one'))).toBe(true);
    expect(partitionOfKey(key, prefixOf('one'))).toBe('slappart10');
  });

  it('is none of a free partition', () => {
    expect(usageKey({ ...partition('slappart0', LOCAL_MASTER), instance: null })).toBeNull();
  });
});

function movement(resource: string, title: string, quantity: string): string {
  return (
    `<movement><resource>service_module/${resource}</resource><title>${title}</title>` +
    `<reference>slappart10</reference><quantity>${quantity}</quantity>` +
    '<price>0.00</price><VAT></VAT><category></category></movement>'
  );
}
