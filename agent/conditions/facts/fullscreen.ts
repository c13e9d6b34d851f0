/**
 * Whether something is shown that must not be disturbed: as the desktop tells, else by what GNOME's session is kept awake for (a film, a
 * presentation). No other desktop tells it to a program that shows nothing.
 */
import type { FollowedProperties } from '../../dbus/properties.ts';
import type { Told } from './source.ts';

/** “Inhibit the session being marked as idle” (`org.gnome.SessionManager`, InhibitedActions). */
const IDLE = 8;

export function fullscreenOfSession(manager: FollowedProperties): Told<boolean> | null {
  const actions = manager.value('InhibitedActions');
  if (typeof actions !== 'number') return null;
  return { value: Math.floor(actions / IDLE) % 2 === 1, source: 'org.gnome.SessionManager' };
}
