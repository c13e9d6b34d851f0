/**
 * Values of the marshal format that JavaScript has no own kind for (§3.1, §3.3).
 *
 * A `number` is an integer when it is integral and a float otherwise; {@link Float} is a float whose value happens to be integral.
 * An array is a list, a record a dictionary with text keys, a Map any other dictionary, a Set a set.
 */

/** A value the marshal format can carry. Integers are bigint only beyond Number.MAX_SAFE_INTEGER. */
export type SlapValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | Tuple
  | SlapObject
  | readonly SlapValue[]
  | ReadonlySet<SlapValue>
  | ReadonlyMap<SlapValue, SlapValue>
  | { readonly [key: string]: SlapValue };

export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

export class Tuple {
  readonly items: readonly SlapValue[];

  constructor(items: readonly SlapValue[]) {
    this.items = items;
  }
}

/** The only classes that may travel (§5); all are of the module `slapos.slap.slap`. */
export const SLAP_MODULE = 'slapos.slap.slap';
export const SLAP_CLASSES = ['Computer', 'ComputerPartition', 'SoftwareRelease', 'SoftwareInstance'] as const;
export type SlapClass = (typeof SLAP_CLASSES)[number];

export class SlapObject {
  readonly className: SlapClass;
  /** Constructor arguments. */
  readonly args: readonly SlapValue[];
  /** Attributes. */
  readonly state: SlapDictionary;

  constructor(className: SlapClass, args: readonly SlapValue[], state: SlapDictionary) {
    this.className = className;
    this.args = args;
    this.state = state;
  }
}

/** Without a prototype, so that any text is a safe key. */
export type SlapDictionary = { readonly [key: string]: SlapValue };

/** A dictionary and not one of the other kinds of object. */
export function isDictionary(value: unknown): value is SlapDictionary {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Float) &&
    !(value instanceof Tuple) &&
    !(value instanceof SlapObject) &&
    !(value instanceof Map) &&
    !(value instanceof Set)
  );
}
