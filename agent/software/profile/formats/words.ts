/**
 * Formats made of statements of words: redis.conf, postgresql.conf, nginx.conf. A lookup stands in a word of its own,
 * perhaps with plain characters around it (`{{ parameter.memory }}mb`), and the whole word is written in quotes. It is
 * never the first word, which names the directive, and never inside quotes or a comment.
 */
import { TemplateError, type Reference, type Template, type TemplatePart } from '../template.ts';
import { lineText, refuseCharacters, type Format, type TruthWords, type ValueOf } from './format.ts';

type WordSyntax = {
  /** Whether the end of a line ends a statement. If so, no lookup stands behind a quote or a backslash of its line. */
  readonly lineEndsStatement: boolean;
  /** Characters that end a statement wherever they stand outside quotes. */
  readonly statementEnds: string;
  /** Characters that separate words besides white space. */
  readonly separators: string;
  readonly quotes: string;
  /** Where `#` begins a comment. */
  readonly comment: 'anywhere' | 'word' | 'line';
  readonly truth: TruthWords;
  /** Characters that cannot be written even in quotes. */
  readonly refused: RegExp;
  quote(word: string): string;
};

/** Literal text that may share a word with a lookup: nothing that any of these formats gives a meaning. */
const PLAIN = /^[\w.:/@%+,=~-]*$/u;

/** Literal text to copy, or a word with lookups to write in quotes. */
type Segment = string | { readonly word: Template };

/** Splits a template into text to copy and words to quote. */
class WordScanner {
  readonly #syntax: WordSyntax;
  readonly #segments: Segment[] = [];
  #copied = '';
  #word: TemplatePart[] = [];
  #wordText = '';
  /** Words of the statement before this one. */
  #wordsBefore = 0;
  #state: 'code' | 'comment' | 'quoted' = 'code';
  #quote = '';
  #escaped = false;
  #quotesOnLine = false;

  constructor(syntax: WordSyntax) {
    this.#syntax = syntax;
  }

  /** @throws TemplateError */
  scan(template: Template): Segment[] {
    for (const part of template) {
      if (typeof part !== 'string') this.#readReference(part);
      else for (const character of part) this.#readCharacter(character);
    }
    this.#endWord();
    return [...this.#segments, this.#copied];
  }

  #readReference(reference: Reference): void {
    if (this.#state === 'comment') throw new TemplateError('template-comment', reference.offset);
    if (this.#state === 'quoted' || this.#quotesOnLine) {
      throw new TemplateError('template-quoted', reference.offset);
    }
    if (this.#escaped) throw new TemplateError('template-word', reference.offset);
    if (this.#wordText !== '') this.#word.push(this.#wordText);
    this.#wordText = '';
    this.#word.push(reference);
  }

  #readCharacter(character: string): void {
    switch (this.#state) {
      case 'comment':
        this.#copied += character;
        if (character === '\n') this.#endLine();
        break;
      case 'quoted':
        this.#wordText += character;
        if (this.#escaped) this.#escaped = false;
        else if (character === '\\') this.#escaped = true;
        else if (character === this.#quote) this.#state = 'code';
        break;
      case 'code':
        this.#readCode(character);
        break;
      default:
        this.#state satisfies never;
    }
  }

  #readCode(character: string): void {
    const syntax = this.#syntax;
    if (this.#escaped) {
      this.#escaped = false;
      this.#wordText += character;
    } else if (' \t\r\n'.includes(character) || syntax.separators.includes(character)) {
      this.#endWord();
      this.#copied += character;
      if (character === '\n') this.#endLine();
    } else if (syntax.statementEnds.includes(character)) {
      this.#endWord();
      this.#copied += character;
      this.#wordsBefore = 0;
    } else if (character === '#' && this.#commentBegins()) {
      this.#endWord();
      this.#copied += character;
      this.#state = 'comment';
    } else {
      this.#readQuoting(character);
      this.#wordText += character;
    }
  }

  #readQuoting(character: string): void {
    const isQuote = this.#syntax.quotes.includes(character);
    if (this.#syntax.lineEndsStatement) {
      this.#quotesOnLine ||= isQuote || character === '\\';
    } else if (character === '\\') {
      this.#escaped = true;
    } else if (isQuote && !this.#inWord()) {
      this.#state = 'quoted';
      this.#quote = character;
    }
  }

  #inWord(): boolean {
    return this.#word.length > 0 || this.#wordText !== '';
  }

  #commentBegins(): boolean {
    switch (this.#syntax.comment) {
      case 'anywhere':
        return true;
      case 'word':
        return !this.#inWord();
      case 'line':
        return !this.#inWord() && this.#wordsBefore === 0;
      default:
        return this.#syntax.comment satisfies never;
    }
  }

  #endLine(): void {
    this.#state = 'code';
    if (!this.#syntax.lineEndsStatement) return;
    this.#wordsBefore = 0;
    this.#quotesOnLine = false;
  }

  #endWord(): void {
    if (!this.#inWord()) return;
    const first = this.#word.find((part) => typeof part !== 'string');
    if (first === undefined) {
      this.#copied += this.#wordText;
    } else {
      if (this.#wordText !== '') this.#word.push(this.#wordText);
      if (this.#word.some((part) => typeof part === 'string' && !PLAIN.test(part))) {
        throw new TemplateError('template-word', first.offset);
      }
      if (this.#wordsBefore === 0) throw new TemplateError('template-directive', first.offset);
      this.#segments.push(this.#copied, { word: this.#word });
      this.#copied = '';
    }
    this.#wordsBefore += 1;
    this.#word = [];
    this.#wordText = '';
  }
}

function wordFormat(syntax: WordSyntax): Format {
  const valueText = (reference: Reference, valueOf: ValueOf): string =>
    refuseCharacters(lineText(valueOf(reference), reference, syntax.truth), syntax.refused, reference);
  return {
    structured: false,
    check(template) {
      new WordScanner(syntax).scan(template);
    },
    render: (template, valueOf) =>
      new WordScanner(syntax)
        .scan(template)
        .map((segment) =>
          typeof segment === 'string'
            ? segment
            : syntax.quote(
                segment.word
                  .map((part) => (typeof part === 'string' ? part : valueText(part, valueOf)))
                  .join(''),
              ),
        )
        .join(''),
  };
}

const NOTHING = /(?!)/u;

/** redis.conf: one statement a line; `"…"` with backslash escapes (redis: sdssplitargs). */
export const redis = wordFormat({
  lineEndsStatement: true,
  statementEnds: '',
  separators: '',
  quotes: '"\'',
  comment: 'line',
  truth: ['no', 'yes'],
  refused: NOTHING,
  quote: (word) => `"${word.replaceAll(/["\\]/gu, '\\$&')}"`,
});

/** postgresql.conf: `name = 'value'`; quotes are doubled, backslashes escape (PostgreSQL manual, 20.1.2). */
export const postgresql = wordFormat({
  lineEndsStatement: true,
  statementEnds: '',
  separators: '=',
  quotes: "'",
  comment: 'anywhere',
  truth: ['off', 'on'],
  refused: NOTHING,
  quote: (word) => `'${word.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`,
});

/** nginx.conf: statements end with `;` or a block. `$` begins a variable and cannot be escaped, so it is refused. */
export const nginx = wordFormat({
  lineEndsStatement: false,
  statementEnds: ';{}',
  separators: '',
  quotes: '"\'',
  comment: 'word',
  truth: ['off', 'on'],
  refused: /\$/u,
  quote: (word) => `"${word.replaceAll(/["\\]/gu, '\\$&')}"`,
});
