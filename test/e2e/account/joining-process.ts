/**
 * Tries to join a master from wherever this process is, and says how it ended. Arguments: the address of the calls and of the pages,
 * and the fingerprint to accept. The token is read from standard input.
 */
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { JoiningComputer } from '../../unit/account/joining.ts';

const [masterUrl = '', masterUrlWeb = '', fingerprint = ''] = process.argv.slice(2);
const token = await text(process.stdin);
const computer = new JoiningComputer();
const { account } = await computer.start();
const ending = await account
  .registerNode({
    name: 'my laptop',
    token,
    masterUrl,
    masterUrlWeb,
    partitions: 1,
    acceptedFingerprints: [fingerprint],
  })
  .then(
    () => 'joined',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  );
process.stdout.write(JSON.stringify({ ending, kept: await computer.kept() }));
process.exit(0);
