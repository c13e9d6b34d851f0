/**
 * Every sentence of the page, from the page's area of the message catalogue (ICU MessageFormat).
 */
import { IntlMessageFormat } from 'intl-messageformat';
import pageMessages from '../assets/messages/en/page.json' with { type: 'json' };

export type MessageKey = keyof typeof pageMessages;
export type MessageParameters = Readonly<Record<string, string | number | boolean | Date>>;

const formats = new Map<MessageKey, IntlMessageFormat>();

/** The sentence of `key` with its placeholders filled in. */
export function text(key: MessageKey, parameters: MessageParameters = {}): string {
  let format = formats.get(key);
  if (format === undefined) {
    format = new IntlMessageFormat(pageMessages[key], 'en', undefined, { ignoreTag: true });
    formats.set(key, format);
  }
  return String(format.format(parameters));
}
