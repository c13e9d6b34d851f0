/**
 * Shared instances, as the software that hosts them sees them: the parameter `slave_instance_list` (§5.2), for a type whose schema has
 * it as a list of objects. Each has the properties that the schema names.
 */
import type { ComputerPartitionRecord } from '../../slap/master.ts';
import type { SlapValue } from '../../slap/marshal/values.ts';
import type { SoftwareType } from '../software/profile/schema.ts';
import { documentOf } from './serialisation.ts';

const NAME = 'slave_instance_list';

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
  const { properties } = type.parameters;
  const schema = Object.hasOwn(properties, NAME) ? properties[NAME] : undefined;
  if (schema?.type !== 'array' || schema.items.type !== 'object') return target.parameters;
  const wanted = schema.items.properties;
  const hosted = sharedInstancesOf(target).map((shared) =>
    Object.fromEntries(Object.entries(shared).filter(([name]) => Object.hasOwn(wanted, name))),
  );
  return { ...documentOf(target.parameters), [NAME]: hosted };
}
