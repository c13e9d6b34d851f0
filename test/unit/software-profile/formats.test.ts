import { spawnSync } from 'node:child_process';
import { assert, constantFrom, jsonValue, oneof, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { formats } from '../../../agent/software/profile/formats/all.ts';
import { UnfitValueError } from '../../../agent/software/profile/formats/format.ts';
import type { FileFormat } from '../../../agent/software/profile/schema.ts';
import { parseTemplate } from '../../../agent/software/profile/template.ts';
import { readIni, readNginx, readPostgresql, readProperties, readRedis, readXmlText } from './readers.ts';

function write(format: FileFormat, content: string, value: unknown): string {
  const template = parseTemplate(content);
  formats[format].check(template);
  return formats[format].render(template, () => value);
}

/** The file's text, or undefined when the format says that it cannot write the value. */
function written(format: FileFormat, content: string, value: unknown): string | undefined {
  const template = parseTemplate(content);
  formats[format].check(template);
  const results = [...attempts(() => formats[format].render(template, () => value))];
  return results[0];
}

function* attempts(work: () => string): Generator<string> {
  try {
    yield work();
  } catch (error) {
    if (!(error instanceof UnfitValueError)) throw error;
  }
}

const CHARACTERS = [
  ...Array.from('"\'\\`$#;{}[]()<>&|=:%!-,/ \t\n\r\0aZ0é漢😀\u2028\u0085\ufeff\ud800'),
  '{{',
  '}}',
  '-->',
  ']]>',
  '</script>',
  '$(id)',
  '${x}',
];

/** Text made of what files give a meaning to, and any other text. */
const hostile = oneof(
  string({ unit: 'binary', maxLength: 40 }),
  string({
    unit: constantFrom(...CHARACTERS),
    maxLength: 30,
  }),
);

const MARK = 'value = {{ parameter.value }}';

describe('a hostile value stays a value', () => {
  it('json: whole value', () => {
    assert(
      property(hostile, (value) => {
        const text = written('json', '{"before": 1, "it": {{ parameter.value }}, "after": 2}', value);
        if (text !== undefined) expect(JSON.parse(text)).toEqual({ before: 1, it: value, after: 2 });
      }),
    );
  });

  it('json: inside a text', () => {
    assert(
      property(hostile, (value) => {
        const text = written('json', '{"it": "<{{ parameter.value }}>", "after": 2}', value);
        if (text !== undefined) expect(JSON.parse(text)).toEqual({ it: `<${value}>`, after: 2 });
      }),
    );
  });

  it('json and yaml: lists and objects', () => {
    assert(
      property(jsonValue({ noUnicodeString: false }), (value) => {
        const copy: unknown = JSON.parse(JSON.stringify(value));
        const json = written('json', '[{{ parameter.value }}]', value);
        const yaml = written('yaml', 'it: {{ parameter.value }}\nafter: 2\n', value);
        if (json !== undefined) expect(JSON.parse(json)).toEqual([copy]);
        if (yaml !== undefined) expect(parseYaml(yaml)).toEqual({ it: copy, after: 2 });
      }),
    );
  });

  it('yaml: whole value and inside double quotes', () => {
    const content =
      'a: {{ parameter.value }}\nb: "<{{ parameter.value }}>"\nc:\n  - {{ parameter.value }}\nd: [{{ parameter.value }}, x]\n';
    assert(
      property(hostile, (value) => {
        const text = written('yaml', content, value);
        if (text === undefined) return;
        expect(parseYaml(text)).toEqual({ a: value, b: `<${value}>`, c: [value], d: [value, 'x'] });
      }),
    );
  });

  it('shell: read by a real /bin/sh', () => {
    const content = '#!/bin/sh\nset -eu\nvalue={{ parameter.value }}\nprintf "%s" "$value"\n';
    assert(
      property(hostile, (value) => {
        const script = written('shell', content, value);
        if (script === undefined) return;
        const run = spawnSync('/bin/sh', { input: script });
        expect([run.status, run.stdout.toString('utf8'), run.stderr.toString()]).toEqual([0, value, '']);
      }),
      { numRuns: 60 },
    );
  });

  it('redis', () => {
    assert(
      property(hostile, (value) => {
        const text = written('redis', 'port 1\nrequirepass {{ parameter.value }}\nsave ""\n', value);
        if (text === undefined) return;
        expect(readRedis(text)).toEqual([
          ['port', '1'],
          ['requirepass', value],
          ['save', ''],
        ]);
      }),
    );
  });

  it('postgresql', () => {
    assert(
      property(hostile, (value) => {
        const text = written('postgresql', `a = 1 # one\n${MARK} # two\nb = 'x'\n`, value);
        if (text === undefined) return;
        expect(readPostgresql(text)).toEqual([
          ['a', '1'],
          ['value', value],
          ['b', 'x'],
        ]);
      }),
    );
  });

  it('nginx', () => {
    assert(
      property(hostile, (value) => {
        const text = written(
          'nginx',
          'a { root /x; add_header X {{ parameter.value }} always; } # e\nb c;',
          value,
        );
        if (text === undefined) return;
        const before = ['a', '{', 'root', '/x', ';', 'add_header', 'X'];
        expect(readNginx(text)).toEqual([...before, value, 'always', ';', '}', 'b', 'c', ';']);
        expect(value).not.toContain('$');
      }),
    );
  });

  it('xml: between tags and in attributes', () => {
    const content = '<a x="1" y=\'{{ parameter.value }}\'><!-- c --><b>{{ parameter.value }}</b></a>';
    assert(
      property(hostile, (value) => {
        const text = written('xml', content, value);
        if (text === undefined) return;
        const parts = /^<a x="1" y='([^'<]*)'><!-- c --><b>([^<]*)<\/b><\/a>$/u.exec(text);
        expect(readXmlText(parts?.[1] ?? '')).toBe(value);
        expect(readXmlText(parts?.[2] ?? '')).toBe(value);
      }),
    );
  });

  it('properties', () => {
    assert(
      property(hostile, (value) => {
        const text = written('properties', `a=1\n${MARK}\nb=2\n`, value);
        if (text === undefined) return;
        expect(readProperties(text)).toEqual({ a: '1', value, b: '2' });
      }),
    );
  });

  it('ini', () => {
    assert(
      property(hostile, (value) => {
        const text = written('ini', `[s]\na = 1\n${MARK}\nb = 2\n`, value);
        if (text !== undefined) expect(readIni(text)).toEqual({ a: '1', value, b: '2' });
      }),
    );
  });

  it('text: stays on its line', () => {
    assert(
      property(hostile, (value) => {
        const text = written('text', 'a\nkey {{ parameter.value }}\nb\n', value);
        if (text !== undefined)
          expect(text.split(/[\n\r\v\f\u0085\u2028\u2029]/u)).toEqual(['a', `key ${value}`, 'b', '']);
      }),
    );
  });

  it('verbatim: is the file', () => {
    assert(
      property(hostile, (value) => {
        const text = written('verbatim', '{{ parameter.value }}', value);
        if (text !== undefined) expect(text).toBe(value);
      }),
    );
  });

  it('ordinary text is never refused', () => {
    for (const [format, content] of [
      ['json', '{"a": {{ parameter.value }}}'],
      ['yaml', 'a: {{ parameter.value }}'],
      ['shell', 'value={{ parameter.value }}'],
      ['redis', 'a {{ parameter.value }}'],
      ['postgresql', 'a {{ parameter.value }}'],
      ['nginx', 'a {{ parameter.value }};'],
      ['xml', '<a>{{ parameter.value }}</a>'],
      ['properties', 'a={{ parameter.value }}'],
      ['ini', 'a={{ parameter.value }}'],
      ['text', 'a {{ parameter.value }}'],
      ['verbatim', '{{ parameter.value }}'],
    ] as const) {
      expect(written(format, content, 'Grüße, world (1+1=2)')).toContain('world');
    }
  });
});

