/**
 * What a file format must know so that a value can never be anything but a value: where a lookup may stand, and how what
 * it yields is written there. Whatever a format cannot write safely, it refuses.
 */
import type { Reference, Template } from '../template.ts';

/** The value of a lookup. */
export type ValueOf = (reference: Reference) => unknown;

export type Format = {
  /** Whether lists and objects can be written. */
  readonly structured: boolean;
  /** @throws TemplateError when a lookup stands where this format cannot make it safe. */
  check(template: Template): void;
  /**
   * The file's text. `template` has passed `check`.
   * @throws UnfitValueError
   */
  render(template: Template, valueOf: ValueOf): string;
};

/** A value that this format cannot carry. `rule` is a rule of `error.bad-parameter`. */
export class UnfitValueError extends Error {
  readonly reference: Reference;
  readonly rule: string;
  readonly parameters: Readonly<Record<string, string>>;

  constructor(reference: Reference, rule: string, parameters: Readonly<Record<string, string>> = {}) {
    super(`${reference.name}: ${rule}`);
    this.name = 'UnfitValueError';
    this.reference = reference;
    this.rule = rule;
    this.parameters = parameters;
  }
}

/** How a format spells true and false. */
export type TruthWords = readonly [no: string, yes: string];

/** A scalar as text; a list or an object never gets here (`check.ts` refuses such a lookup when the profile is loaded). */
export function scalarText(
  value: unknown,
  reference: Reference,
  truth: TruthWords = ['false', 'true'],
): string {
  if (typeof value === 'string') {
    // A file is UTF-8, which has no lone surrogates; NUL ends a text in C.
    if (!value.isWellFormed() || value.includes('\0')) throw new UnfitValueError(reference, 'characters');
    return value;
  }
  if (typeof value === 'boolean') return truth[value ? 1 : 0];
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  throw new UnfitValueError(reference, 'scalar');
}

/** A scalar that stays on its line. */
export function lineText(value: unknown, reference: Reference, truth?: TruthWords): string {
  const line = scalarText(value, reference, truth);
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(line)) throw new UnfitValueError(reference, 'one_line');
  return line;
}

/** A character that a format has no way to write. */
export function refuseCharacters(line: string, refused: RegExp, reference: Reference): string {
  const character = refused.exec(line)?.[0];
  if (character !== undefined) throw new UnfitValueError(reference, 'character', { character });
  return line;
}

/** Joins what `render` makes of each lookup with the literal text around it. */
export function joinTemplate(template: Template, render: (reference: Reference) => string): string {
  return template.map((part) => (typeof part === 'string' ? part : render(part))).join('');
}
