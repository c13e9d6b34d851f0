/**
 * The agent's entry: has what Node compiles of the agent kept beside it, so that the next start need not compile it again: 40 ms of it,
 * and the text of most functions stays out of memory. It goes with the runtime it is of. What is damaged or of another Node is compiled as ever.
 */
import { enableCompileCache } from 'node:module';
import path from 'node:path';
import process from 'node:process';

// Files of the agent are for the agent, whoever started it with whatever mask: most of all what it will run.
process.umask(0o077);
enableCompileCache(path.join(import.meta.dirname, 'compiled'));
await import('./main.ts');
