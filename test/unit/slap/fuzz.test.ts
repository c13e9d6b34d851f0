/**
 * 110,000 inputs that nobody would send on purpose, half of them recorded ones with damage. A hang is the test's own time-out.
 */
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { readInstanceXml } from '../../../slap/instance-xml.ts';
import { JsonError, readJson } from '../../../slap/json/read.ts';
import { COMPACT, writeJson } from '../../../slap/json/write.ts';
import { METHODS } from '../../../slap/json-rpc/methods.ts';
import { MarshalError, readMarshal } from '../../../slap/marshal/read.ts';
import { writeMarshal } from '../../../slap/marshal/write.ts';
import { createSlapServer } from '../../../slap/server.ts';
import type { SlapHandler } from '../../../slap/http.ts';
import { XmlError } from '../../../slap/xml.ts';
import { recordingsOf } from '../../contract/ledger.ts';
import { localMaster } from '../proxy/local-master.ts';

const recorded = (['classic', 'json-rpc', 'hateoas'] as const)
  .flatMap((suite) => recordingsOf(suite))
  .flatMap(({ exchanges }) => exchanges);

const marshalled = recorded
  .flatMap(({ request, response }) => [...request.form.map(([, value]) => value), response.body])
  .filter((text) => text.startsWith('<marshal>'));
const calls = recorded.filter(({ request }) => request.path.startsWith('/slapos.') && request.body !== '');

const XML_PIECES = [
  '<',
  '>',
  '</',
  '/>',
  '"',
  "'",
  '&',
  ';',
  '&#0;',
  '&#xD800;',
  '&#1114112;',
  '&amp;',
  '&amp;lt;',
  ']]>',
  '<!--',
  '-->',
  '<?',
  '?>',
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '&b;',
  '<![CDATA[',
  ' id="i2"',
  'xmlns:a="b"',
  '<marshal>',
  '</marshal>',
  '<list id="i2">',
  '</list>',
  '<tuple>',
  '</tuple>',
  '<set>',
  '</set>',
  '<int>',
  '</int>',
  '<float>',
  '</float>',
  '<none/>',
  '<bool>1</bool>',
  '<string>',
  '</string>',
  '<code>',
  '\u0000',
  '<dictionary>',
  '</dictionary>',
  '<reference id="i2"/>',
  '<object id="i3" module="os" class="system">',
  '</object>',
  '9'.repeat(5000),
  '1e999',
  '_1',
  'nan',
  '-inf',
  '\uD800',
  '\uFFFE',
  '😀',
  '\r\n',
  '\u0085',
  '<instance>',
  '</instance>',
  '<parameter id="a">',
  '<parameter>',
  '</parameter>',
  '<a>'.repeat(100),
];
const JSON_PIECES = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\u',
  '\\ud800',
  'null',
  'true',
  '1e999',
  '-',
  '0x1',
  '9'.repeat(400),
  '"__proto__"',
  '"constructor"',
  '"instance_guid"',
  '"shared"',
  '"parameters"',
  '[[[['.repeat(30),
  '\u0000',
  '"___"',
  '"______0"',
  '"______1"',
  '\uFEFF',
  ' ',
  '1.0',
  '[]',
  '{}',
  '"computer_guid"',
  '\uD800',
];

/** A text with some of its places replaced: by pieces, by nothing, by a part of itself. */
function damaged(texts: readonly string[], pieces: readonly string[]): fc.Arbitrary<string> {
  const edit = fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.nat(40),
    fc.constantFrom('', ...pieces),
  );
  return fc
    .tuple(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 4 }))
    .map(([text, edits]) =>
      edits.reduce((before, [place, length, piece]) => {
        const at = Math.floor(place * before.length);
        return before.slice(0, at) + piece + before.slice(at + length);
      }, text),
    );
}

function nonsense(pieces: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ unit: fc.constantFrom(...pieces), maxLength: 20 }),
    fc.string({ unit: 'binary', maxLength: 50 }),
  );
}

/** Whatever is read can be written and read again; whatever is refused is refused in the reader's own words. */
function readOrRefused(work: () => void, refusal: new (...given: never[]) => Error): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof refusal)) throw error;
  }
}

