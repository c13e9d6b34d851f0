/**
 * The formats a profile can name.
 */
import type { FileFormat } from '../schema.ts';
import { json, yaml } from './documents.ts';
import type { Format } from './format.ts';
import { ini, properties, text, verbatim } from './lines.ts';
import { shell } from './shell.ts';
import { nginx, postgresql, redis } from './words.ts';
import { xml } from './xml.ts';

export const formats: Readonly<Record<FileFormat, Format>> = {
  ini,
  json,
  nginx,
  postgresql,
  properties,
  redis,
  shell,
  text,
  verbatim,
  xml,
  yaml,
};
