/**
 * Takes secrets out of text that goes to a log: capabilities, bearer tokens, passwords in URLs and in `name=value` pairs.
 */

const RULES: readonly (readonly [RegExp, string])[] = [
  [/slapcap_[\w-]+/gu, 'slapcap_…'],
  [/\b(bearer)\s+[\w.~+/-]+=*/giu, '$1 …'],
  [/(\b[a-z][\w+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/giu, '$1:…@'],
  [
    /(["']?\b\w*(?:password|passwd|secret|token|credential)\w*["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;}&]+)/giu,
    '$1…',
  ],
];

/** `text` without what looks like a secret. */
export function redactSecrets(text: string): string {
  let redacted = text;
  for (const [pattern, replacement] of RULES) redacted = redacted.replace(pattern, replacement);
  return redacted;
}
