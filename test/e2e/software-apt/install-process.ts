/** Installs in a process of its own, so that a test can kill it. Arguments: options of the provider as JSON, then names. */
import process from 'node:process';
import { SlapgridError } from '../../../agent/errors.ts';
import { createAptProvider, type AptProviderOptions } from '../../../agent/software/apt/provider.ts';

const [options = '{}', ...names] = process.argv.slice(2);
const { pretendsSpace, ...rest }: AptProviderOptions & { pretendsSpace?: boolean } = JSON.parse(options);
const provider = createAptProvider({
  ...rest,
  ...(pretendsSpace === true ? { freeBytes: () => Promise.resolve(Number.MAX_SAFE_INTEGER) } : {}),
});

try {
  const tree = await provider.install(names, {
    signal: new AbortController().signal,
    onProgress: ({ step }) => process.stdout.write(`${step}\n`),
  });
  process.stdout.write(`done ${tree.digest}\n`);
} catch (error) {
  process.stdout.write(`failed ${error instanceof SlapgridError ? error.code : String(error)}\n`);
}
