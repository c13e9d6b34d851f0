/**
 * The OpenAPI 3.1 document of the REST family.
 */
import { z } from 'zod';
import type { SlapDictionary } from '../marshal/values.ts';
import * as schemas from './schemas.ts';

export const OPENAPI_PATH = '/openapi.json';
export const MODULE_PATH = '/software_instance_module/';

const PROBLEM = 'Problem';

const COMPONENTS = {
  InstanceRequest: schemas.instanceRequest,
  InstanceChange: schemas.instanceChange,
  InstanceName: schemas.instanceName,
  ConnectionChange: schemas.connectionChange,
  BangMessage: schemas.bangMessage,
  Instance: schemas.instanceDocument,
  InstanceList: schemas.instanceList,
  Processing: schemas.processing,
  CertificatePair: schemas.certificatePair,
  [PROBLEM]: schemas.problem,
} as const satisfies Record<string, z.ZodType>;

type Component = keyof typeof COMPONENTS;

/** @param url where the master is, without a slash at its end. */
export function openApiDocument(url: string): SlapDictionary {
  return {
    openapi: '3.1.1',
    info: {
      title: 'SlapOS Master, instances',
      version: '1.0.0',
      description:
        'Request, read, change and destroy instances. The other families of the SLAP protocol do the rest.',
    },
    servers: [{ url }],
    paths: PATHS,
    components: { schemas: jsonSchemas() },
  };
}

const guid = { name: 'instance_guid', in: 'path', required: true, schema: { type: 'string' } };

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'The body does not fit',
  403: 'The caller may not do this',
  404: 'There is no such instance',
  406: 'The caller accepts no JSON',
  409: 'Not as things are: no partition is free, the name is taken …',
  413: 'The body is too large',
  415: 'The body is no JSON',
};

const PATHS: SlapDictionary = {
  [MODULE_PATH]: {
    get: operation('listInstances', 'All instances that the caller may see', {
      answers: { 200: ['The instances', 'InstanceList'] },
    }),
    post: operation('requestInstance', 'Request an instance; again with other values changes it', {
      body: 'InstanceRequest',
      answers: {
        200: ['It was there already, and is now as requested', 'Instance'],
        201: ['It has a partition; `Location` is its URL', 'Instance'],
        202: ['It has no partition yet: request it again later', 'Processing'],
      },
      refusals: [409],
    }),
  },
  [`${MODULE_PATH}{instance_guid}`]: {
    parameters: [guid],
    get: operation('readInstance', 'Read an instance', {
      answers: { 200: ['The instance', 'Instance'] },
      refusals: [404],
    }),
    put: operation('changeInstance', 'Change what is requested; what is left out stays', {
      body: 'InstanceChange',
      answers: { 200: ['It changed', 'Instance'], 204: ['It is so already'] },
      refusals: [404, 409],
    }),
    delete: operation('destroyInstance', 'Request that it is destroyed; its node does so', {
      answers: { 202: ['It will be', 'Instance'] },
      refusals: [404],
    }),
  },
  [`${MODULE_PATH}{instance_guid}/instance_id`]: {
    parameters: [guid],
    put: operation('renameInstance', 'Give it another name', {
      body: 'InstanceName',
      answers: { 200: ['It has the name', 'Instance'] },
      refusals: [404, 409],
    }),
  },
  [`${MODULE_PATH}{instance_guid}/connection`]: {
    parameters: [guid],
    put: operation('publish', 'Replace what the instance publishes', {
      body: 'ConnectionChange',
      answers: { 204: ['Published'] },
      refusals: [404],
    }),
  },
  [`${MODULE_PATH}{instance_guid}/bang`]: {
    parameters: [guid],
    post: operation('bangInstance', 'Have the whole tree processed again', {
      body: 'BangMessage',
      answers: { 204: ['It will be'] },
      refusals: [404, 409],
    }),
  },
  [`${MODULE_PATH}{instance_guid}/certificate`]: {
    parameters: [guid],
    get: operation('readCertificate', 'The certificate of the instance, for itself', {
      answers: { 200: ['Empty texts when this master has no authority', 'CertificatePair'] },
      refusals: [404],
    }),
  },
};

type Answers = Readonly<Record<number, readonly [words: string, schema?: Component]>>;

function operation(
  operationId: string,
  summary: string,
  details: { body?: Component; answers: Answers; refusals?: readonly number[] },
): SlapDictionary {
  const refusals = [
    403,
    406,
    ...(details.body === undefined ? [] : [400, 413, 415]),
    ...(details.refusals ?? []),
  ];
  return {
    operationId,
    summary,
    ...(details.body === undefined
      ? {}
      : { requestBody: { required: true, content: content('application/json', details.body) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(details.answers).map(([status, [words, schema]]) => [
          status,
          {
            description: words,
            ...(schema === undefined ? {} : { content: content('application/json', schema) }),
            ...(status === '201' ? { headers: { Location: { schema: { type: 'string' } } } } : {}),
          },
        ]),
      ),
      ...Object.fromEntries(
        refusals.map((status) => [
          String(status),
          {
            description: REFUSALS[status] ?? '',
            content: content('application/problem+json', PROBLEM),
          },
        ]),
      ),
    },
  };
}

function content(type: string, component: Component): SlapDictionary {
  return { [type]: { schema: { $ref: `#/components/schemas/${component}` } } };
}

function jsonSchemas(): SlapDictionary {
  return Object.fromEntries(
    Object.entries(COMPONENTS).map(([name, schema]) => {
      const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
      return [name, plain.parse(rest)];
    }),
  );
}

/** A JSON Schema is JSON. */
const plain = z.custom<SlapDictionary>((value) => typeof value === 'object' && value !== null);
