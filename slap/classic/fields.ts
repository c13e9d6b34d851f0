/**
 * The fields of a classic call: its query, or its body.
 */
import { mediaType } from '../accept.ts';
import { SlapError } from '../errors.ts';
import { FORM_TYPE, type SlapRequest } from '../http.ts';

/**
 * No body is a form without fields, as with upstream; a body of another type is refused.
 * @throws SlapError 400 with the status' usual words.
 */
export function formFields(verb: 'GET' | 'POST', request: SlapRequest): URLSearchParams {
  if (request.body !== '' && mediaType(request) !== FORM_TYPE) throw new SlapError('bad-request', '');
  const encoded = verb === 'GET' ? request.query : request.body;
  const fields = new URLSearchParams(encoded);
  // What is no UTF-8 would be read as this sign.
  const isDamaged = [...fields.values()].some((value) => value.includes('\uFFFD'));
  if (isDamaged && !/%EF%BF%BD|\uFFFD/i.test(encoded)) throw new SlapError('bad-request', '');
  return fields;
}
