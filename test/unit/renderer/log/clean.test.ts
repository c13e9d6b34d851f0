import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanLine } from '../../../../renderer/log/clean.ts';

const escape = '\u001b';

describe('a line of a log', () => {
  it.each([
    ['colours', `${escape}[1;31mERROR${escape}[0m disk`, 'ERROR disk'],
    ['a moved cursor', `${escape}[2K${escape}[1Gdone`, 'done'],
    ['a window title', `${escape}]0;pwned\u0007started`, 'started'],
    ['a link', `${escape}]8;;http://example.org/${escape}\\here${escape}]8;;${escape}\\`, 'here'],
    ['a string without its end', `${escape}]0;title and more`, ''],
    ['a character set', `${escape}(Bready`, 'ready'],
    ['a carriage return at its end', 'ready\r', 'ready'],
  ])('is shown without %s', (_, line, shown) => {
    expect(cleanLine(line)).toBe(shown);
  });

  it('keeps its tabs and every script', () => {
    expect(cleanLine('a\tb 日本語 עברית 👍🏽')).toBe('a\tb 日本語 עברית 👍🏽');
  });

  it('gives a form to what has none', () => {
    expect(cleanLine('\u0000\u0001\u0007 \u007f \u0085 \ud800')).toBe(
      '\u2400\u2401\u2407 \u2421 \ufffd \ufffd',
    );
  });

  it('cannot be turned around', () => {
    expect(cleanLine('rm \u202egpj.exe')).toBe('rm \ufffdgpj.exe');
  });

  it('is cut when it is very long, and says so', () => {
    const shown = cleanLine('x'.repeat(1_000_000));
    expect(shown).toHaveLength(4001);
    expect(shown.endsWith('…')).toBe(true);
  });

  it('has no control character left, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (line) => {
        expect(cleanLine(line)).not.toMatch(/(?!\t)\p{Cc}/u);
      }),
    );
  });
});
