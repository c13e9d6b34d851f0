import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MarshalError, readMarshal } from '../../../slap/marshal/read.ts';
import { Float, SlapObject, type SlapValue, Tuple } from '../../../slap/marshal/values.ts';
import { writeMarshal } from '../../../slap/marshal/write.ts';
import { isXmlText } from '../../../slap/xml.ts';
import { recordingsOf } from '../../contract/ledger.ts';

/** Without the recording that is about documents which are refused, or written by hand. */
function recordedDocuments(): string[] {
  return [...recordingsOf('classic'), ...recordingsOf('session'), ...recordingsOf('forwarding')]
    .filter(({ scenario }) => scenario !== 'slap-02-format-errors')
    .flatMap(({ exchanges }) => exchanges)
    .flatMap(({ request, response }) => request.form.map(([, value]) => value).concat(response.body))
    .filter((text) => text.startsWith('<marshal>'));
}

describe('writing', () => {
  it('reproduces every recorded document byte for byte', () => {
    const documents = recordedDocuments();
    expect(documents.length).toBeGreaterThan(500);
    for (const document of documents) expect(writeMarshal(readMarshal(document))).toBe(document);
  });

  it.each<[string, SlapValue, string]>([
    ['none', null, '<none/>'],
    ['truth', true, '<bool>1</bool>'],
    ['an integer', -5, '<int>-5</int>'],
    ['the largest int', 10n ** 24n - 1n, '<int>999999999999999999999999</int>'],
    ['the smallest long', 10n ** 24n, '<long>1000000000000000000000000</long>'],
    ['a float', 1.5, '<float>1.5</float>'],
    ['a float that is integral', new Float(1), '<float>1.0</float>'],
    ['an infinite float', -Infinity, '<float>-inf</float>'],
    ['the empty text', '', '<string></string>'],
    ['an empty tuple', new Tuple([]), '<tuple/>'],
    ['an empty list', [], '<list id="i2"/>'],
    ['an empty dictionary', {}, '<dictionary id="i2"/>'],
    ['a set', new Set([1]), '<set id="i2"><int>1</int></set>'],
    [
      'a text with markup, escaped twice',
      'a<b>&"\'\r\n\té😀',
      '<string>a&amp;lt;b&amp;gt;&amp;amp;"\'&#13;\n\t&#233;&#128512;</string>',
    ],
    [
      'a dictionary by code point, not by UTF-16 unit',
      { '\u{1F600}': 1, '\uFF5E': 2, a: 3, B: 4 },
      '<dictionary id="i2"><string>B</string><int>4</int><string>a</string><int>3</int>' +
        '<string>&#65374;</string><int>2</int><string>&#128512;</string><int>1</int></dictionary>',
    ],
    [
      'numeric keys by size',
      new Map<SlapValue, SlapValue>([
        [10, 'b'],
        [9, 'a'],
      ]),
      '<dictionary id="i2"><int>9</int><string>a</string><int>10</int><string>b</string></dictionary>',
    ],
    [
      'keys of different kinds by their spelling',
      new Map<SlapValue, SlapValue>([
        [2, null],
        ['a', null],
      ]),
      '<dictionary id="i2"><string>a</string><none/><int>2</int><none/></dictionary>',
    ],
    [
      'numbers of containers in the order of the document, none for tuples',
      [new Tuple([[], {}]), []],
      '<list id="i2"><tuple><list id="i3"/><dictionary id="i4"/></tuple><list id="i5"/></list>',
    ],
    [
      'an object, numbered before its attributes',
      new SlapObject('Computer', ['c'], { a: [] }),
      '<object id="i2" module="slapos.slap.slap" class="Computer"><tuple><string>c</string></tuple>' +
        '<dictionary id="i3"><string>a</string><list id="i4"/></dictionary></object>',
    ],
  ])('%s', (_what, value, expected) => {
    expect(writeMarshal(value)).toBe(`<marshal>${expected}</marshal>`);
  });

  it('shows a container that occurs again as a reference', () => {
    const list = ['x'];
    expect(writeMarshal([list, list])).toBe(
      '<marshal><list id="i2"><list id="i3"><string>x</string></list><reference id="i3"/></list></marshal>',
    );
  });

  it('refuses what XML cannot carry', () => {
    expect(() => writeMarshal('a\0b')).toThrow(RangeError);
    expect(() => writeMarshal('\uD800')).toThrow(RangeError);
    expect(() => writeMarshal({ '\u0001': 1 })).toThrow(RangeError);
  });

  it('refuses to go on for ever', () => {
    let deep: SlapValue = [];
    for (let level = 0; level < 100; level += 1) deep = new Tuple([deep]);
    expect(() => writeMarshal(deep)).toThrow('too deep');
  });
});

