// Asks a SlapOS master for a service, waits until it is there, and prints how to reach it:
//
//   ./slapgrid proxy url | node examples/request.mjs slapgrid:redis my-cache
//
// The address is a secret, so it comes on standard input, where nobody else can see it.
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { createSlapClient, SlapError } from 'slapgrid-desktop/slap';

const [software, name] = process.argv.slice(2);
if (software === undefined || name === undefined) {
  console.error('Usage: node request.mjs SOFTWARE NAME, with the address of the master on standard input');
  process.exit(2);
}
const url = (await text(process.stdin)).trim();
const slap = createSlapClient({ url });

try {
  const instance = await slap.requestUntilReady({ software, name }, { timeoutMilliseconds: 300_000 });
  console.log(`${name} is in ${instance.partition} of ${instance.computer}:`);
  for (const [key, value] of Object.entries(instance.connection)) console.log(`  ${key}: ${String(value)}`);
} catch (error) {
  if (!(error instanceof SlapError)) throw error;
  console.error(`${name}: ${error.message} (${error.code})`);
  process.exitCode = 1;
}
