/**
 * Formats of one `key value` a line, where the value reaches to the end of the line.
 */
import { TemplateError, type Reference, type Template } from '../template.ts';
import {
  joinTemplate,
  lineText,
  refuseCharacters,
  scalarText,
  UnfitValueError,
  type Format,
} from './format.ts';

/**
 * Each lookup with the text of its line before it (other lookups as nothing) and the text of the line before that one.
 */
function placesOf(template: Template): { reference: Reference; before: string; previousLine: string }[] {
  let textSoFar = '';
  const places = [];
  for (const part of template) {
    if (typeof part === 'string') {
      textSoFar += part;
      continue;
    }
    const start = textSoFar.lastIndexOf('\n') + 1;
    const previousLine =
      textSoFar
        .slice(0, Math.max(0, start - 1))
        .split('\n')
        .at(-1) ?? '';
    places.push({ reference: part, before: textSoFar.slice(start), previousLine });
  }
  return places;
}

/** A value never begins a line (it would be a key) and never ends with a backslash (it would swallow the next line). */
function checkBehind(template: Template, key: RegExp): void {
  for (const { reference, before, previousLine } of placesOf(template)) {
    if (!key.test(before)) throw new TemplateError('template-line', reference.offset);
    if (previousLine.endsWith('\\')) throw new TemplateError('template-continued', reference.offset);
  }
}

/** Any other format of lines: a value is text without control characters, as it is. */
export const text: Format = {
  structured: false,
  check(template) {
    checkBehind(template, /\S/u);
  },
  render: (template, valueOf) =>
    joinTemplate(template, (reference) =>
      refuseCharacters(lineText(valueOf(reference), reference), /\\$/u, reference),
    ),
};

/** INI has no standard, so a value holds nothing that one dialect or the other gives a meaning. */
export const ini: Format = {
  structured: false,
  check(template) {
    checkBehind(template, /^[\w.\- ]+[=:]/u);
  },
  render: (template, valueOf) =>
    joinTemplate(template, (reference) => {
      const value = lineText(valueOf(reference), reference);
      if (value !== value.trim()) throw new UnfitValueError(reference, 'spaces');
      return refuseCharacters(value, /["'`;#\\%$]/u, reference);
    }),
};

const PROPERTY_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  ' ': '\\ ',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\f': '\\f',
};

/** Java's .properties (java.util.Properties.load). */
export const properties: Format = {
  structured: false,
  check(template) {
    checkBehind(template, /^\s*[\w.-]+\s*[=:]/u);
  },
  render: (template, valueOf) =>
    joinTemplate(template, (reference) =>
      scalarText(valueOf(reference), reference).replaceAll(
        /[^\x21-\x5b\x5d-\x7e]/g,
        (unit) =>
          PROPERTY_ESCAPES[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`,
      ),
    ),
};

/** The whole file is one value, exactly as it is: there is nothing around it to break out of. */
export const verbatim: Format = {
  structured: false,
  check(template) {
    const other = template.find((part) => typeof part !== 'string');
    if (other !== undefined && template.length > 1)
      throw new TemplateError('template-verbatim', other.offset);
  },
  render: (template, valueOf) =>
    joinTemplate(template, (reference) => scalarText(valueOf(reference), reference)),
};
