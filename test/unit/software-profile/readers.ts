/**
 * Readers of configuration formats, made from their specifications, to see what a program would read. They know only what
 * the tests write, and fail on what a program would fail on.
 */

/** redis: sdssplitargs() and loadServerConfigFromString(). */
export function readRedis(text: string): string[][] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(splitRedisLine);
}

function splitRedisLine(line: string): string[] {
  const words: string[] = [];
  let rest = line;
  while (rest !== '') {
    const quoted = /^"((?:[^"\\]|\\[\s\S])*)"(?=\s|$)/u.exec(rest);
    const plain = /^[^\s"']+(?=\s|$)/u.exec(rest);
    const found = quoted ?? plain;
    if (found === null) throw new Error(`redis refuses ${line}`);
    const [whole, inner] = found;
    words.push(
      inner === undefined
        ? whole
        : inner.replaceAll(/\\(x[0-9a-fA-F]{2}|[\s\S])/gu, (_escape, code: string) => redisEscape(code)),
    );
    rest = rest.slice(whole.length).trimStart();
  }
  return words;
}

function redisEscape(code: string): string {
  if (code.startsWith('x')) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
  return { n: '\n', r: '\r', t: '\t', b: '\b', a: '\u0007' }[code] ?? code;
}

/** PostgreSQL manual, 20.1.2 and guc-file.l. */
export function readPostgresql(text: string): string[][] {
  const settings: string[][] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*([a-z_]+)[ \t]*=?[ \t]*('(?:[^'\\\n]|\\.|'')*'|[\w.:/-]+)[ \t\r]*(?:#.*)?$/u.exec(
      line,
    );
    if (match === null) {
      if (/^\s*(?:#.*)?$/u.test(line)) continue;
      throw new Error(`PostgreSQL refuses ${line}`);
    }
    const [, name = '', value = ''] = match;
    const isQuoted = value.startsWith("'");
    settings.push([
      name,
      isQuoted
        ? value
            .slice(1, -1)
            .replaceAll(/''|\\([0-7]{1,3}|[\s\S])/gu, (whole, code: string | undefined) =>
              code === undefined ? "'" : postgresqlEscape(code, whole),
            )
        : value,
    ]);
  }
  return settings;
}

function postgresqlEscape(code: string, whole: string): string {
  if (/^[0-7]/u.test(code)) throw new Error(`an octal escape: ${whole}`);
  return { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }[code] ?? code;
}

/** nginx: ngx_conf_read_token(), as a list of words and of `;`, `{`, `}`. */
export function readNginx(text: string): string[] {
  const tokens: string[] = [];
  let rest = text;
  while (rest !== '') {
    const space = /^(?:[ \t\r\n]+|#[^\n]*)/u.exec(rest);
    const mark = /^[;{}]/u.exec(rest);
    const quoted = /^"((?:[^"\\]|\\[\s\S])*)"(?=[ \t\r\n;{)])/u.exec(rest);
    const plain = /^[^ \t\r\n;{}"'#][^ \t\r\n;{]*/u.exec(rest);
    const [whole, inner] = space ?? mark ?? quoted ?? plain ?? [];
    if (whole === undefined) throw new Error(`nginx refuses ${rest}`);
    if (inner !== undefined) tokens.push(inner.replaceAll(/\\(["'\\ ])/gu, '$1'));
    else if (space === null) tokens.push(whole);
    rest = rest.slice(whole.length);
  }
  return tokens;
}

/** XML 1.0: references of character data. */
export function readXmlText(text: string): string {
  return text.replaceAll(/&(?:#(\d+)|([a-z]+));|[<>&]/gu, (whole, code?: string, name?: string) => {
    if (code !== undefined) return String.fromCodePoint(Number(code));
    const character = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[name ?? ''];
    if (character === undefined) throw new Error(`XML refuses ${whole}`);
    return character;
  });
}

/** java.util.Properties.load(). */
export function readProperties(text: string): Record<string, string> {
  const properties: [string, string][] = [];
  for (const line of text.split(/\r\n|[\r\n]/u)) {
    if (/^\s*(?:[#!].*)?$/u.test(line)) continue;
    if (/(?<!\\)(?:\\\\)*\\$/u.test(line)) throw new Error('a continued line');
    const match = /^[ \t\f]*([\w.-]+)[ \t\f]*[=:]?[ \t\f]*(.*)$/u.exec(line);
    const [, key = '', value = ''] = match ?? [];
    properties.push([
      key,
      value.replaceAll(/\\(u[0-9a-fA-F]{4}|.)/gu, (_escape, code: string) =>
        code.startsWith('u')
          ? String.fromCharCode(Number.parseInt(code.slice(1), 16))
          : ({ t: '\t', n: '\n', r: '\r', f: '\f' }[code] ?? code),
      ),
    ]);
  }
  return Object.fromEntries(properties);
}

/** INI as the strictest of its readers: comments anywhere, quotes and escapes mean something. */
export function readIni(text: string): Record<string, string> {
  const entries: [string, string][] = [];
  for (const line of text.split(/[\n\r\v\f\u0085\u2028\u2029]/u)) {
    if (/^\s*(?:[;#].*|\[[^\]]*\])?$/u.test(line)) continue;
    const match = /^([^=]*?)\s*=\s*([^;#"'\\]*?)\s*$/u.exec(line);
    if (match === null) throw new Error(`INI readers differ about ${line}`);
    entries.push([match[1] ?? '', match[2] ?? '']);
  }
  return Object.fromEntries(entries);
}
