/**
 * The software release profile, `software.yaml`: one zod schema for its shape. What a shape cannot say (names that must
 * exist, templates that must stand where they are safe) is in `check.ts`. The published JSON Schema is made from this file
 * (`scripts/schema.ts`).
 */
import { z } from 'zod';
import { parametersSchema } from './parameter-schema.ts';
import { problem } from './problem.ts';

/** A whole number between two limits, with one sentence whatever is wrong with it. */
function wholeNumber(minimum: number, maximum: number): z.ZodInt {
  const error = problem('between', { minimum: String(minimum), maximum: String(maximum) });
  return z.int(error).min(minimum, error).max(maximum, error);
}

/** Names that become file, unit and template names. */
const nameSchema = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/u, problem('name'));

/** One line that is shown. */
const lineSchema = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .regex(/^[^\p{Cc}]*$/u, problem('one-line'));

/** Relative, without `.` and `..`, of characters that need no quoting anywhere. */
const relativePathSchema = z
  .string()
  .max(200)
  .regex(/^(?!\.{1,2}(?:\/|$))[\w.-]+(?:\/(?!\.{1,2}(?:\/|$))[\w.-]+)*$/u, problem('relative-path'));

// oxlint-disable-next-line no-control-regex -- NUL cannot be passed to a program at all
const NO_NUL = /^[^\u0000]*$/u;
const templateSchema = z.string().max(4096).regex(NO_NUL, problem('nul'));

/** Text in which a lookup would be taken literally, which nobody wants. */
const literalSchema = z.string().regex(/^(?![\s\S]*\{\{)/u, problem('no-template'));

const commandSchema = z
  .array(templateSchema)
  .min(1)
  .max(200)
  .refine((command) => /^(?:\/(?!\.{1,2}(?:\/|$))[\w.+-]+)+$/u.test(command[0] ?? ''), {
    ...problem('absolute-command'),
    path: [0],
  })
  .describe('Absolute program and its arguments; each element is one argument, no shell reads them');

const environmentSchema = z
  .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/u, problem('environment-name')), templateSchema)
  .default({});

const FORMATS = [
  'ini',
  'json',
  'nginx',
  'postgresql',
  'properties',
  'redis',
  'shell',
  'text',
  'verbatim',
  'xml',
  'yaml',
] as const;

const fileSchema = z.strictObject({
  path: relativePathSchema.describe('Below /srv/conf'),
  format: z.enum(FORMATS).describe('How values are escaped, and where a lookup may stand'),
  content: z
    .string()
    .max(262_144)
    .regex(NO_NUL, problem('nul'))
    .describe(
      'Text with lookups: {{ parameter.… }}, {{ secret.… }}, {{ address.….port }}, {{ instance.… }}, {{ slap.… }}',
    ),
  executable: z.boolean().default(false),
});

const setupSchema = z.strictObject({
  name: nameSchema,
  command: commandSchema,
  environment: environmentSchema,
  unless: relativePathSchema.optional().describe('Below /srv/data; the step is done when it exists'),
  timeout: wholeNumber(1, 3600).default(300).describe('Seconds'),
});

const serviceSchema = z.strictObject({
  name: nameSchema,
  command: commandSchema,
  environment: environmentSchema,
  stop: z
    .strictObject({
      signal: z.enum(['SIGTERM', 'SIGINT', 'SIGQUIT']).default('SIGTERM'),
      timeout: wholeNumber(1, 600).default(30).describe('Seconds until it is killed'),
    })
    .prefault({}),
});

const publishSchema = z.strictObject({
  name: nameSchema,
  port: wholeNumber(1024, 65_535).describe('The service listens on 127.0.0.1 at this port'),
});

const promiseTiming = {
  name: nameSchema,
  period: wholeNumber(5, 86_400).default(60).describe('Seconds between two checks'),
  timeout: wholeNumber(1, 300).default(10).describe('Seconds'),
};

