/**
 * JSON and YAML. Outside quotes a lookup is a whole value and is written as JSON, of its own type (lists and objects
 * too); inside double quotes it is part of that text.
 */
import { isPair, parseDocument, visit } from 'yaml';
import { referencesOf, TemplateError, type Reference, type Template } from '../template.ts';
import { joinTemplate, scalarText, UnfitValueError, type Format, type ValueOf } from './format.ts';

/** JSON text that is a YAML double-quoted scalar or flow collection too: YAML wants a few more characters escaped. */
function jsonText(value: unknown, reference: Reference): string {
  const written = JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'string') return scalarText(inner, reference);
    return inner;
  });
  if (written === undefined) throw new UnfitValueError(reference, 'scalar');
  return written.replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The same without its quotes. */
function insideQuotes(value: unknown, reference: Reference): string {
  return jsonText(scalarText(value, reference), reference).slice(1, -1);
}

type Placement = 'value' | 'quoted';

function documentFormat(placementsOf: (template: Template) => Map<Reference, Placement>): Format {
  return {
    structured: true,
    check(template) {
      placementsOf(template);
    },
    render(template: Template, valueOf: ValueOf) {
      const placements = placementsOf(template);
      return joinTemplate(template, (reference) =>
        placements.get(reference) === 'value'
          ? jsonText(valueOf(reference), reference)
          : insideQuotes(valueOf(reference), reference),
      );
    },
  };
}

export const json = documentFormat((template) => {
  const placements = new Map<Reference, Placement>();
  let quoted = false;
  let escaped = false;
  for (const part of template) {
    if (typeof part !== 'string') {
      if (escaped) throw new TemplateError('template-word', part.offset);
      placements.set(part, quoted ? 'quoted' : 'value');
      continue;
    }
    for (const character of part) {
      if (escaped) escaped = false;
      else if (quoted && character === '\\') escaped = true;
      else if (character === '"') quoted = !quoted;
    }
  }
  const sample = joinTemplate(template, (reference) => (placements.get(reference) === 'value' ? '""' : 'x'));
  if (!isJson(sample)) {
    throw new TemplateError('format-json', referencesOf(template)[0]?.offset ?? 0);
  }
  return placements;
});

function isJson(source: string): boolean {
  try {
    JSON.parse(source);
    return true;
  } catch {
    return false;
  }
}

export const yaml = documentFormat((template) => {
  const placements = new Map<Reference, Placement>();
  const references = referencesOf(template);
  const nameOf = placeNames(template);
  const source = joinTemplate(template, (reference) => nameOf(references.indexOf(reference)));
  const document = parseDocument(source, { version: '1.2', schema: 'core' });
  const [error] = document.errors;
  if (error !== undefined) throw new TemplateError('format-yaml', error.pos[0]);
  visit(document, {
    Scalar(key, node, path) {
      const written = node.source ?? '';
      for (const [index, reference] of references.entries()) {
        const name = nameOf(index);
        if (!written.includes(name)) continue;
        if (node.type === 'QUOTE_DOUBLE') placements.set(reference, 'quoted');
        else if (node.type === 'PLAIN' && written === name && !(key === 'key' && isPair(path.at(-1)))) {
          placements.set(reference, 'value');
        }
      }
    },
  });
  const lost = references.find((reference) => !placements.has(reference));
  if (lost !== undefined) throw new TemplateError('template-yaml', lost.offset);
  return placements;
});

/** Names for lookups that are plain words of YAML and occur nowhere else in the template. */
function placeNames(template: Template): (index: number) => string {
  const literal = template.filter((part) => typeof part === 'string').join('\n');
  let prefix = 'Lookup';
  while (literal.includes(prefix)) prefix += 'x';
  return (index) => `${prefix}${index}End`;
}
