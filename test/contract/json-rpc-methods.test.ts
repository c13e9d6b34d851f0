/** The methods that upstream’s OpenAPI documents describe (§11.4), and ours. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { METHODS } from '../../slap/json-rpc/methods.ts';
import { RECORDINGS_FOLDER } from './recordings.ts';

const documentsSchema = z.object({
  documents: z.record(
    z.string(),
    z.object({
      methods: z.record(z.string(), z.object({ 'request body': z.json(), 'response 200': z.json() })),
    }),
  ),
});
type Json = z.infer<ReturnType<typeof z.json>>;

const { documents } = documentsSchema.parse(
  JSON.parse(readFileSync(path.join(RECORDINGS_FOLDER, 'openapi-methods.json'), 'utf8')),
);
const methods = new Map(Object.values(documents).flatMap((document) => Object.entries(document.methods)));

/** What cannot be said in JSON Schema says its type in the parameters of its problem. */
const customSchema = z.object({ params: z.object({ type: z.enum(['object', 'number']) }) });

/** One of ours as the list writes it. */
function described(schema: z.ZodType): Json {
  const jsonSchema = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema: written }) => {
      if (zodSchema._zod.def.type !== 'custom') return;
      written.type = customSchema.parse(zodSchema._zod.def).params.type;
    },
  });
  return shapeOf(jsonSchema);
}

type JsonSchema = z.core.JSONSchema._JSONSchema;

function shapeOf(schema: JsonSchema): Json {
  if (typeof schema === 'boolean') return schema;
  const { type, properties, required = [], additionalProperties = true } = schema;
  if (schema.anyOf !== undefined) return oneOf(schema.anyOf.map(shapeOf));
  if (schema.enum !== undefined) return `enum ${schema.enum.join('|')}`;
  if (schema.const !== undefined) return `const ${String(schema.const)}`;
  if (schema.items !== undefined && !Array.isArray(schema.items))
    return { 'array of': shapeOf(schema.items) };
  if (properties !== undefined) {
    const shapes = Object.entries(properties).map(([name, each]) => [name, shapeOf(each)] as const);
    const others = typeof additionalProperties === 'object' ? { type: 'string' } : additionalProperties;
    return { required, additionalProperties: others, properties: Object.fromEntries(shapes) };
  }
  const name = String(type);
  return schema.maxLength === undefined ? name : `${name} maxLength=${schema.maxLength}`;
}

const objectSchema = z.object({ required: z.array(z.string()), properties: z.record(z.string(), z.json()) });

/** The list writes alternatives as one object, and what each of them requires. */
function oneOf(shapes: readonly Json[]): Json {
  const objects = shapes.map((shape) => objectSchema.parse(shape));
  return {
    required: [],
    additionalProperties: false,
    properties: Object.assign({}, ...objects.map(({ properties }) => properties)) as Record<string, Json>,
    'oneOf required': objects.map(({ required }) => required),
  };
}

/** Without what a client cannot see: the order of names, and what is taken when something is left out. */
function withoutOrder(value: Json, key = ''): Json {
  if (typeof value === 'string') return value.replace(/ default=\w+$/, '');
  if (Array.isArray(value)) {
    const items = value.map((each) => withoutOrder(each, key));
    return key.endsWith('required') && items.every((each) => typeof each === 'string') ? items.sort() : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withoutOrder(each, name)]));
}

describe('the methods of the JSON-RPC family', () => {
  it('are those that upstream has', () => {
    expect(Object.keys(METHODS).toSorted()).toEqual([...methods.keys()].toSorted());
  });

  it.each(Object.entries(METHODS))('%s takes and answers what upstream’s does', (name, { body, answer }) => {
    const recorded = methods.get(name);
    expect(withoutOrder(described(body))).toEqual(withoutOrder(recorded?.['request body'] ?? null));
    expect(withoutOrder(described(answer))).toEqual(withoutOrder(recorded?.['response 200'] ?? null));
  });
});
