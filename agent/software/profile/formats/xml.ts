/**
 * XML and HTML: a value is character data or part of a quoted attribute value.
 */
import { TemplateError, type Template } from '../template.ts';
import { joinTemplate, scalarText, UnfitValueError, type Format } from './format.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/** XML 1.0, production 2 (Char). */
const CHARACTERS = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;

/** Elements whose text HTML does not read as character data, and attributes that hold more than text. */
const RAW_TEXT = /^<(script|style|xmp|iframe|noembed|noframes|plaintext)(?=[\s/>])/iu;
const CODE_ATTRIBUTE = /\s(?:on\w*|style|srcdoc)\s*=\s*(?:"[^"]*\0|'[^']*\0)/iu;

const SECTIONS: readonly { start: string; end: string }[] = [
  { start: '<!--', end: '-->' },
  { start: '<![CDATA[', end: ']]>' },
  { start: '<?', end: '?>' },
  { start: '<!', end: '>' },
];

/** A lookup while it is scanned: a character that no profile can hold elsewhere, since NUL is refused. */
const PLACE = '\0';

export const xml: Format = {
  structured: false,
  check(template) {
    const references = template.filter((part) => typeof part !== 'string');
    const source = joinTemplate(template, () => PLACE);
    let found = 0;
    const refuse = (problem: string, from: number, to: number): void => {
      const reference = references[found];
      if (reference !== undefined && source.slice(from, to).includes(PLACE)) {
        throw new TemplateError(problem, reference.offset);
      }
    };
    let position = 0;
    while (position < source.length) {
      const open = source.indexOf('<', position);
      const textEnd = open === -1 ? source.length : open;
      found += source.slice(position, textEnd).split(PLACE).length - 1;
      if (open === -1) break;
      const section = SECTIONS.find(({ start }) => source.startsWith(start, open));
      if (section !== undefined) {
        position = indexAfter(source, section.end, open + section.start.length);
        refuse('template-markup', open, position);
        continue;
      }
      position = tagEnd(source, open);
      const tag = source.slice(open, position);
      const unquoted = tag.replaceAll(/"[^"]*"|'[^']*'/gu, '');
      if (unquoted.includes(PLACE) || CODE_ATTRIBUTE.test(tag)) refuse('template-markup', open, position);
      found += tag.split(PLACE).length - 1;
      const rawElement = RAW_TEXT.exec(tag)?.[1];
      if (rawElement !== undefined) {
        const end = indexAfter(source.toLowerCase(), `</${rawElement.toLowerCase()}`, position);
        refuse('template-raw-text', position, end);
        position = end;
      }
    }
  },
  render: (template: Template, valueOf) =>
    joinTemplate(template, (reference) => {
      const value = scalarText(valueOf(reference), reference);
      if (!CHARACTERS.test(value)) throw new UnfitValueError(reference, 'characters');
      return value.replaceAll(/[&<>"'\r\n\t]/gu, (character) => ESCAPES[character] ?? character);
    }),
};

/** The index after the next `end`, or the end of the text. */
function indexAfter(source: string, end: string, from: number): number {
  const index = source.indexOf(end, from);
  return index === -1 ? source.length : index + end.length;
}

/** The index after the `>` of the tag that begins at `open`; quoted `>` do not count. */
function tagEnd(source: string, open: number): number {
  let quote = '';
  for (let index = open; index < source.length; index += 1) {
    const character = source[index] ?? '';
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") {
      quote = character;
    } else if (character === '>') {
      return index + 1;
    }
  }
  return source.length;
}
