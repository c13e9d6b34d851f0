/**
 * Scripts of /bin/sh. Quotes, here-documents and expansions make most places of a script unsafe for a value, so there is
 * one place: assignments at the top of the file, before anything else.
 *
 *     #!/bin/sh
 *     set -eu
 *     database={{ parameter.database }}
 */
import { TemplateError, type Reference, type Template, type TemplatePart } from '../template.ts';
import { joinTemplate, scalarText, type Format } from './format.ts';

const PLAIN = /^[\w.:/@%+,-]*$/u;
const ASSIGNED_NAME = /^[A-Za-z_]\w*=/u;
const HEAD_LINE = /^(?:\s*(?:#.*)?|set(?:\s+[-+][A-Za-z]+)+\s*|[A-Za-z_]\w*=[\w.:/@%+,-]*)$/u;

type Line = readonly TemplatePart[];

function linesOf(template: Template): Line[] {
  const lines: TemplatePart[][] = [[]];
  for (const part of template) {
    const pieces = typeof part === 'string' ? part.split('\n') : [part];
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) lines.push([]);
      lines.at(-1)?.push(piece);
    }
  }
  return lines;
}

/** The name before `=` of a line that assigns a value with lookups, or undefined when it is no such line. */
function assignment(line: Line): { name: string; value: Line } | undefined {
  const [head, ...rest] = line;
  if (typeof head !== 'string') return undefined;
  const name = ASSIGNED_NAME.exec(head)?.[0];
  if (name === undefined) return undefined;
  const value = [head.slice(name.length), ...rest];
  // White space at the end is what an editor leaves; it would end the word, as it does here.
  const last = value.at(-1);
  if (typeof last === 'string') value[value.length - 1] = last.trimEnd();
  return value.every((part) => typeof part !== 'string' || PLAIN.test(part)) ? { name, value } : undefined;
}

function firstReference(line: Line): Reference | undefined {
  return line.find((part) => typeof part !== 'string');
}

export const shell: Format = {
  structured: false,
  check(template) {
    const lines = linesOf(template);
    const last = lines.findLastIndex((line) => firstReference(line) !== undefined);
    for (const [index, line] of lines.slice(0, last + 1).entries()) {
      const isFit =
        firstReference(line) === undefined
          ? HEAD_LINE.test(joinTemplate(line, () => ''))
          : assignment(line) !== undefined;
      if (!isFit) {
        throw new TemplateError('template-shell', firstReference(lines.slice(index).flat())?.offset ?? 0);
      }
    }
  },
  render: (template, valueOf) =>
    linesOf(template)
      .map((line) => {
        const assigned = firstReference(line) === undefined ? undefined : assignment(line);
        if (assigned === undefined) return joinTemplate(line, () => '');
        const value = joinTemplate(assigned.value, (reference) => scalarText(valueOf(reference), reference));
        return `${assigned.name}'${value.replaceAll("'", "'\\''")}'`;
      })
      .join('\n'),
};
