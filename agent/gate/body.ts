/**
 * Request bodies, read whole but never beyond a limit.
 */
import type { IncomingMessage } from 'node:http';
import { SlapgridError } from '../errors.ts';

export const LARGEST_BODY = 1024 * 1024;

/** How long the rest of a body that is refused may take to arrive. */
const DRAIN_MILLISECONDS = 2000;

/**
 * The body as text. What comes after the limit is thrown away as it arrives, so that the refusal can still be read.
 * @throws SlapgridError `body-too-large`, or `body-incomplete` when the sender left.
 */
export function readBody(request: IncomingMessage, limit: number = LARGEST_BODY): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = Number(request.headers['content-length'] ?? 0);
    const tooLarge = (): void => reject(new SlapgridError('body-too-large', { limit }));
    const refuse = (): void => {
      request.off('data', onData);
      // A connection that is closed with unread bytes is reset, and the answer lost with it: the rest is read away first.
      setTimeout(tooLarge, DRAIN_MILLISECONDS).unref();
      request.resume();
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size > limit) refuse();
    };
    request.once('end', () => {
      if (size > limit) tooLarge();
      else resolve(Buffer.concat(chunks).toString('utf8'));
    });
    request.once('error', (error) => reject(new SlapgridError('body-incomplete', {}, { cause: error })));
    request.once('close', () => reject(new SlapgridError('body-incomplete')));
    if (size > limit) {
      refuse();
      return;
    }
    size = 0;
    request.on('data', onData);
  });
}
