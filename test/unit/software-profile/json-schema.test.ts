import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { profileJsonSchema } from '../../../agent/software/profile/json-schema.ts';
import { documentWith } from './sample.ts';

const root = new URL('../../../', import.meta.url);

function read(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

function validator() {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);
  return ajv.compile(profileJsonSchema());
}

it('the published schema is the one of the code: node scripts/schema.ts', () => {
  const published: unknown = JSON.parse(read('assets/software/software.schema.json'));
  expect(published).toEqual(JSON.parse(JSON.stringify(profileJsonSchema())));
});

it('accepts every profile that comes with the program', () => {
  const validate = validator();
  const names = readdirSync(new URL('assets/software/', root), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `assets/software/${entry.name}/software.yaml`);
  for (const path of [...names, 'test/fixtures/profiles/mosquitto/software.yaml']) {
    expect([path, validate(parse(read(path))), validate.errors]).toEqual([path, true, null]);
  }
});

it('refuses what the program refuses', () => {
  const validate = validator();
  expect(validate(JSON.parse(documentWith({ colour: 'red' })))).toBe(false);
  expect(validate(JSON.parse(documentWith({ publish: [{ name: 'web', port: 80 }] })))).toBe(false);
});