const text = fc.string({ unit: 'binary' }).filter(isXmlText);
const anyValue = fc.letrec<{ value: SlapValue; key: SlapValue }>((tie) => ({
  key: fc.oneof(
    text,
    fc.integer(),
    fc.constant(null),
    fc.bigInt().filter((n) => !Number.isSafeInteger(Number(n))),
  ),
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.bigInt({ min: 2n ** 60n }),
    fc.double().map((number) => (Number.isInteger(number) ? new Float(number) : number)),
    text,
    fc.array(tie('value')),
    fc.array(tie('value')).map((items) => new Tuple(items)),
    fc.uniqueArray(fc.oneof(text, fc.integer())).map((items) => new Set<SlapValue>(items)),
    fc.dictionary(text, tie('value')),
    fc.dictionary(text, tie('value')).map((state) => new SlapObject('SoftwareRelease', ['u', null], state)),
    fc.array(fc.tuple(tie('key'), tie('value')), { minLength: 1 }).map(
      // A dictionary whose keys are all texts is a record.
      (entries) => new Map<SlapValue, SlapValue>([[0, null], ...entries]),
    ),
  ),
})).value;

describe('reading', () => {
  it('gives back every value that was written', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(readMarshal(writeMarshal(value))).toEqual(value);
      }),
    );
  });

  it('never fails but with its own error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...PIECES) })), (document) => {
        try {
          readMarshal(document);
        } catch (error) {
          expect(error).toBeInstanceOf(MarshalError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, string, SlapValue]>([
    ['blanks between elements', ' <marshal>\n <list> <int> 3 </int> </list></marshal>\n', [3]],
    ['a declaration', '<?xml version="1.0" encoding="x"?><marshal><none/></marshal>', null],
    ['a missing root', '<int>3</int>', 3],
    ['a namespace', '<m:marshal xmlns:m="u"><m:int>3</m:int></m:marshal>', 3],
    ['comments, also inside a text', '<!-- a --><marshal><string>a<!-- b -->c</string></marshal>', 'ac'],
    ['CDATA', '<marshal><string><![CDATA[<&amp;]]></string></marshal>', '<&'],
    ['unicode as string', '<marshal><unicode>é</unicode></marshal>', 'é'],
    ['Python spellings of integers', '<marshal><int> +1_000 </int></marshal>', 1000],
    ['large integers', '<marshal><long>9007199254740993</long></marshal>', 9007199254740993n],
    ['Python spellings of floats', '<marshal><float> -1_0.5e0_1 </float></marshal>', new Float(-105)],
    ['infinity', '<marshal><float>-Infinity</float></marshal>', -Infinity],
    ['any integer as truth', '<marshal><bool>2</bool></marshal>', true],
    ['line ends', '<marshal><string>a\r\nb\rc&#13;</string></marshal>', 'a\nb\nc\r'],
    ['the escapes of the value, once', '<marshal><string>&amp;amp;lt;</string></marshal>', '&lt;'],
    [
      'keys that are not texts',
      '<marshal><dictionary><int>1</int><none/></dictionary></marshal>',
      new Map([[1, null]]),
    ],
  ])('accepts %s', (_what, document, value) => {
    expect(readMarshal(document)).toEqual(value);
  });

  it('resolves references to the same container', () => {
    const value = readMarshal('<marshal><list id="a"><list id="b"/><reference id="b"/></list></marshal>');
    expect(Array.isArray(value) && value[0] === value[1]).toBe(true);
  });

  it('keeps keys that JavaScript gives a meaning as ordinary ones', () => {
    const value = readMarshal(
      '<marshal><dictionary><string>__proto__</string><int>1</int><string>constructor</string><int>2</int></dictionary></marshal>',
    );
    expect(Object.entries(value ?? {})).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
    ]);
    expect(writeMarshal(value)).toContain('<string>__proto__</string><int>1</int>');
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['no XML', 'hello'],
    ['no value', '<marshal/>'],
    ['two values', '<marshal><none/><none/></marshal>'],
    ['two roots', '<none/><none/>'],
    ['an unknown element', '<marshal><complex>1j</complex></marshal>'],
    ['an element in a scalar', '<marshal><int><int>1</int></int></marshal>'],
    ['text between elements', '<marshal>x<none/></marshal>'],
    ['a key without value', '<marshal><dictionary><string>a</string></dictionary></marshal>'],
    ['a list as key', '<marshal><dictionary><list/><none/></dictionary></marshal>'],
    ['a bad integer', '<marshal><int>1.5</int></marshal>'],
    ['a bad float', '<marshal><float>1,5</float></marshal>'],
    ['an integer of absurd length', `<marshal><int>${'9'.repeat(5000)}</int></marshal>`],
    ['an undefined reference', '<marshal><list><reference id="i9"/></list></marshal>'],
    ['a container inside of itself', '<marshal><list id="i2"><reference id="i2"/></list></marshal>'],
    [
      'a container inside of itself by way of another',
      '<marshal><list id="i2"><dictionary id="i3"><string>a</string><reference id="i2"/></dictionary></list></marshal>',
    ],
    [
      'a reference to what comes later',
      '<marshal><list><reference id="i2"/><list id="i2"/></list></marshal>',
    ],
    [
      'a foreign class',
      '<marshal><object module="os" class="system"><tuple/><dictionary/></object></marshal>',
    ],
    [
      'a foreign module',
      '<marshal><object module="os" class="Computer"><tuple/><dictionary/></object></marshal>',
    ],
    [
      'an object without attributes',
      '<marshal><object module="slapos.slap.slap" class="Computer"><tuple/></object></marshal>',
    ],
    ['a document type', '<!DOCTYPE marshal><marshal><none/></marshal>'],
    ['entities of its own', '<!DOCTYPE m [<!ENTITY a "b">]><marshal><string>&a;</string></marshal>'],
    ['an entity nobody defined', '<marshal><string>&nbsp;</string></marshal>'],
    ['an entity named as a property', '<marshal><string>&toString;</string></marshal>'],
    ['a bare ampersand', '<marshal><string>a & b</string></marshal>'],
    ['a reference to NUL', '<marshal><string>&#0;</string></marshal>'],
    ['a reference to a surrogate', '<marshal><string>&#xD800;</string></marshal>'],
    ['a reference beyond Unicode', '<marshal><string>&#x110000;</string></marshal>'],
    ['NUL', '<marshal><string>\0</string></marshal>'],
    ['a tag that is not closed', '<marshal><string>a</marshal>'],
    ['an element that is not closed', '<marshal><list>'],
    ['a second declaration', '<marshal><?xml version="1.0"?><none/></marshal>'],
    ['an attribute twice', '<marshal><list id="a" id="b"/></marshal>'],
    ['an attribute without quotes', '<marshal><list id=a/></marshal>'],
    ['a comment with two dashes', '<marshal><!-- a -- b --><none/></marshal>'],
  ])('refuses %s', (_what, document) => {
    expect(() => readMarshal(document)).toThrow(MarshalError);
  });

  it('refuses depth before it costs anything', () => {
    const depth = 200_000;
    const document = `${'<tuple>'.repeat(depth)}${'</tuple>'.repeat(depth)}`;
    expect(() => readMarshal(document)).toThrow('too deep');
  });

  it('refuses size before it costs anything', () => {
    expect(() => readMarshal(`<string>${'a'.repeat(100)}</string>`, { maximumLength: 100 })).toThrow(
      'too large',
    );
  });

  it('refuses references that would blow a small document up', () => {
    const lines = Array.from(
      { length: 30 },
      (_, level) => `<list id="l${level + 1}"><reference id="l${level}"/><reference id="l${level}"/></list>`,
    );
    const document = `<marshal><list><list id="l0"><string>laughs</string></list>${lines.join('')}</list></marshal>`;
    expect(() => readMarshal(document)).toThrow('too large');
  });

  it('reads any number of attributes', () => {
    const attributes = Array.from({ length: 20_000 }, (_, index) => ` a${index}="x"`).join('');
    expect(readMarshal(`<marshal><list${attributes}/></marshal>`)).toEqual([]);
  });
});

const PIECES = [
  '<marshal>',
  '</marshal>',
  '<list id="a">',
  '</list>',
  '<dictionary>',
  '</dictionary>',
  '<reference id="a"/>',
  '<int>',
  '1',
  '</int>',
  '<string>',
  '</string>',
  '<tuple/>',
  '&amp;',
  '&',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?xml?>',
  ' ',
];
