/**
 * Names of instances for families that address instances rather than partitions, spelled as slapproxy does (§11.2): name, name of
 * the root that asked for it (empty for a person's) and whether it is shared.
 */
export type InstanceKey = { name: string; requestedBy: string; shared: boolean };

const MARK = '___';

export function instanceKeyGuid({ name, requestedBy, shared }: InstanceKey): string {
  return [name, requestedBy, shared ? '1' : '0'].join(MARK);
}

/**
 * Every instance that `guid` may stand for: more than one when a name contains the mark.
 * Empty for a text that can stand for none.
 */
export function instanceKeysOf(guid: string): InstanceKey[] {
  const match = /^(.*)___([01])$/s.exec(guid);
  if (match === null) return [];
  const [, names = '', flag] = match;
  const keys: InstanceKey[] = [];
  for (let at = names.indexOf(MARK); at !== -1; at = names.indexOf(MARK, at + 1)) {
    keys.push({
      name: names.slice(0, at),
      requestedBy: names.slice(at + MARK.length),
      shared: flag === '1',
    });
  }
  return keys;
}
