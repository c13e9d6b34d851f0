/**
 * A refusal of the local master in words for a person.
 */
import { SlapError } from '../../slap/errors.ts';
import { SlapgridError } from '../errors.ts';

/**
 * @param about the instance that was asked for, and how many partitions there are.
 * @returns a SlapgridError for what a person can do something about; anything else as it is.
 */
export function proxyError(error: unknown, about: { name: string; partitionCount: number }): unknown {
  if (!(error instanceof SlapError)) return error;
  const { name } = about;
  switch (error.code) {
    case 'no-free-partition':
      return new SlapgridError('no-free-partition', { count: about.partitionCount }, { cause: error });
    case 'no-host':
      return new SlapgridError('no-shared-host', { name }, { cause: error });
    case 'name-in-use':
      return new SlapgridError('name-in-use', { name }, { cause: error });
    default:
      return new SlapgridError('request-refused', { name, problem: error.message }, { cause: error });
  }
}
