/**
 * The instance XML format (§4): parameters and connection parameters as masters store and show them. Only flat texts survive.
 */
import type { SlapValue } from './marshal/values.ts';
import { compareCodePoints } from './order.ts';
import { pythonString } from './python.ts';
import { isXmlText, scanXml, XmlError } from './xml.ts';

/** A dictionary as it reads back from the instance XML: an empty text has become null. */
export type InstanceParameters = Readonly<Record<string, string | null>>;

const DECLARATION = "<?xml version='1.0' encoding='utf-8'?>\n";

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;');
}

function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
}

/** @throws RangeError for a character that XML cannot carry. */
export function writeInstanceXml(parameters: InstanceParameters): string {
  const keys = Object.keys(parameters).sort(compareCodePoints);
  if (keys.length === 0) return `${DECLARATION}<instance/>\n`;
  let text = `${DECLARATION}<instance>\n`;
  for (const key of keys) {
    text += `  <parameter id="${escapeAttribute(key)}">${escapeText(parameters[key] ?? '')}</parameter>\n`;
  }
  if (!isXmlText(text)) throw new RangeError('a character that XML cannot carry');
  return `${text}</instance>\n`;
}

/**
 * What is left of any values once they were stored (§4): texts by Python's `str()`, and null for an empty one.
 * @throws RangeError for a character that XML cannot carry.
 */
export function storedParameters(values: Readonly<Record<string, SlapValue>>): Record<string, string | null> {
  const stored: Record<string, string | null> = { __proto__: null };
  for (const [key, value] of Object.entries(values)) {
    const text = pythonString(value);
    if (!isXmlText(key) || !isXmlText(text)) throw new RangeError('a character that XML cannot carry');
    stored[key] = text === '' ? null : text;
  }
  return stored;
}

/** @throws XmlError. An empty document is an empty dictionary; a key that occurs twice has its values joined (§4). */
export function readInstanceXml(document: string): Record<string, string | null> {
  const parameters: Record<string, string | null> = { __proto__: null };
  if (document.trim() === '') return parameters;
  let depth = 0;
  let key: string | null = null;
  let text = '';
  scanXml(document, {
    open(name, attributes) {
      depth += 1;
      if (depth !== 2 || name !== 'parameter') return;
      const id = attributes?.get('id');
      if (id === undefined) throw new XmlError('a parameter without id');
      key = id;
      text = '';
    },
    text(piece) {
      if (key !== null && depth === 2) text += piece;
    },
    close() {
      if (key !== null && depth === 2) {
        const before = parameters[key];
        parameters[key] = before === undefined ? text || null : `${before ?? ''} ${text}`;
        key = null;
      }
      depth -= 1;
    },
  });
  return parameters;
}
