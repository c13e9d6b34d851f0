/**
 * Writes the published JSON Schema of software release profiles: `node scripts/schema.ts`, then `npm run format`.
 */
import { writeFileSync } from 'node:fs';
import { profileJsonSchema } from '../agent/software/profile/json-schema.ts';

writeFileSync(
  new URL('../assets/software/software.schema.json', import.meta.url),
  `${JSON.stringify(profileJsonSchema(), null, 2)}\n`,
);
