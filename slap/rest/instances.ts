/**
 * What can be done with instances by REST.
 */
import type { z } from 'zod';
import { masterUrl } from '../addresses.ts';
import { SlapError } from '../errors.ts';
import type { SlapRequest, SlapResponse } from '../http.ts';
import { JsonError, readJson } from '../json/read.ts';
import { isDictionary, type SlapDictionary, type SlapValue } from '../marshal/values.ts';
import type { InstanceRecord, PartitionReference, RequestedState, ServedMaster } from '../master.ts';
import { documentOf, instanceUrl } from './documents.ts';
import { emptyResponse, errorsByName, jsonResponse } from './responses.ts';
import { bangMessage, connectionChange, instanceChange, instanceName, instanceRequest } from './schemas.ts';

/** A body that does not fit, by the names of what is wrong. */
export class BadBody extends Error {
  readonly errors: Readonly<Record<string, string>>;

  constructor(errors: Readonly<Record<string, string>>) {
    super('a body that does not fit');
    this.errors = errors;
  }
}

export type InstanceResource = ReturnType<typeof instanceResource>;

/** @param requester the instance that calls; null: a person. */
export function instanceResource(master: ServedMaster, requester: PartitionReference | null) {
  /** A root's children; no other instance has any. */
  async function childrenOf(instance: InstanceRecord): Promise<string[]> {
    if (instance.shared || instance.requestedBy !== '') return [];
    const tree = await master.listInstances({ of: 'tree', root: instance.name });
    return namesOfChildren(tree, instance);
  }

  async function shown(
    request: SlapRequest,
    status: number,
    instance: InstanceRecord,
  ): Promise<SlapResponse> {
    const url = masterUrl(request);
    const headers = status === 201 ? { location: instanceUrl(url, instance) } : {};
    return jsonResponse(status, documentOf(url, instance, await visibleChildren(instance)), headers);
  }

  /** A node that may see an instance need not see its tree. */
  async function visibleChildren(instance: InstanceRecord): Promise<string[]> {
    try {
      return await childrenOf(instance);
    } catch (error) {
      if (error instanceof SlapError && error.code === 'forbidden') return [];
      throw error;
    }
  }

  /** Only who requested an instance changes what is requested. */
  async function checkRequester(instance: InstanceRecord): Promise<void> {
    const own = requester === null ? null : await master.getInstanceOfPartition(requester);
    const name = own === null ? '' : own.requestedBy || own.name;
    if (name !== instance.requestedBy) {
      throw new SlapError('forbidden', 'Who requested this instance changes it.');
    }
  }

  async function update(
    instance: InstanceRecord,
    change: {
      software_release?: string | undefined;
      instance_type?: string | undefined;
      status?: RequestedState | undefined;
      parameter?: SlapDictionary | undefined;
    },
  ): Promise<{ isChanged: boolean; after: InstanceRecord }> {
    await checkRequester(instance);
    const state = change.status ?? instance.requestedState;
    const answer = await master.requestComputerPartition({
      name: instance.name,
      softwareUrl: change.software_release ?? instance.softwareUrl,
      softwareType: change.instance_type ?? instance.softwareType,
      state,
      parameters: change.parameter ?? requestable(instance.parameters),
      // Where it is.
      filter: { computer_guid: instance.computerId, instance_guid: instance.partitionId },
      shared: instance.shared,
      requester,
      isKnown: true,
    });
    const isGone = instance.shared && state === 'destroyed';
    return {
      isChanged: answer.outcome !== 'unchanged',
      after: isGone ? { ...instance, requestedState: state } : await master.getInstance(instance.guid),
    };
  }

  return {
    async list(request: SlapRequest): Promise<SlapResponse> {
      const url = masterUrl(request);
      const instances = await master.listInstances({ of: 'all' });
      return jsonResponse(200, {
        list: instances.map((instance) => documentOf(url, instance, namesOfChildren(instances, instance))),
      });
    },

    async request(request: SlapRequest): Promise<SlapResponse> {
      const body = bodyOf(instanceRequest, request);
      try {
        const answer = await master.requestComputerPartition({
          name: body.instance_id,
          softwareUrl: body.software_release,
          softwareType: body.instance_type,
          state: body.status ?? null,
          parameters: body.parameter,
          filter: body.sla,
          shared: body.slave,
          requester,
        });
        // One that was asked to be destroyed may be gone.
        if (body.slave && body.status === 'destroyed') return emptyResponse();
        const status = answer.outcome === 'created' ? 201 : 200;
        return await shown(request, status, await master.getInstance(answer.guid));
      } catch (error) {
        if (!(error instanceof SlapError && error.code === 'not-ready')) throw error;
        return jsonResponse(202, { status: 'processing' });
      }
    },

    async read(request: SlapRequest, guid: string): Promise<SlapResponse> {
      return shown(request, 200, await master.getInstance(guid));
    },

    async change(request: SlapRequest, guid: string): Promise<SlapResponse> {
      const body = bodyOf(instanceChange, request);
      const { isChanged, after } = await update(await master.getInstance(guid), body);
      return isChanged ? shown(request, 200, after) : emptyResponse();
    },

    async destroy(request: SlapRequest, guid: string): Promise<SlapResponse> {
      const { after } = await update(await master.getInstance(guid), { status: 'destroyed' });
      return shown(request, 202, after);
    },

    async rename(request: SlapRequest, guid: string): Promise<SlapResponse> {
      const { instance_id: name } = bodyOf(instanceName, request);
      const instance = await findOwn(master, guid);
      await master.renameInstance(instance, name);
      return shown(request, 200, await master.getInstanceOfPartition(instance));
    },

    async publish(request: SlapRequest, guid: string): Promise<SlapResponse> {
      const connection = bodyOf(connectionChange, request);
      const instance = await master.getInstance(guid);
      await master.setConnectionParameters(instance, connection, instance.sharedReference);
      return emptyResponse();
    },

    async bang(request: SlapRequest, guid: string): Promise<SlapResponse> {
      const { log } = bodyOf(bangMessage, request);
      await master.bangInstance(await findOwn(master, guid), log);
      return emptyResponse();
    },

    async certificate(guid: string): Promise<SlapResponse> {
      const pair = await master.getPartitionCertificate(await findOwn(master, guid));
      return jsonResponse(200, { ssl_key: pair.key, ssl_certificate: pair.certificate });
    },
  };
}

