/**
 * The published JSON Schema of `software.yaml`, for editors and for programs in other languages.
 */
import { z } from 'zod';
import { profileSchema } from './schema.ts';

/** JSON Schema 2020-12 of a profile as it is written, before defaults are filled in. */
export function profileJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(profileSchema, { target: 'draft-2020-12', io: 'input' }),
    title: 'Software release profile',
    description: 'software.yaml, version 1. docs/software-profiles.md explains it.',
  };
}
