/**
 * Shared instances, as the software that hosts them sees them: the parameter `slave_instance_list` (§5.2), for a type whose schema has
 * it as a list of objects. Each has the properties that the schema names. What the software's profile says of `shared` is published for
 * each of them.
 */
import { createHash } from 'node:crypto';
import type { ComputerPartitionRecord } from '../../slap/master.ts';
import type { SlapValue } from '../../slap/marshal/values.ts';
import { SlapgridError } from '../errors.ts';
import { SHARED_INSTANCES, sharedInstanceSchema } from '../software/profile/parameter-schema.ts';
import type { SoftwareType } from '../software/profile/schema.ts';
import type { ProfileRenderer, RenderContext } from '../software/types.ts';
import type { InstanceRecords } from './instance-record.ts';
import { documentOf, publishedParameters } from './serialisation.ts';
import type { StartedInstance } from './start-instance.ts';
import type { GridTools } from './tools.ts';

/** The scalars of it; nothing else is flat in a list of parameters. */
export type SharedInstance = Readonly<Record<string, string | number | boolean | null>>;

/** What the master says of them, in kinds that JSON has. */
export function sharedInstancesOf({
  sharedInstances,
}: Pick<ComputerPartitionRecord, 'sharedInstances'>): SharedInstance[] {
  return sharedInstances.map((shared) =>
    Object.fromEntries(
      Object.entries(shared).filter((entry): entry is [string, string | number | boolean | null] =>
        isScalar(entry[1]),
      ),
    ),
  );
}

/** By what the host publishes for each. */
export function sharedReferences(target: Pick<ComputerPartitionRecord, 'sharedInstances'> | null): string[] {
  return (target?.sharedInstances ?? [])
    .map(({ slave_reference: reference }) => reference)
    .filter((reference) => typeof reference === 'string');
}

function isScalar(value: SlapValue): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/**
 * What the type wants to know of each. One whose parameters it does not allow is left out: it is another's request, and of no matter to the
 * host or the others.
 */
export function hostedInstances(
  type: Pick<SoftwareType, 'parameters'>,
  target: Pick<ComputerPartitionRecord, 'sharedInstances'>,
  renderer: Pick<ProfileRenderer, 'parameters'>,
): NonNullable<RenderContext['shared']> {
  const schema = sharedInstanceSchema(type.parameters);
  if (schema === undefined) return [];
  return sharedInstancesOf(target).flatMap((shared) => {
    const reference = shared['slave_reference'];
    if (typeof reference !== 'string') return [];
    const wanted = Object.entries(flat(shared)).filter(([name]) => Object.hasOwn(schema.properties, name));
    try {
      return [{ reference, values: renderer.parameters({ parameters: schema }, Object.fromEntries(wanted)) }];
    } catch (error) {
      if (error instanceof SlapgridError) return [];
      throw error;
    }
  });
}

/** Its own parameters may have come in the `_` convention; what the master says of it wins. */
function flat({ _: wrapped, ...shared }: SharedInstance): Readonly<Record<string, unknown>> {
  return typeof wrapped === 'string' ? { ...documentOf({ _: wrapped }), ...shared } : shared;
}

/** The instance's parameters, and what it hosts where its type wants to know. */
export function parametersWithShared(
  type: Pick<SoftwareType, 'parameters'>,
  target: Pick<ComputerPartitionRecord, 'parameters'>,
  hosted: NonNullable<RenderContext['shared']>,
): Readonly<Record<string, unknown>> {
  if (sharedInstanceSchema(type.parameters) === undefined) return target.parameters;
  return { ...documentOf(target.parameters), [SHARED_INSTANCES]: hosted.map(({ values }) => values) };
}

/**
 * Tells the master what is published for each shared instance, when that changed since it was told. Each is tried, whatever fails with
 * another; what went away meanwhile is not told.
 * @throws what was thrown first.
 */
export async function publishShared(
  target: ComputerPartitionRecord,
  { rendered, software }: StartedInstance,
  tools: Pick<GridTools, 'master'>,
  records: InstanceRecords,
): Promise<void> {
  const before = await records.readPublished();
  const hosted = new Set(sharedReferences(target));
  const told = new Map(before.filter(([reference]) => hosted.has(reference)));
  const failures: unknown[] = [];
  for (const { reference, connection } of rendered.shared) {
    if (!hosted.has(reference)) continue;
    const parameters = publishedParameters(software.record.profile, connection);
    const digest = createHash('sha256').update(JSON.stringify(parameters)).digest('hex');
    if (told.get(reference) === digest) continue;
    try {
      await tools.master.setConnectionParameters(target, parameters, reference);
      told.set(reference, digest);
    } catch (error) {
      failures.push(error);
    }
  }
  await records.writePublished([...told]);
  if (failures.length > 0) throw failures[0];
}
