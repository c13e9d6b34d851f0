/** Measures a partition's folder again and again, until it is killed. */
import process from 'node:process';
import { measure } from '../../../agent/sandbox/inside.ts';
import type { PartitionIdentity } from '../../../agent/sandbox/types.ts';

const [identity = '', folder = ''] = process.argv.slice(2);
const whose: PartitionIdentity = JSON.parse(identity);
for (;;) {
  const measuring = measure(whose, folder);
  console.log('measuring');
  await measuring;
}
