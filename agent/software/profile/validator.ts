/**
 * JSON Schema validation of parameters by ajv, draft 2020-12, strict. Schemas have passed `parameter-schema.ts`.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { boundedPattern } from './bounded-pattern.ts';
import type { ParameterSchema, ParametersSchema } from './parameter-schema.ts';

let ajv: Ajv2020 | undefined;

function compiler(): Ajv2020 {
  if (ajv !== undefined) return ajv;
  ajv = new Ajv2020({
    strict: true,
    allErrors: true,
    verbose: true,
    useDefaults: true,
    ownProperties: true,
    // The meta-schema says nothing that parameter-schema.ts does not.
    validateSchema: false,
    addUsedSchema: false,
    code: { regExp: Object.assign(boundedPattern, { code: 'boundedPattern' }) },
  });
  ajv.addKeyword('x-unit');
  formats.default(ajv, ['date', 'date-time', 'email', 'hostname', 'ipv4', 'ipv6', 'time', 'uri', 'uuid']);
  return ajv;
}

const compiled = new WeakMap<ParametersSchema, ValidateFunction>();

/** Validates an object of parameters and fills defaults in, in place. */
export function parametersValidator(schema: ParametersSchema): ValidateFunction {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    const { $schema: _dialect, ...rest } = schema;
    validate = compiler().compile(rest);
    compiler().removeSchema(rest);
    compiled.set(schema, validate);
  }
  return validate;
}

/** Whether one parameter may have this value. */
export function isValidFor(schema: ParameterSchema, value: unknown): boolean {
  // ajv takes a default at the top of a schema for a mistake, since it would never be used.
  const { default: _default, ...rest } = schema;
  const valid = compiler().validate(rest, structuredClone(value));
  compiler().removeSchema(rest);
  return valid;
}
