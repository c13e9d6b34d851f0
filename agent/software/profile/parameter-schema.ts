/**
 * The JSON Schema of a software type's parameters: the part of draft 2020-12 that a form can show and a template can rely
 * on. Closed on purpose: a schema comes from whoever wrote the profile, so it holds nothing that is fetched (`$ref`),
 * nothing that makes a parameter's type depend on another, and its patterns run under a time limit (`bounded-pattern.ts`).
 */
import { z } from 'zod';
import { problem } from './problem.ts';

/** `_` alone is the wire's name for "everything as JSON" (SLAP §4), so no parameter can be called that. */
export const parameterNameSchema = z
  .string()
  .regex(/^(?!__proto__$)[A-Za-z_][A-Za-z0-9_-]{0,99}$/u, problem('parameter-name'))
  .regex(/[^_]/u, problem('parameter-name'));

const annotations = {
  title: z.string().min(1).max(80).optional().describe('What a form and an error call it'),
  description: z.string().min(1).max(1000).optional().describe('One or two sentences below the field'),
  deprecated: z.boolean().optional(),
};

const count = z.int(problem('count')).min(0, problem('count')).max(1_000_000, problem('count'));

const textParameterSchema = z.strictObject({
  type: z.literal('string'),
  ...annotations,
  default: z.string().optional(),
  examples: z.array(z.string()).optional(),
  enum: z.array(z.string()).min(1).optional(),
  const: z.string().optional(),
  minLength: count.optional(),
  maxLength: count.optional(),
  pattern: z
    .string()
    .max(500)
    .refine(isPattern, problem('pattern'))
    .optional()
    .describe('ECMA-262 regular expression with the u flag; not anchored'),
  format: z
    .enum(['date', 'date-time', 'email', 'hostname', 'ipv4', 'ipv6', 'time', 'uri', 'uuid'])
    .optional(),
  contentMediaType: z.string().optional().describe('text/… makes the form offer several lines'),
  writeOnly: z
    .boolean()
    .optional()
    .describe('true: a secret. It is hidden, and refused in commands and environments'),
});

function numberKeywords(value: z.ZodNumber) {
  return {
    ...annotations,
    default: value.optional(),
    examples: z.array(value).optional(),
    enum: z.array(value).min(1).optional(),
    const: value.optional(),
    minimum: value.optional(),
    maximum: value.optional(),
    exclusiveMinimum: value.optional(),
    exclusiveMaximum: value.optional(),
    multipleOf: value.positive().optional(),
    'x-unit': z.string().min(1).max(20).optional().describe('Shown after the number: MB, s, …'),
  };
}

const integerParameterSchema = z.strictObject({ type: z.literal('integer'), ...numberKeywords(z.int()) });
const numberParameterSchema = z.strictObject({ type: z.literal('number'), ...numberKeywords(z.number()) });

const truthParameterSchema = z.strictObject({
  type: z.literal('boolean'),
  ...annotations,
  default: z.boolean().optional(),
  examples: z.array(z.boolean()).optional(),
  const: z.boolean().optional(),
});

type LeafParameterSchema =
  | z.infer<typeof textParameterSchema>
  | z.infer<typeof integerParameterSchema>
  | z.infer<typeof numberParameterSchema>
  | z.infer<typeof truthParameterSchema>;

const listKeywords = {
  ...annotations,
  default: z.array(z.json()).optional(),
  examples: z.array(z.json()).optional(),
  minItems: count.optional(),
  maxItems: count.optional(),
  uniqueItems: z.boolean().optional(),
};
const objectKeywords = {
  ...annotations,
  default: z.record(z.string(), z.json()).optional(),
  examples: z.array(z.json()).optional(),
  required: z.array(z.string()).default([]),
  additionalProperties: z.literal(false).default(false),
};
const listKeywordsSchema = z.object(listKeywords);
const objectKeywordsSchema = z.object(objectKeywords);

type ListParameterSchema = { type: 'array'; items: ParameterSchema } & z.infer<typeof listKeywordsSchema>;
type ObjectParameterSchema = {
  type: 'object';
  properties: Record<string, ParameterSchema>;
} & z.infer<typeof objectKeywordsSchema>;

/** One parameter. */
export type ParameterSchema = LeafParameterSchema | ListParameterSchema | ObjectParameterSchema;

const listParameterSchema = z.strictObject({
  type: z.literal('array'),
  ...listKeywords,
  get items(): z.ZodType<ParameterSchema> {
    return parameterSchema;
  },
});
const objectParameterSchema = z.strictObject({
  type: z.literal('object'),
  ...objectKeywords,
  get properties(): z.ZodType<Record<string, ParameterSchema>> {
    return z.record(parameterNameSchema, parameterSchema);
  },
});

const parameterSchema: z.ZodType<ParameterSchema> = z.discriminatedUnion('type', [
  textParameterSchema,
  integerParameterSchema,
  numberParameterSchema,
  truthParameterSchema,
  listParameterSchema,
  objectParameterSchema,
]);

/** All parameters of a software type: an object that knows exactly its `properties`. */
export const parametersSchema = z.strictObject({
  $schema: z.literal('https://json-schema.org/draft/2020-12/schema').optional(),
  type: z.literal('object'),
  title: annotations.title,
  description: annotations.description,
  properties: z.record(parameterNameSchema, parameterSchema).default({}),
  required: z.array(z.string()).default([]),
  additionalProperties: z.literal(false).default(false),
});

export type ParametersSchema = z.infer<typeof parametersSchema>;

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

/** The parameter by which software learns of the shared instances that it hosts (§5.2). */
export const SHARED_INSTANCES = 'slave_instance_list';

/** One of them; undefined when the software does not want to know them. */
export function sharedInstanceSchema(schema: ParametersSchema): ParametersSchema | undefined {
  const list = Object.hasOwn(schema.properties, SHARED_INSTANCES)
    ? schema.properties[SHARED_INSTANCES]
    : undefined;
  return list?.type === 'array' && list.items.type === 'object' ? list.items : undefined;
}

/** The schema at `path`, or undefined when there is none. */
export function parameterAt(
  schema: Pick<ParametersSchema, 'properties' | 'required'>,
  path: readonly string[],
): { schema: ParameterSchema; always: boolean } | undefined {
  let level: { properties: Record<string, ParameterSchema>; required: readonly string[] } = schema;
  let always = true;
  for (const [index, name] of path.entries()) {
    if (!Object.hasOwn(level.properties, name)) return undefined;
    const found = level.properties[name];
    if (found === undefined) return undefined;
    always &&= level.required.includes(name) || found.default !== undefined;
    if (index === path.length - 1) return { schema: found, always };
    if (found.type !== 'object') return undefined;
    level = found;
  }
  return undefined;
}