/** An instance with a partition of its own. */
async function findOwn(master: ServedMaster, guid: string): Promise<InstanceRecord> {
  const instance = await master.getInstance(guid);
  if (instance.shared) throw new SlapError('conflict', 'A shared instance has no partition of its own.');
  return instance;
}

function namesOfChildren(instances: readonly InstanceRecord[], root: InstanceRecord): string[] {
  if (root.shared || root.requestedBy !== '') return [];
  return instances.filter((instance) => instance.requestedBy === root.name).map(({ name }) => name);
}

/** Stored parameters as they were given: null is what an empty one became (§4). */
function requestable(parameters: SlapDictionary): SlapDictionary {
  return Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, value ?? '']));
}

/** @throws BadBody */
function bodyOf<Schema extends z.ZodType>(schema: Schema, request: SlapRequest): z.output<Schema> {
  const value = jsonOf(request.body);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BadBody(errorsByName(parsed.error, (path) => isMissing(value, path)));
}

function jsonOf(text: string): SlapValue {
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof JsonError) throw new BadBody({ body: 'Must be JSON' });
    throw error;
  }
}

function isMissing(value: SlapValue, [key, ...rest]: readonly PropertyKey[]): boolean {
  if (key === undefined || rest.length > 0 || !isDictionary(value)) return false;
  return !Object.hasOwn(value, key);
}