describe('codecs', () => {
  it('read or refuse 35,000 marshal documents', () => {
    const documents = fc.oneof(damaged(marshalled, XML_PIECES), nonsense(XML_PIECES));
    fc.assert(
      fc.property(documents, (document) => {
        readOrRefused(() => {
          const value = readMarshal(document);
          expect(readMarshal(writeMarshal(value))).toEqual(value);
        }, MarshalError);
      }),
      { numRuns: 35_000 },
    );
  });

  it('read or refuse 20,000 instance documents', () => {
    const whole = [
      "<?xml version='1.0' encoding='utf-8'?>\n<instance>\n  <parameter id=\"a\">b &amp; &lt;c&gt;</parameter>\n</instance>\n",
      "<?xml version='1.0' encoding='utf-8'?>\n<instance/>\n",
    ];
    fc.assert(
      fc.property(fc.oneof(damaged(whole, XML_PIECES), nonsense(XML_PIECES)), (document) => {
        readOrRefused(() => readInstanceXml(document), XmlError);
      }),
      { numRuns: 20_000 },
    );
  });

  it('read or refuse 20,000 JSON documents', () => {
    const whole = calls.map(({ request }) => request.body);
    fc.assert(
      fc.property(fc.oneof(damaged(whole, JSON_PIECES), nonsense(JSON_PIECES)), (document) => {
        readOrRefused(() => {
          const text = writeJson(readJson(document), COMPACT);
          expect(writeJson(readJson(text), COMPACT)).toBe(text);
        }, JsonError);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('a running master', () => {
  let handler: SlapHandler;
  let faults: unknown[];

  beforeEach(() => {
    faults = [];
    handler = createSlapServer(localMaster().proxy, { onFault: (error) => faults.push(error) });
  });

  async function survives(path: string, type: string, body: string): Promise<number> {
    const headers = { 'content-type': type, host: 'localhost' };
    const { status } = await handler({ method: 'POST', path, query: '', headers, body });
    expect(faults, `${path} ${body}`).toEqual([]);
    return status;
  }

  it('answers 15,000 JSON-RPC bodies without a fault', async () => {
    const body = fc.oneof(
      damaged(
        calls.map(({ request }) => request.body),
        JSON_PIECES,
      ),
      nonsense(JSON_PIECES),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(METHODS)), body, async (name, text) => {
        expect(await survives(`/${name}`, 'application/json', text)).toBeLessThan(500);
      }),
      { numRuns: 10_000 },
    );
    // To the method that each was meant for.
    const meant = fc
      .constantFrom(...calls)
      .chain(({ request }) => fc.tuple(fc.constant(request.path), damaged([request.body], JSON_PIECES)));
    await fc.assert(
      fc.asyncProperty(meant, async ([path, text]) => {
        await survives(path, 'application/json', text);
      }),
      { numRuns: 5000 },
    );
  });

  it('answers 5,000 queries of the hateoas family without a fault', async () => {
    const links = recorded
      .filter(({ request }) => request.path.startsWith('/hateoas'))
      .map(({ request }) => `${request.path}?${decodeURIComponent(request.query_string)}`);
    await fc.assert(
      fc.asyncProperty(
        damaged(links, [...XML_PIECES, '%', '%ff', '&', '=', '/', '..', '"', ' AND ', 'mode=', '?']),
        async (link) => {
          const [path = '', query = ''] = link.split('?', 2);
          await handler({ method: 'GET', path, query, headers: { host: 'localhost' }, body: '' });
          expect(faults, link).toEqual([]);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('answers 5,000 documents of the REST family without a fault', async () => {
    const whole = [
      '{"software_release": "u", "instance_id": "one", "instance_type": "default", "parameter": {"a": "b"}, "sla": {}}',
      '{"status": "stopped", "parameter": {"a": "b"}}',
      '{"connection": {"url": "x"}}',
    ];
    const places = [
      '',
      'one______0',
      'one______1',
      'one______0/bang',
      'one______0/certificate',
      'a%2Fb',
      '%ff',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('POST', 'PUT', 'DELETE', 'GET'),
        fc.constantFrom(...places),
        fc.oneof(damaged(whole, JSON_PIECES), nonsense(JSON_PIECES)),
        async (method, place, body) => {
          const path = `/software_instance_module/${place}`;
          const headers = { 'content-type': 'application/json', host: 'localhost' };
          await handler({ method, path, query: '', headers, body });
          expect(faults, `${method} ${path} ${body}`).toEqual([]);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('answers 10,000 classic forms without a fault', async () => {
    const forms = recorded.filter(({ request }) => request.form.length > 0);
    const damage = fc
      .constantFrom(...forms)
      .chain(({ request }) =>
        fc.tuple(
          fc.constant(request.path),
          fc.tuple(
            ...request.form.map(([name, value]) => fc.tuple(fc.constant(name), damaged([value], XML_PIECES))),
          ),
        ),
      );
    await fc.assert(
      fc.asyncProperty(damage, async ([path, fields]) => {
        const body = new URLSearchParams(fields).toString();
        await survives(path, 'application/x-www-form-urlencoded', body);
      }),
      { numRuns: 10_000 },
    );
  });
});
