import { expect, test } from 'vitest';
import { SlapgridError } from '../../../agent/errors.ts';
import { hasText } from '../../../agent/messages.ts';

test.each([
  'address-taken',
  'address-unusable',
  'log-unusable',
  'process-refused',
  'unit-start-failed',
  'unit-start-unfinished',
])('%s has its sentence and its next step', (code) => {
  expect(hasText(`error.${code}`)).toBe(true);
  expect(hasText(`error.${code}.next`)).toBe(true);
});

test('a port is written without a separator', () => {
  const error = new SlapgridError('address-taken', {
    address: '127.0.3.1',
    port: 18_083,
    holder: 'nginx (process 7)',
  });
  expect(error.message).toBe('127.0.3.1:18083 is used by nginx (process 7). Nothing was changed.');
});
