/**
 * The message catalogue: every sentence a person reads, in one place (`assets/messages/<language>/<area>.json`).
 *
 * Messages are ICU MessageFormat (plural, select, number), formatted by intl-messageformat and parsed only when used.
 * The areas are merged when the program is bundled; a missing key is a programming error and is caught by a test.
 */
import { IntlMessageFormat } from 'intl-messageformat';
import accountMessages from '../assets/messages/en/account.json' with { type: 'json' };
import agentMessages from '../assets/messages/en/agent.json' with { type: 'json' };
import conditionsMessages from '../assets/messages/en/conditions.json' with { type: 'json' };
import cliMessages from '../assets/messages/en/cli.json' with { type: 'json' };
import doctorMessages from '../assets/messages/en/doctor.json' with { type: 'json' };
import gateMessages from '../assets/messages/en/gates.json' with { type: 'json' };
import gridMessages from '../assets/messages/en/grid.json' with { type: 'json' };
import mastersMessages from '../assets/messages/en/hosting.json' with { type: 'json' };
import lendingMessages from '../assets/messages/en/lending.json' with { type: 'json' };
import proxyMessages from '../assets/messages/en/proxy.json' with { type: 'json' };
import sandboxMessages from '../assets/messages/en/sandbox.json' with { type: 'json' };
import settingsMessages from '../assets/messages/en/settings.json' with { type: 'json' };
import setupMessages from '../assets/messages/en/setup.json' with { type: 'json' };
import softwareMessages from '../assets/messages/en/software.json' with { type: 'json' };
import supervisorMessages from '../assets/messages/en/supervisor.json' with { type: 'json' };
import usageMessages from '../assets/messages/en/usage.json' with { type: 'json' };

export type MessageParameters = Readonly<Record<string, string | number | boolean | Date>>;

const catalogue: Readonly<Record<string, string>> = {
  ...accountMessages,
  ...agentMessages,
  ...cliMessages,
  ...conditionsMessages,
  ...doctorMessages,
  ...gateMessages,
  ...gridMessages,
  ...mastersMessages,
  ...lendingMessages,
  ...proxyMessages,
  ...sandboxMessages,
  ...settingsMessages,
  ...setupMessages,
  ...softwareMessages,
  ...supervisorMessages,
  ...usageMessages,
};

const formats = new Map<string, IntlMessageFormat>();

/**
 * Which languages the system can format is of no interest to sentences in English, and the answer has the tables of all of them read:
 * 6 MB, and 30 ms of every start.
 */
IntlMessageFormat.resolveLocale = () => undefined;

/** Whether the catalogue has a sentence for `key`. */
export function hasText(key: string): boolean {
  return key in catalogue;
}

/**
 * The sentence of `key` with its placeholders filled in. Tags are not interpreted: `<b>` stays text.
 * An unknown key returns the key itself, so that a person sees something and a test can find it.
 */
export function text(key: string, parameters: MessageParameters = {}): string {
  const message = catalogue[key];
  if (message === undefined) return key;
  if (!message.includes('{') && !message.includes("'")) return message;
  let format = formats.get(key);
  if (format === undefined) {
    format = new IntlMessageFormat(message, 'en', undefined, { ignoreTag: true });
    formats.set(key, format);
  }
  return String(format.format(parameters));
}
