/** Whether the connection is paid for by what is sent: as NetworkManager tells (`NMMetered`), its guess included, for it has seen more. */
import type { FollowedProperties } from '../../dbus/properties.ts';
import type { Told } from './source.ts';

const METERED: ReadonlyMap<unknown, boolean> = new Map([
  [1, true],
  [2, false],
  [3, true],
  [4, false],
]);

export function meteredOfNetworkManager(manager: FollowedProperties): Told<boolean> | null {
  const value = METERED.get(manager.value('Metered'));
  return value === undefined ? null : { value, source: 'NetworkManager' };
}
