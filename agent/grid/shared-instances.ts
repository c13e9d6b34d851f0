/**
 * Shared instances, as the software that hosts them sees them: the parameter `slave_instance_list` (§5.2), for a type whose schema has
 * it as a list of objects. Each has the properties that the schema names. What the software's profile says of `shared` is published for
 * each of them.
 */
import { createHash } from 'node:crypto';
import type { ComputerPartitionRecord } from '../../slap/master.ts';
import type { SlapValue } from '../../slap/marshal/values.ts';
import { SHARED_INSTANCES, sharedInstanceSchema } from '../software/profile/parameter-schema.ts';
import type { SoftwareType } from '../software/profile/schema.ts';
import type { RenderContext } from '../software/types.ts';
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

/** The instance's parameters, and what it hosts where its type wants to know. */
export function parametersWithShared(
  type: Pick<SoftwareType, 'parameters'>,
  target: Pick<ComputerPartitionRecord, 'parameters' | 'sharedInstances'>,
): Readonly<Record<string, unknown>> {
  const wanted = sharedInstanceSchema(type.parameters)?.properties;
  if (wanted === undefined) return target.parameters;
  const hosted = sharedInstancesOf(target).map((shared) =>
    Object.fromEntries(Object.entries(shared).filter(([name]) => Object.hasOwn(wanted, name))),
  );
  return { ...documentOf(target.parameters), [SHARED_INSTANCES]: hosted };
}

/** Those that can be published for, with the checked values that the type wants to know of each. */
export function hostedInstances(
  type: Pick<SoftwareType, 'parameters'>,
  target: Pick<ComputerPartitionRecord, 'sharedInstances'>,
  parameter: Readonly<Record<string, unknown>>,
): NonNullable<RenderContext['shared']> {
  const checked = sharedInstanceSchema(type.parameters) === undefined ? [] : parameter[SHARED_INSTANCES];
  if (!Array.isArray(checked)) return [];
  return target.sharedInstances.flatMap(({ slave_reference: reference }, index) =>
    typeof reference === 'string' ? [{ reference, values: { ...checked[index] } }] : [],
  );
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
    const digest = createHash('sha256')
      .update(JSON.stringify(Object.entries(parameters).sort()))
      .digest('hex');
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
