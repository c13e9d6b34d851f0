import { describe, expect, it } from 'vitest';
import type { CatalogueEntry } from '../../../agent/api/contract.ts';
import { fieldGroups, type FieldValue } from '../../../renderer/form/fields.ts';
import { commandLineOf, type CommandLine } from '../../../renderer/words/command-line.ts';

const software: CatalogueEntry = {
  url: 'slapgrid:redis',
  name: 'redis',
  title: 'Redis',
  description: '',
  category: 'cache',
  here: true,
  bytesToDownload: 0,
  types: [],
};
const fields = fieldGroups({
  properties: {
    memory: { type: 'integer', default: 64 },
    greeting: { type: 'string' },
    password: { type: 'string', title: 'Password', writeOnly: true },
    hosts: { type: 'array', items: { type: 'string' } },
    extra: { type: 'object' },
  },
}).flatMap((group) => group.fields);

function line(values: Record<string, FieldValue>, over: object = {}): CommandLine {
  return commandLineOf({ name: 'cache', software, typeName: 'default', fields, values, ...over });
}

describe('a request as a command', () => {
  it('says only what differs from what is proposed', () => {
    expect(line({}).command).toBe('./slapgrid request cache redis');
    expect(line({ memory: 128 }).command).toBe('./slapgrid request cache redis --parameters memory=128');
  });

  it('is read back by a shell as it was written', () => {
    const { command } = line({ greeting: 'it’s $(me) & "you"' }, { name: "a 'b'" });
    expect(command).toBe(
      String.raw`./slapgrid request 'a '\''b'\''' redis --parameters 'greeting=it’s $(me) & "you"'`,
    );
  });

  it('names the kind, and the URL of what is not in the catalogue', () => {
    const other = { ...software, url: 'https://example.org/software.yaml' };
    expect(line({}, { software: other, typeName: 'forward' }).command).toBe(
      './slapgrid request cache https://example.org/software.yaml --type forward',
    );
  });

  it('reads from a file what no pair can hold', () => {
    const { command, file } = line({ hosts: ['a', 'b'], memory: 128 });
    expect(command).toBe('./slapgrid request cache redis --parameters-file parameters.json');
    expect(JSON.parse(file ?? '')).toEqual({ hosts: ['a', 'b'], memory: 128 });
    expect(line({ greeting: 'two\nlines' }).file).not.toBeNull();
  });

  it('never holds a secret', () => {
    const { command, file, secrets } = line({ password: 'hunter2' });
    expect(command + (file ?? '')).not.toContain('hunter2');
    expect(secrets).toEqual(['Password']);
  });

  it('is there while a value is still being typed', () => {
    expect(line({ extra: '{' }).command).toBe('./slapgrid request cache redis');
  });
});
