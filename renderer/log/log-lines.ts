/**
 * The lines of a log that the page keeps: the newest ones, in blocks that never change once they are full, so that a new line
 * draws one block again and not all of them.
 */
export type LogLine = {
  /** Grows by one with each line, from 1; a line keeps its number when older ones are dropped. */
  number: number;
  service: string;
  text: string;
};

export type LogBlock = { first: number; lines: readonly LogLine[] };

export type LogLines = {
  blocks: readonly LogBlock[];
  /** How many lines came in all. */
  total: number;
  /** How many of them were dropped. */
  dropped: number;
};

export const BLOCK_LINES = 100;
/** What is kept is enough to look through, and little enough to stay quick; the whole log can be saved. */
const MOST_BLOCKS = 100;

export const NO_LINES: LogLines = { blocks: [], total: 0, dropped: 0 };

/** `lines` with what came after them. Blocks that got nothing keep their identity. */
export function withLines(lines: LogLines, added: readonly Omit<LogLine, 'number'>[]): LogLines {
  if (added.length === 0) return lines;
  const blocks = [...lines.blocks];
  let { total } = lines;
  let open: LogLine[] | null = null;
  for (const { service, text } of added) {
    if (open === null || open.length === BLOCK_LINES) {
      const last = blocks.at(-1);
      if (open === null && last !== undefined && last.lines.length < BLOCK_LINES) {
        open = [...last.lines];
        blocks[blocks.length - 1] = { first: last.first, lines: open };
      } else {
        open = [];
        blocks.push({ first: total + 1, lines: open });
      }
    }
    total += 1;
    open.push({ number: total, service, text });
  }
  const kept = blocks.slice(-MOST_BLOCKS);
  return { blocks: kept, total, dropped: (kept[0]?.first ?? 1) - 1 };
}

/** How many lines came after the one with `number`. Of one service, only those are counted that are kept. */
export function countAfter(lines: LogLines, number: number, service: string | null): number {
  if (service === null) return lines.total - number;
  return lines.blocks
    .flatMap((block) => block.lines)
    .filter((line) => line.number > number && line.service === service).length;
}

/** The services that wrote something, in the order of their first line. */
export function servicesOf({ blocks }: LogLines): string[] {
  return [...new Set(blocks.flatMap((block) => block.lines.map(({ service }) => service)))];
}

/** Only what `service` wrote; all of it for null. Blocks of which nothing stays are left out. */
export function ofService(lines: LogLines, service: string | null): LogLines {
  if (service === null) return lines;
  const blocks = lines.blocks.flatMap(({ first, lines: all }) => {
    const own = all.filter((line) => line.service === service);
    return own.length === 0 ? [] : [{ first, lines: own }];
  });
  return { ...lines, blocks };
}
