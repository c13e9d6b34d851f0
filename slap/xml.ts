/**
 * A small, strict XML reader for documents that strangers send. No document type, no entities but the five of XML and the
 * numeric ones, nothing is fetched, nothing is recursive; size and depth are limited. Namespaces are resolved as far as the
 * protocol needs it: the local name decides (§3.2).
 */
export class XmlError extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'XmlError';
  }
}

export type XmlHandler = {
  /** @param attributes by local name; null when there are none. `position` counts UTF-16 units. */
  open(name: string, attributes: ReadonlyMap<string, string> | null, position: number): void;
  /** Every text inside the root element, in pieces. */
  text(text: string): void;
  close(position: number): void;
};

/** Characters of a document at most, unless the caller says otherwise. */
export const MAXIMUM_DOCUMENT = 64 * 1024 * 1024;
/** Elements inside of one another at most; the protocol's own answers have about ten. */
export const MAXIMUM_DEPTH = 64;

/** Anything that XML 1.0 does not allow in a document (production [2] `Char`), lone surrogates included. */
const NOT_A_CHARACTER = /[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/** Whether `text` can be written in an XML document at all. */
export function isXmlText(text: string): boolean {
  return !NOT_A_CHARACTER.test(text);
}

const NAME = /^[\p{L}_:][\p{L}\p{N}\p{M}_:.\-\u00B7]*$/u;
const NOT_BLANK = /[^ \t\n]/;
const ATTRIBUTE = /[ \t\n]+([^ \t\n=/>"'<]+)[ \t\n]*=[ \t\n]*(?:"([^"<]*)"|'([^'<]*)')/y;
const TAG_END = /[ \t\n]*(\/?)>/y;
const REFERENCE = /&(?:#([0-9]{1,7})|#x([0-9a-fA-F]{1,6})|([a-z]{2,4}));|&/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    REFERENCE,
    (whole, decimal: string | undefined, hexadecimal: string | undefined, name: string | undefined) => {
      if (name !== undefined) {
        const character = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
        if (character !== undefined) return character;
      } else if (decimal !== undefined || hexadecimal !== undefined) {
        const code =
          decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number.parseInt(decimal, 10);
        if (code <= 0x10_ffff && isXmlText(String.fromCodePoint(code))) return String.fromCodePoint(code);
      }
      throw new XmlError(`bad reference ${whole}`);
    },
  );
}

/**
 * Reads `document` from its beginning to its end and tells `handler` what is in it.
 * @throws XmlError when it is not well-formed, too large or too deep, or holds what is refused here.
 */
export function scanXml(
  document: string,
  handler: XmlHandler,
  limits: { maximumLength?: number } = {},
): void {
  if (document.length > (limits.maximumLength ?? MAXIMUM_DOCUMENT)) throw new XmlError('too large');
  if (NOT_A_CHARACTER.test(document)) throw new XmlError('a character that XML does not allow');
  new Scan(normalised(document), handler).run();
}

/** Line ends as XML 1.0 §2.11 wants them, and no byte order mark. */
function normalised(document: string): string {
  const marked = document.charCodeAt(0) === 0xfeff ? document.slice(1) : document;
  return marked.includes('\r') ? marked.replaceAll(/\r\n?/g, '\n') : marked;
}

class Scan {
  readonly #document: string;
  readonly #handler: XmlHandler;
  /** Raw names of the elements that are open. */
  readonly #open: string[] = [];
  readonly #localNames = new Map<string, string>();
  #position = 0;
  #rootSeen = false;

  constructor(document: string, handler: XmlHandler) {
    this.#document = document;
    this.#handler = handler;
  }

  run(): void {
    const document = this.#document;
    if (document.startsWith('<?xml') && !NOT_BLANK.test(document.charAt(5))) this.#skipTo('?>', 5);
    while (this.#position < document.length) {
      const next = document.indexOf('<', this.#position);
      const end = next === -1 ? document.length : next;
      if (end > this.#position) this.#text(document.slice(this.#position, end));
      this.#position = end;
      if (next !== -1) this.#markup();
    }
    if (this.#open.length > 0) throw new XmlError(`${this.#open.at(-1)} is not closed`);
    if (!this.#rootSeen) throw new XmlError('no element');
  }

  #text(raw: string): void {
    if (this.#open.length === 0) {
      if (NOT_BLANK.test(raw)) throw new XmlError('text outside of the root element');
      return;
    }
    if (raw.includes(']]>')) throw new XmlError(']]> in a text');
    this.#handler.text(decodeReferences(raw));
  }

  #markup(): void {
    switch (this.#document.charCodeAt(this.#position + 1)) {
      case 0x2f: // slash
        this.#endTag();
        break;
      case 0x21: // exclamation mark
        this.#declaration();
        break;
      case 0x3f: // question mark
        this.#instruction();
        break;
      default:
        this.#startTag();
    }
  }

  #startTag(): void {
    const document = this.#document;
    if (this.#rootSeen && this.#open.length === 0) throw new XmlError('a second root element');
    if (this.#open.length >= MAXIMUM_DEPTH) throw new XmlError('too deep');
    const start = this.#position;
    let end = start + 1;
    while (end < document.length && !isNameEnd(document.charCodeAt(end))) end += 1;
    const name = document.slice(start + 1, end);
    const localName = this.#localName(name);
    const attributes = document.charCodeAt(end) === 0x3e ? null : this.#attributes(end);
    if (attributes === null) this.#position = end;
    TAG_END.lastIndex = this.#position;
    const tail = TAG_END.exec(document);
    if (tail === null) throw new XmlError(`bad tag ${name}`);
    this.#position = TAG_END.lastIndex;
    this.#rootSeen = true;
    this.#handler.open(localName, attributes, start);
    if (tail[1] === '/') this.#handler.close(this.#position);
    else this.#open.push(name);
  }

  /** Leaves the position behind the last attribute. */
  #attributes(from: number): Map<string, string> | null {
    let attributes: Map<string, string> | null = null;
    this.#position = from;
    for (;;) {
      ATTRIBUTE.lastIndex = this.#position;
      const match = ATTRIBUTE.exec(this.#document);
      if (match === null) return attributes;
      this.#position = ATTRIBUTE.lastIndex;
      const name = this.#localName(match[1] ?? '');
      attributes ??= new Map();
      if (attributes.has(name)) throw new XmlError(`attribute ${name} twice`);
      // A literal line end or tab in an attribute is a space (XML 1.0 §3.3.3).
      attributes.set(name, decodeReferences((match[2] ?? match[3] ?? '').replaceAll(/[\n\t]/g, ' ')));
    }
  }

  #localName(name: string): string {
    let local = this.#localNames.get(name);
    if (local === undefined) {
      if (!NAME.test(name)) throw new XmlError('bad name');
      local = name.slice(name.lastIndexOf(':') + 1);
      this.#localNames.set(name, local);
    }
    return local;
  }

  #endTag(): void {
    const end = this.#document.indexOf('>', this.#position);
    const name = this.#open.pop();
    if (name === undefined || end === -1) throw new XmlError('an end tag too many');
    const from = this.#position + 2;
    const tail = this.#document.slice(from + name.length, end);
    if (!this.#document.startsWith(name, from) || NOT_BLANK.test(tail)) {
      throw new XmlError(`${name} is not closed`);
    }
    this.#position = end + 1;
    this.#handler.close(this.#position);
  }

  #declaration(): void {
    const document = this.#document;
    if (document.startsWith('<!--', this.#position)) {
      const end = document.indexOf('--', this.#position + 4);
      if (end === -1 || document.charCodeAt(end + 2) !== 0x3e) throw new XmlError('bad comment');
      this.#position = end + 3;
      return;
    }
    if (this.#open.length > 0 && document.startsWith('<![CDATA[', this.#position)) {
      const start = this.#position + 9;
      this.#skipTo(']]>', start);
      this.#handler.text(document.slice(start, this.#position - 3));
      return;
    }
    throw new XmlError('document types are refused');
  }

  #instruction(): void {
    if (/^<\?xml[\s?]/i.test(this.#document.slice(this.#position, this.#position + 6))) {
      throw new XmlError('an XML declaration that is not at the beginning');
    }
    this.#skipTo('?>', this.#position + 2);
  }

  #skipTo(mark: string, from: number): void {
    const end = this.#document.indexOf(mark, from);
    if (end === -1) throw new XmlError(`${mark} is missing`);
    this.#position = end + mark.length;
  }
}

/** Blank, slash, `>` or `<`: what ends the name of a start tag. */
function isNameEnd(code: number): boolean {
  return code === 0x3e || code === 0x2f || code === 0x20 || code === 0x0a || code === 0x09 || code === 0x3c;
}
