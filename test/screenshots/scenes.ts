/**
 * What the pictures show: every screen, and every state of one that a person should be able to recognize.
 */
import type { Scene } from './scene.ts';
import { conditions } from './scenes/conditions.ts';
import { doctor } from './scenes/doctor.ts';
import { first } from './scenes/first.ts';
import { lending } from './scenes/lending.ts';
import { overview } from './scenes/overview.ts';
import { partitions } from './scenes/partitions.ts';
import { pauses } from './scenes/pauses.ts';
import { services } from './scenes/services.ts';
import { settings } from './scenes/settings.ts';
import { usage } from './scenes/usage.ts';

/** In the order of a person who comes to know it. */
export const scenes: readonly Scene[] = [
  ...first,
  ...overview,
  ...services,
  ...partitions,
  ...pauses,
  ...lending,
  ...conditions,
  ...usage,
  ...doctor,
  ...settings,
];
