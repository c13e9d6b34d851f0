/**
 * Every sentence of the page, from the page's area of the message catalogue (ICU MessageFormat), in the language of the person.
 */
import { IntlMessageFormat } from 'intl-messageformat';
import english from '../assets/messages/en/page.json' with { type: 'json' };

export type MessageKey = keyof typeof english;
export type MessageParameters = Readonly<Record<string, string | number | boolean | Date>>;

/** Each language by its own name; a new one is a catalogue and a line here. */
export const LANGUAGES = { en: 'English' } as const;
export type Language = keyof typeof LANGUAGES;

const catalogues: Readonly<Record<Language, Readonly<Record<MessageKey, string>>>> = { en: english };

const STORED = 'slapgrid.language';
const formats = new Map<string, IntlMessageFormat>();
const listeners = new Set<() => void>();
let language = chosenLanguage() ?? systemLanguage();

/** What makes a sentence more than its own text. */
const SYNTAX = /[{}']/u;

/** The sentence of `key` with its placeholders filled in. */
export function text(key: MessageKey, parameters: MessageParameters = {}): string {
  return filled(key, catalogues[language][key], parameters);
}

/**
 * The same for an area of its own: the sentences of what few people see first come with the parts that say them.
 * @param areas keys that no other area has, in each language.
 */
export function textOf<Key extends string>(
  areas: Readonly<Record<Language, Readonly<Record<Key, string>>>>,
): (key: Key, parameters?: MessageParameters) => string {
  return (key, parameters = {}) => filled(key, areas[language][key], parameters);
}

function filled(key: string, sentence: string, parameters: MessageParameters): string {
  // Most are plain, and reading them as formats would take longer than all else that is drawn first.
  if (!SYNTAX.test(sentence)) return sentence;
  let format = formats.get(key);
  if (format === undefined) {
    format = new IntlMessageFormat(sentence, language, undefined, { ignoreTag: true });
    formats.set(key, format);
  }
  return String(format.format(isolated(parameters)));
}

/** Hebrew, Arabic and their kin, and marks that change the direction. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]/u;

/** A name that is written from right to left, or that tries to turn the sentence around, turns only itself. */
function isolated(parameters: MessageParameters): MessageParameters {
  if (!Object.values(parameters).some(turns)) return parameters;
  return Object.fromEntries(
    Object.entries(parameters).map(([key, value]) => [
      key,
      turns(value) ? `\u2068${String(value)}\u2069` : value,
    ]),
  );
}

function turns(value: MessageParameters[string]): boolean {
  return typeof value === 'string' && RIGHT_TO_LEFT.test(value);
}

export function currentLanguage(): Language {
  return language;
}

/** `listener` is told when another language was chosen. Returns the end of it. */
export function subscribeLanguage(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What the person chose; null for “as the system”. */
export function chosenLanguage(): Language | null {
  const stored = globalThis.localStorage?.getItem(STORED) ?? null;
  return stored !== null && isLanguage(stored) ? stored : null;
}

/** Takes effect at once, on every screen. */
export function chooseLanguage(chosen: Language | null): void {
  if (chosen === null) localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, chosen);
  language = chosen ?? systemLanguage();
  formats.clear();
  for (const listener of listeners) listener();
}

/** The first of the system's languages that there is; else English. */
function systemLanguage(): Language {
  const wanted = globalThis.navigator?.languages ?? [];
  return wanted.map((tag) => tag.split('-')[0] ?? '').find(isLanguage) ?? 'en';
}

function isLanguage(tag: string): tag is Language {
  return tag in LANGUAGES;
}
