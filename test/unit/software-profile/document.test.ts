import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseProfile } from '../../../agent/software/profile/document.ts';
import { documentWith, sampleService } from './sample.ts';

const HEAD = `schema: 1
name: sample
title: Sample
description: For tests.
category: cache
version: '1'
components:
  - provider: apt
    packages: [hello]
types:
  default:
    services:
      - name: main
        command: [/usr/bin/program]
`;

function parse(document: string) {
  return parseProfile(document, 'file:///software.yaml');
}

function refusal(line: number, field: string, problem: RegExp) {
  return expect.objectContaining({
    code: 'profile-invalid',
    parameters: expect.objectContaining({
      line: String(line),
      field,
      problem: expect.stringMatching(problem),
    }),
  });
}

describe('a profile', () => {
  it('is read with its defaults', () => {
    const profile = parse(HEAD);
    expect(profile.serialisation).toBe('json-in-xml');
    expect(profile.types['default']).toMatchObject({
      parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
      services: [{ ...sampleService, environment: {}, stop: { signal: 'SIGTERM', timeout: 30 } }],
      publish: [],
      promises: [],
      connection: {},
    });
  });

  it('may be written as JSON', () => {
    expect(parse(documentWith()).name).toBe('sample');
  });
});

describe('a mistake is told with its line and field', () => {
  it('says so in one sentence', () => {
    expect(() => parse(`${HEAD}    publish:\n      - name: web\n        port: 80\n`)).toThrow(
      'This software release is not written correctly: line 17, types.default.publish.0.port: must be a number between 1024 and 65535.',
    );
  });

  it.each([
    ['an unknown key', `${HEAD}    publlish: []\n`, 15, 'types.default.publlish', /not known/],
    ['a key at the top', `${HEAD}colour: red\n`, 15, 'colour', /not known/],
    ['a reserved key', `${HEAD}    instances: []\n`, 15, 'types.default.instances', /reserved/],
    [
      'a number for text',
      HEAD.replace("version: '1'", 'version: 1'),
      6,
      'version',
      /must be text \(in quotes/,
    ],
    ['a missing key', HEAD.replace('title: Sample\n', ''), 1, 'title', /is missing/],
    ['another version of the format', HEAD.replace('schema: 1', 'schema: 2'), 1, 'schema', /one of these: 1/],
    ['an unknown category', HEAD.replace('cache', 'toys'), 5, 'category', /one of these: cache, database/],
    [
      'a relative command',
      HEAD.replace('/usr/bin/program', 'program'),
      14,
      'types.default.services.0.command.0',
      /absolute path/,
    ],
    [
      'a command that climbs',
      HEAD.replace('/usr/bin/program', '/srv/conf/../data/x'),
      14,
      'types.default.services.0.command.0',
      /absolute path/,
    ],
    [
      'a program chosen by a lookup',
      HEAD.replace('[/usr/bin/program]', "['/usr/bin/{{ instance.name }}']"),
      14,
      'types.default.services.0.command.0',
      /without lookups/,
    ],
    [
      'another provider',
      HEAD.replace('provider: apt', 'provider: docker'),
      8,
      'components.0.provider',
      /one of these: apt/,
    ],
    [
      'an option instead of a package',
      HEAD.replace('[hello]', '["-o=Dir::Etc=/x"]'),
      9,
      'components.0.packages.0',
      /name of a Debian package/,
    ],
    [
      'a type of a reserved name',
      HEAD.replace('  default:', '  RootSoftwareInstance:'),
      11,
      'types.RootSoftwareInstance',
      /cannot be RootSoftwareInstance/,
    ],
    ['no default type', HEAD.replace('  default:', '  other:'), 11, 'types', /type called default/],
    ['a file outside', fileAt('../up'), 16, 'types.default.files.0.path', /relative path/],
    ['an absolute file', fileAt('/etc/passwd'), 16, 'types.default.files.0.path', /relative path/],
    ['a file that climbs', fileAt('a/../../b'), 16, 'types.default.files.0.path', /relative path/],
    ['a list where a mapping must be', '- 1\n', 1, 'software.yaml', /mapping/],
    ['an empty document', '', 1, 'software.yaml', /mapping|missing/],
  ])('%s', (_name, document, line, field, problem) => {
    expect(() => parse(document)).toThrow(refusal(line, field, problem));
  });

  it('names the line inside a file’s content', () => {
    const document = `${HEAD}    files:
      - path: file
        format: text
        content: |
          first
          second {{ secret.none }}
`;
    expect(() => parse(document)).toThrow(
      refusal(20, 'types.default.files.0.content', /there is no secret.none/),
    );
  });

  it('tells the first mistake of the document first', () => {
    const document = `${HEAD.replace('cache', 'toys')}    colour: red\n`;
    expect(() => parse(document)).toThrow(refusal(5, 'category', /one of these/));
  });
});

describe('YAML that is refused', () => {
  it.each([
    ['anchors and aliases', `${HEAD}    connection: &a {}\n`, 15, /anchor/],
    [
      'a document that grows',
      `a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n`,
      1,
      /anchor/,
    ],
    ['tags', `${HEAD}    connection: !!map {}\n`, 15, /tag/],
    ['a tag of another program', `${HEAD}    connection: !exec {}\n`, 15, /tag|correct YAML/],
    ['an older version of YAML', `%YAML 1.1\n---\n${HEAD}`, 1, /1\.2/],
    ['a key twice', `${HEAD}name: other\n`, 15, /“name” is there twice/],
    ['a key that is no text', `${HEAD}[1]: x\n`, 15, /correct YAML/],
    ['a prototype', `${HEAD}    connection:\n      __proto__: {}\n`, 16, /not known/],
    ['several documents', `${HEAD}---\n${HEAD}`, 15, /correct YAML/],
    ['what is no YAML', `${HEAD}  : [\n`, 16, /correct YAML/],
  ])('%s', (_name, document, line, problem) => {
    expect(() => parse(document)).toThrow(refusal(line, 'software.yaml', problem));
  });

  it('a document nested without end', () => {
    const document = '['.repeat(20_000);
    expect(() => parse(document)).toThrow(expect.objectContaining({ code: 'profile-invalid' }));
  });
});

describe('the page that teaches', () => {
  it('shows a complete profile that is one', () => {
    const page = readFileSync(new URL('../../../docs/software-profiles.md', import.meta.url), 'utf8');
    const example = /```yaml\n(# A complete profile\n[\s\S]*?)```/u.exec(page)?.[1];
    expect(parse(example ?? '').name).toBe('web-folder');
  });
});

function fileAt(path: string): string {
  return `${HEAD}    files:\n      - path: ${path}\n        format: text\n        content: x\n`;
}
