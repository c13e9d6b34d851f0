/**
 * What goes wrong with a master, in words for a person.
 */
import { SlapError } from '../../slap/errors.ts';
import { UnreachableError } from '../../slap/unreachable.ts';
import { SlapgridError } from '../errors.ts';
import { text } from '../messages.ts';

/**
 * Any failure of a call to a master. What already has its words is returned as it is.
 * @param host `host` or `host:port` of what was called: never a whole URL, which may hold a capability.
 */
export function masterProblem(error: unknown, host: string): SlapgridError {
  if (error instanceof SlapgridError) return error;
  const cause = { cause: error };
  if (error instanceof UnreachableError) return unreachable(error, host);
  if (!(error instanceof SlapError)) {
    return new SlapgridError('master-answer', { host, detail: text('account.answer.unreadable') }, cause);
  }
  switch (error.code) {
    case 'forbidden':
    case 'unauthorized':
      return new SlapgridError('computer-refused', { host }, cause);
    case 'unreachable':
      return new SlapgridError('master-unreachable', { host, why: text('account.why.other') }, cause);
    case 'invalid-document':
      return new SlapgridError('master-answer', { host, detail: text('account.answer.unreadable') }, cause);
    default: {
      const detail = text('account.answer.status', { status: String(error.status) });
      return new SlapgridError('master-answer', { host, detail }, cause);
    }
  }
}

function unreachable(error: UnreachableError, host: string): SlapgridError {
  const { reason } = error;
  const cause = { cause: error };
  switch (reason) {
    case 'no-network':
      return new SlapgridError('master-no-network', { host }, cause);
    case 'not-tls':
      return new SlapgridError('master-not-tls', { host }, cause);
    case 'unknown-authority':
      return new SlapgridError('certificate-unknown', { host, fingerprint: 'none' }, cause);
    case 'wrong-host':
      return new SlapgridError('certificate-wrong-host', { host }, cause);
    case 'expired':
      return new SlapgridError('certificate-expired', { host }, cause);
    case 'not-yet-valid':
      return new SlapgridError('clock-wrong', { host }, cause);
    case 'caller-refused':
      return new SlapgridError('computer-refused', { host }, cause);
    case 'elsewhere':
    case 'too-large':
      return new SlapgridError('master-answer', { host, detail: text(`account.answer.${reason}`) }, cause);
    case 'name':
    case 'refused':
    case 'silent':
    case 'interrupted':
    case 'other':
      return new SlapgridError('master-unreachable', { host, why: text(`account.why.${reason}`) }, cause);
  }
}
