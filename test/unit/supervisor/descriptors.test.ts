import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';

const module = path.resolve(import.meta.dirname, '../../../agent/supervisor/descriptors.ts');

test('a descriptor beyond those that Node marks is found', () => {
  const leaked = openSync('/dev/null', 'r');
  const program = `import { inheritableDescriptors } from ${JSON.stringify(module)}; console.log(inheritableDescriptors().includes(119));`;
  const stdio = Array.from({ length: 120 }, (_, number) => (number === 119 ? leaked : ('ignore' as const)));
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit', ...stdio.slice(3)],
    encoding: 'utf8',
  });
  closeSync(leaked);
  expect(stdout).toBe('true\n');
});
