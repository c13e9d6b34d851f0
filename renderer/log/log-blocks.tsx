/**
 * The lines themselves. A block that did not change is not drawn again, and one that cannot be seen is not laid out.
 */
import { memo, type ReactNode } from 'react';
import type { LogBlock, LogLine } from './log-lines.ts';
import { matchesIn } from './search.ts';

type Marks = {
  /** What was searched for; empty when nothing was. */
  words: string;
  /** Number of the line of the hit that is being looked at; 0 for none. */
  hit: number;
  /** Whether lines say which service wrote them. */
  named: boolean;
};

export function LogBlocks({ blocks, words, hit, named }: Marks & { blocks: readonly LogBlock[] }): ReactNode {
  return blocks.map((block) => {
    const last = block.lines.at(-1)?.number ?? 0;
    const here = hit >= block.first && hit <= last ? hit : 0;
    return <Block key={block.first} lines={block.lines} words={words} hit={here} named={named} />;
  });
}

const Block = memo(function Block({
  lines,
  words,
  hit,
  named,
}: Marks & { lines: readonly LogLine[] }): ReactNode {
  return (
    // The size it is taken to have until it is seen.
    <div className="log-block" style={{ containIntrinsicBlockSize: `auto ${lines.length * 1.6}em` }}>
      {lines.map((line) => (
        <div
          key={line.number}
          id={lineId(line.number)}
          className={line.number === hit ? 'log-line current' : 'log-line'}
        >
          {named && <span className="log-service">{line.service}</span>}
          <span className="log-text">{marked(line.text, words)}</span>
        </div>
      ))}
    </div>
  );
});

export function lineId(number: number): string {
  return `log-line-${number}`;
}

function marked(text: string, words: string): ReactNode {
  const matches = matchesIn(text, words);
  if (matches.length === 0) return text === '' ? '\u200b' : text;
  const pieces: ReactNode[] = [];
  let place = 0;
  for (const [start, end] of matches) {
    pieces.push(text.slice(place, start), <mark key={start}>{text.slice(start, end)}</mark>);
    place = end;
  }
  return [...pieces, text.slice(place)];
}