describe('where a lookup cannot be made safe it is refused', () => {
  it.each<[FileFormat, string, string, RegExp]>([
    ['json', 'half of a number', '{"a": 1{{ parameter.value }}}', /format-json/],
    ['json', 'what is no JSON', '{"a": }', /format-json/],
    ['json', 'behind a backslash', '{"a": "\\{{ parameter.value }}"}', /template-word/],
    ['yaml', 'a part of a plain text', 'a: x {{ parameter.value }}', /template-yaml/],
    ['yaml', 'single quotes', "a: '{{ parameter.value }}'", /template-yaml/],
    ['yaml', 'a block of text', 'a: |\n  {{ parameter.value }}\n', /template-yaml/],
    ['yaml', 'a comment', 'a: 1 # {{ parameter.value }}', /template-yaml/],
    ['yaml', 'a key', '{{ parameter.value }}: 1', /template-yaml/],
    ['yaml', 'a tag', 'a: !{{ parameter.value }} 1', /template-yaml|format-yaml/],
    ['redis', 'the name of a directive', '{{ parameter.value }} 1', /template-directive/],
    ['redis', 'quotes', 'a "{{ parameter.value }}"', /template-quoted/],
    ['redis', 'behind quotes', 'a "x" {{ parameter.value }}', /template-quoted/],
    ['redis', 'behind a backslash', 'a \\" {{ parameter.value }}', /template-quoted/],
    ['redis', 'a comment', '# {{ parameter.value }}', /template-comment/],
    ['postgresql', 'the name of a setting', '{{ parameter.value }} = 1', /template-directive/],
    ['postgresql', 'quotes', "a = '{{ parameter.value }}'", /template-quoted/],
    ['postgresql', 'a comment behind a value', 'a = 1 # {{ parameter.value }}', /template-comment/],
    ['nginx', 'the name of a directive', 'a b; {{ parameter.value }} c;', /template-directive/],
    ['nginx', 'the first word of a block', 'http { {{ parameter.value }} c; }', /template-directive/],
    ['nginx', 'quotes', 'a "x {{ parameter.value }}";', /template-quoted/],
    ['nginx', 'quotes of several lines', 'a "x\n {{ parameter.value }}";', /template-quoted/],
    ['nginx', 'a comment', 'a b; # {{ parameter.value }}\n', /template-comment/],
    ['nginx', 'beside a variable', 'a $x{{ parameter.value }};', /template-word/],
    ['nginx', 'beside quotes', 'a "x"{{ parameter.value }};', /template-word/],
    ['nginx', 'behind a backslash', 'a \\{{ parameter.value }};', /template-word/],
    ['shell', 'a command', '#!/bin/sh\necho {{ parameter.value }}\n', /template-shell/],
    ['shell', 'quotes', 'a="{{ parameter.value }}"\n', /template-shell/],
    ['shell', 'behind a command', 'true\na={{ parameter.value }}\n', /template-shell/],
    ['shell', 'a here-document', 'cat <<END\na={{ parameter.value }}\nEND\n', /template-shell/],
    ['shell', 'an assignment before a command', 'a={{ parameter.value }} id\n', /template-shell/],
    ['shell', 'a comment', '# {{ parameter.value }}\n', /template-shell/],
    ['shell', 'behind an open quote', "a='\nb={{ parameter.value }}\n", /template-shell/],
    ['xml', 'a comment', '<a><!-- {{ parameter.value }} --></a>', /template-markup/],
    ['xml', 'CDATA', '<a><![CDATA[{{ parameter.value }}]]></a>', /template-markup/],
    ['xml', 'a name', '<{{ parameter.value }}/>', /template-markup/],
    ['xml', 'an attribute without quotes', '<a b={{ parameter.value }}/>', /template-markup/],
    ['xml', 'the name of an attribute', '<a {{ parameter.value }}="b"/>', /template-markup/],
    ['xml', 'a handler of events', '<a onclick="{{ parameter.value }}"/>', /template-markup/],
    ['xml', 'a script', '<script>a<b>{{ parameter.value }}</b></script>', /template-raw-text/],
    ['xml', 'a processing instruction', '<?php {{ parameter.value }} ?>', /template-markup/],
    ['properties', 'a key', '{{ parameter.value }}=1', /template-line/],
    ['properties', 'a continued line', 'a=\\\nb={{ parameter.value }}', /template-continued/],
    ['ini', 'a section', '[{{ parameter.value }}]', /template-line/],
    ['ini', 'a comment', '; a = {{ parameter.value }}', /template-line/],
    ['text', 'the beginning of a line', 'a\n{{ parameter.value }}\n', /template-line/],
    ['text', 'a line of spaces', 'a\n  {{ parameter.value }}\n', /template-line/],
    ['text', 'a continued line', 'a\\\nb {{ parameter.value }}\n', /template-continued/],
    ['verbatim', 'a part of the file', 'a {{ parameter.value }}', /template-verbatim/],
  ])('%s: %s', (format, _place, content, problem) => {
    expect(() => {
      formats[format].check(parseTemplate(content));
    }).toThrow(problem);
  });

  it.each<[FileFormat, string]>([
    ['json', '{"a": {"b": {{ parameter.value }}}}'],
    ['yaml', '# a comment with "quotes\na: {{ parameter.value }}\n'],
    ['redis', '# it\'s fine\na "x"\nb {{ parameter.value }}mb\n'],
    ['postgresql', "a = 'x' # it's fine\nb={{ parameter.value }}MB\n"],
    ['nginx', '# it\'s fine\na "x;{" y;\nb c:{{ parameter.value }};\n'],
    [
      'shell',
      '#!/bin/sh\n# it\'s\nset -eu\na=1\nb={{ parameter.value }}\nc=/x/{{ parameter.value }}.d\ncat <<"E"\n\'\nE\n',
    ],
    ['xml', '<?xml version="1.0"?><!DOCTYPE a><script>a<b</script><a b="{{ parameter.value }}"/>'],
  ])('%s: but not elsewhere', (format, content) => {
    expect(() => {
      formats[format].check(parseTemplate(content));
    }).not.toThrow();
  });
});

describe('a value is written with what stands beside it', () => {
  it.each<[FileFormat, string, unknown, string]>([
    ['redis', 'maxmemory {{ parameter.value }}mb', 64, 'maxmemory "64mb"'],
    ['redis', 'appendonly {{ parameter.value }}', true, 'appendonly "yes"'],
    ['postgresql', 'fsync = {{ parameter.value }}', false, "fsync = 'off'"],
    ['nginx', 'listen 127.0.0.1:{{ parameter.value }};', 80, 'listen "127.0.0.1:80";'],
    ['nginx', 'autoindex {{ parameter.value }};', true, 'autoindex "on";'],
    ['shell', 'folder=/srv/data/{{ parameter.value }}', 'a b', "folder='/srv/data/a b'"],
    ['json', '{"a": {{ parameter.value }}}', [1, 'a'], '{"a": [1,"a"]}'],
    ['text', 'max_connections {{ parameter.value }}', 1.5, 'max_connections 1.5'],
  ])('%s: %s', (format, content, value, text) => {
    expect(write(format, content, value)).toBe(text);
  });
});
