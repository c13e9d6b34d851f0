import { describe, expect, it } from 'vitest';
import {
  BLOCK_LINES,
  countAfter,
  NO_LINES,
  servicesOf,
  withLines,
} from '../../../../renderer/log/log-lines.ts';

const some = (amount: number, from = 1): { service: string; text: string }[] =>
  Array.from({ length: amount }, (_, index) => ({ service: 'redis', text: `line ${index + from}` }));

describe('the lines that are kept', () => {
  it('are numbered from one', () => {
    const { blocks, total } = withLines(withLines(NO_LINES, some(2)), some(1, 3));
    expect(total).toBe(3);
    expect(blocks.flatMap(({ lines }) => lines.map(({ number, text }) => `${number} ${text}`))).toEqual([
      '1 line 1',
      '2 line 2',
      '3 line 3',
    ]);
  });

  it('leave full blocks as they are when another line comes', () => {
    const before = withLines(NO_LINES, some(BLOCK_LINES + 5));
    const after = withLines(before, some(1));
    expect(after.blocks[0]).toBe(before.blocks[0]);
    expect(after.blocks[1]?.lines).toHaveLength(6);
    expect(before.blocks[1]?.lines).toHaveLength(5);
  });

  it('are the same when nothing comes', () => {
    const before = withLines(NO_LINES, some(3));
    expect(withLines(before, [])).toBe(before);
  });

  it('are the newest ten thousand; the numbers go on, and what was dropped is counted', () => {
    const lines = withLines(NO_LINES, some(25_050));
    const kept = lines.blocks.flatMap((block) => block.lines);
    expect(kept.at(-1)).toMatchObject({ number: 25_050, text: 'line 25050' });
    expect(kept.length).toBeLessThanOrEqual(10_000);
    expect(kept.length).toBeGreaterThan(9_900);
    expect(lines).toMatchObject({ total: 25_050, dropped: 25_050 - kept.length });
    expect(kept[0]?.number).toBe(lines.dropped + 1);
  });

  it('name the services that wrote them', () => {
    const lines = withLines(NO_LINES, [
      { service: 'web', text: 'a' },
      { service: 'cron', text: 'b' },
      { service: 'web', text: 'c' },
    ]);
    expect(servicesOf(lines)).toEqual(['web', 'cron']);
  });
});

describe('the lines that came after one', () => {
  const lines = withLines(NO_LINES, [
    ...some(3),
    { service: 'cron', text: 'a' },
    ...some(2),
    { service: 'cron', text: 'b' },
  ]);

  it('are counted, of all services or of one', () => {
    expect(countAfter(lines, 3, null)).toBe(4);
    expect(countAfter(lines, 3, 'cron')).toBe(2);
    expect(countAfter(lines, 4, 'cron')).toBe(1);
    expect(countAfter(lines, 7, null)).toBe(0);
  });

  it('are counted even when they are not kept any more', () => {
    expect(countAfter(withLines(lines, some(25_000)), 7, null)).toBe(25_000);
  });
});
