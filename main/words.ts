/**
 * Every sentence of the application around the page, from the shell's area of the message catalogue (ICU MessageFormat).
 */
import { IntlMessageFormat } from 'intl-messageformat';
import english from '../assets/messages/en/shell.json' with { type: 'json' };

export type MessageKey = keyof typeof english;
export type MessageParameters = Readonly<Record<string, string | number>>;

const formats = new Map<MessageKey, IntlMessageFormat>();

/** The sentence of `key` with its placeholders filled in. */
export function text(key: MessageKey, parameters: MessageParameters = {}): string {
  let format = formats.get(key);
  if (format === undefined) {
    format = new IntlMessageFormat(english[key], 'en', undefined, { ignoreTag: true });
    formats.set(key, format);
  }
  return String(format.format(parameters));
}

/** Longer, and a menu is as wide as the screen. */
const LONGEST_NAME = 40;

/** Marks that turn the direction of what follows, and others that no name needs and no eye sees. */
const INVISIBLE = /[\p{Bidi_Control}\p{Cc}]/gu;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/u;

const segments = new Intl.Segmenter('en');

/** A name that somebody chose, as it can stand in a sentence: not too long, and turning only itself around. */
export function shownName(name: string): string {
  const characters = Array.from(segments.segment(name.replace(INVISIBLE, '')), ({ segment }) => segment);
  const short =
    characters.length > LONGEST_NAME
      ? `${characters.slice(0, LONGEST_NAME - 1).join('')}…`
      : characters.join('');
  return RIGHT_TO_LEFT.test(short) ? `\u2068${short}\u2069` : short;
}

/** Longer, and a menu or a tooltip is no longer read. The window has the whole of it. */
const LONGEST_SENTENCE = 100;

/** A sentence of the agent where there is little room. */
export function shownSentence(sentence: string): string {
  const plain = sentence.replace(INVISIBLE, ' ').trim();
  if (plain.length <= LONGEST_SENTENCE) return plain;
  const cut = plain.slice(0, LONGEST_SENTENCE);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), LONGEST_SENTENCE / 2))}…`;
}

/** `14:05`, as the system writes the time of day. */
export function clockText(at: number): string {
  return new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' }).format(at);
}