/** Characters U+0000 to U+00FF, each one byte. */
const bytesSchema = literalSchema
  .min(1)
  .max(1024)
  // oxlint-disable-next-line no-control-regex -- these are bytes
  .regex(/^[\u0000-\u00ff]*$/u, problem('bytes'));

const promiseSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...promiseTiming,
    kind: z.literal('tcp'),
    address: nameSchema.describe('A name in publish'),
    send: bytesSchema.optional().describe('Bytes to send first; each character is one byte'),
    expect: bytesSchema.optional().describe('Bytes the answer must begin with'),
  }),
  z.strictObject({
    ...promiseTiming,
    kind: z.literal('http'),
    address: nameSchema.describe('A name in publish'),
    path: literalSchema
      .max(1024)
      .regex(/^\/[\x21-\x7e]*$/u, problem('http-path'))
      .default('/'),
    status: wholeNumber(100, 599).default(200),
  }),
  z.strictObject({
    ...promiseTiming,
    kind: z.literal('command'),
    command: commandSchema,
    environment: environmentSchema,
  }),
]);

const secretSchema = z.strictObject({
  length: wholeNumber(16, 128).default(32),
  alphabet: z.enum(['alphanumeric', 'hexadecimal']).default('alphanumeric'),
});

/** What is published, by name. */
const connectionSchema = z
  .record(z.string().regex(/^[A-Za-z][A-Za-z0-9._-]{0,99}$/u, problem('connection-key')), templateSchema)
  .default({});

const softwareTypeSchema = z.strictObject({
  title: lineSchema(80).optional(),
  description: lineSchema(500).optional(),
  parameters: parametersSchema.prefault({ type: 'object' }),
  secrets: z.record(nameSchema, secretSchema).default({}).describe('Made once for each instance'),
  files: z.array(fileSchema).max(100).default([]),
  setup: z.array(setupSchema).max(20).default([]).describe('Run in order before the services start'),
  services: z.array(serviceSchema).min(1).max(20),
  publish: z.array(publishSchema).max(20).default([]),
  promises: z.array(promiseSchema).max(20).default([]),
  connection: connectionSchema.describe('What the instance publishes'),
  shared: z
    .strictObject({
      connection: connectionSchema.describe(
        'What is published for each of slave_instance_list; {{ shared.… }} is a property of it',
      ),
    })
    .prefault({})
    .describe('Shared instances that it hosts'),
});

/** `RootSoftwareInstance` is what clients say when they mean `default` (SLAP §13.4), so it cannot be another type. */
const typeNameSchema = z
  .string()
  .regex(/^(?!RootSoftwareInstance$)[A-Za-z][A-Za-z0-9._-]{0,99}$/u, problem('type-name'));

const componentSchema = z.strictObject({
  provider: z.literal('apt'),
  packages: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9+.-]{1,99}$/u, problem('package-name')))
    .min(1)
    .max(100)
    .describe('Debian packages; what they depend on comes with them'),
});

export const profileSchema = z.strictObject({
  schema: z.literal(1).describe('The version of this format'),
  name: nameSchema,
  title: lineSchema(80),
  description: lineSchema(500),
  category: z
    .enum([
      'cache',
      'database',
      'language-stack',
      'mail',
      'office-conversion',
      'proxy',
      'storage',
      'virtual-machine',
      'web-application',
      'web-server',
    ])
    .describe('Chooses the picture'),
  homepage: z.url({ protocol: /^https?$/u }).optional(),
  version: lineSchema(40).describe('Of this profile, in quotes'),
  serialisation: z
    .enum(['xml', 'json-in-xml'])
    .default('json-in-xml')
    .describe('How clients send the parameters'),
  components: z.array(componentSchema).length(1),
  types: z.record(typeNameSchema, softwareTypeSchema).describe('Software types; one is called default'),
});

export type Profile = z.infer<typeof profileSchema>;
export type SoftwareType = z.infer<typeof softwareTypeSchema>;
export type FileFormat = (typeof FORMATS)[number];

/** Keys that mean something in a later version of the format, by the object they belong to. */
export const RESERVED_KEYS: ReadonlySet<string> = new Set(['instances', 'migrations']);
