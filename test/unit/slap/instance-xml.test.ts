import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readInstanceXml, storedParameters, writeInstanceXml } from '../../../slap/instance-xml.ts';
import { Float, Tuple } from '../../../slap/marshal/values.ts';
import { isXmlText, XmlError } from '../../../slap/xml.ts';

const HEAD = "<?xml version='1.0' encoding='utf-8'?>\n";

describe('writing', () => {
  it('nothing', () => {
    expect(writeInstanceXml({})).toBe(`${HEAD}<instance/>\n`);
  });

  it('parameters in the order of their names, in UTF-8, escaped once', () => {
    expect(writeInstanceXml({ 'b"\n\t&': 'é\r\n\t"<&>', a: null })).toBe(
      `${HEAD}<instance>\n  <parameter id="a"></parameter>\n` +
        '  <parameter id="b&quot;&#10;&#9;&amp;">é&#13;\n\t"&lt;&amp;&gt;</parameter>\n</instance>\n',
    );
  });
});

describe('reading', () => {
  const text = fc.string({ unit: 'binary' }).filter(isXmlText);

  it('gives back what was written, an empty text as null', () => {
    fc.assert(
      fc.property(fc.dictionary(text, text), (parameters) => {
        const read = readInstanceXml(writeInstanceXml(parameters));
        expect(new Map(Object.entries(read))).toEqual(
          new Map(Object.entries(parameters).map(([name, value]) => [name, value === '' ? null : value])),
        );
      }),
    );
  });

  it('joins the values of a name that occurs twice', () => {
    const document = '<instance><parameter id="a">1</parameter><parameter id="a">2</parameter></instance>';
    expect(readInstanceXml(document)).toEqual({ a: '1 2' });
  });

  it('looks at direct children only', () => {
    const document =
      '<instance><x><parameter id="a">1</parameter></x><parameter id="b">2<i>3</i></parameter></instance>';
    expect(readInstanceXml(document)).toEqual({ b: '2' });
  });

  it('takes an empty document for no parameters', () => {
    expect(readInstanceXml('')).toEqual({});
  });

  it('refuses a parameter without name and a document type', () => {
    expect(() => readInstanceXml('<instance><parameter/></instance>')).toThrow(XmlError);
    expect(() => readInstanceXml('<!DOCTYPE i><instance/>')).toThrow(XmlError);
  });
});

it('stored values are texts as Python spells them', () => {
  const values = { a: 1, b: new Float(1), c: true, d: null, e: '', f: [1, 'a'], g: new Tuple([1]) };
  expect(storedParameters(values)).toEqual({
    a: '1',
    b: '1.0',
    c: 'True',
    d: 'None',
    e: null,
    f: "[1, 'a']",
    g: '(1,)',
  });
});
