import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { NOT_REPLAYED, placesOf, recordedNames } from './ledger.ts';
import { RECORDINGS_FOLDER } from './recordings.ts';

const exchangesSchema = z.object({ exchanges: z.array(z.unknown()).default([]) });

describe('the recorded files', () => {
  it.each(recordedNames())('%s is replayed, or it is said why not', (name) => {
    expect(placesOf(name)).toHaveLength(1);
  });

  it('are all there that are said not to be replayed', () => {
    expect(Object.keys(NOT_REPLAYED).filter((name) => !recordedNames().includes(name))).toEqual([]);
  });

  it.each(Object.entries(NOT_REPLAYED).filter(([, reason]) => reason.endsWith('nothing was sent')))(
    '%s holds no exchange: %s',
    (name) => {
      const file = path.join(RECORDINGS_FOLDER, `${name}.json`);
      expect(exchangesSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).exchanges).toEqual([]);
    },
  );
});
