/**
 * Templates of a profile: text with lookups such as `{{ parameter.memory }}`, and nothing else. No conditions, no loops,
 * no filters: how a value is written is decided by the format of the file it is written to.
 */

export type Scope = 'parameter' | 'secret' | 'address' | 'instance' | 'slap' | 'shared';

/** What a lookup names: `{{ address.redis.port }}` is scope `address`, path `['redis', 'port']`. */
export type Reference = {
  readonly scope: Scope;
  readonly path: readonly string[];
  /** The name as written, without braces: `address.redis.port`. */
  readonly name: string;
  /** Where the lookup begins in the template, in UTF-16 code units. */
  readonly offset: number;
};

export type TemplatePart = string | Reference;

/** Literal text and lookups in the order they stand. */
export type Template = readonly TemplatePart[];

/** What a lookup may be: text, number or truth; lists and objects only where the format can write them. */
export type TemplateValue = unknown;

/** A template that is not written correctly, and where. `problem` is a message key below `software.problem.`. */
export class TemplateError extends Error {
  readonly problem: string;
  readonly offset: number;
  readonly parameters: Readonly<Record<string, string>>;

  constructor(problem: string, offset: number, parameters: Readonly<Record<string, string>> = {}) {
    super(problem);
    this.name = 'TemplateError';
    this.problem = problem;
    this.offset = offset;
    this.parameters = parameters;
  }
}

const SCOPES: ReadonlySet<string> = new Set<Scope>([
  'parameter',
  'secret',
  'address',
  'instance',
  'slap',
  'shared',
]);
const LOOKUP = /^\s*([a-z]+)((?:\.[A-Za-z_][A-Za-z0-9_-]*)+)\s*$/u;

function isScope(text: string): text is Scope {
  return SCOPES.has(text);
}

/**
 * Reads a template. Every `{{` begins a lookup; `}}` alone is text.
 * @throws TemplateError
 */
export function parseTemplate(source: string): Template {
  const parts: TemplatePart[] = [];
  let position = 0;
  for (;;) {
    const start = source.indexOf('{{', position);
    if (start === -1) break;
    const end = source.indexOf('}}', start + 2);
    if (end === -1) throw new TemplateError('template-open', start);
    const match = LOOKUP.exec(source.slice(start + 2, end));
    const scope = match?.[1];
    const path = match?.[2];
    if (scope === undefined || path === undefined) throw new TemplateError('template-lookup', start);
    const name = `${scope}${path}`;
    if (!isScope(scope)) throw new TemplateError('template-unknown', start, { name });
    if (start > position) parts.push(source.slice(position, start));
    parts.push({ scope, path: path.slice(1).split('.'), name, offset: start });
    position = end + 2;
  }
  if (position < source.length) parts.push(source.slice(position));
  return parts;
}

/** The lookups of a template. */
export function referencesOf(template: Template): Reference[] {
  return template.filter((part) => typeof part !== 'string');
}
