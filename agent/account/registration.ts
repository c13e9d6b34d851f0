/**
 * Asking a master's pages for a computer: everything that can be wrong is looked for before the token is spent.
 */
import { SlapError } from '../../slap/errors.ts';
import type { SlapResponse, SlapTransport } from '../../slap/http.ts';
import { registerComputer, type RegisteredComputer } from '../../slap/register/client.ts';
import { createHttpTransport } from '../../slap/transport.ts';
import { SlapgridError } from '../errors.ts';
import { trustedWith } from './authorities.ts';
import { masterProblem } from './problems.ts';

/** Tokens hold for hours: what is further apart is a clock that is wrong. */
const CLOCK_TOLERANCE_MILLISECONDS = 3_600_000;

/**
 * @throws SlapgridError `computer-name-invalid`.
 */
export function checkedComputerName(written: string): string {
  const name = written.trim();
  if (name === '' || name.length > 200 || /\p{Cc}/u.test(name)) {
    throw new SlapgridError('computer-name-invalid', {
      name: name.replaceAll(/\p{Cc}/gu, '�').slice(0, 200),
    });
  }
  return name;
}

/**
 * Spends the token.
 * @param given.authorities PEM texts accepted for the server of the pages; null: the usual ones.
 * @throws SlapgridError `token-refused`, `computer-name-in-use`, `clock-wrong`, what {@link masterProblem} says.
 */
export async function requestComputer(given: {
  webUrl: URL;
  name: string;
  token: string;
  authorities: string | null;
  timeoutMilliseconds: number;
  now: () => Date;
}): Promise<RegisteredComputer> {
  const { webUrl, name, now, timeoutMilliseconds } = given;
  const { host } = webUrl;
  const token = given.token.trim();
  // What cannot be in a header cannot be a token.
  if (!/^[\u0021-\u007e]+$/.test(token)) throw new SlapgridError('token-refused', { host });
  const clock = new ServerClock(
    createHttpTransport({ url: webUrl.href, timeoutMilliseconds, tls: trustedWith(given.authorities) }),
    now,
  );
  try {
    return await registerComputer({ transport: clock.transport, name, token });
  } catch (error) {
    if (error instanceof SlapError) {
      const cause = { cause: error };
      if (error.code === 'name-in-use') {
        throw new SlapgridError('computer-name-in-use', { host, name }, cause);
      }
      if (error.code === 'forbidden' || error.code === 'unauthorized') {
        const code = clock.isFarAway ? 'clock-wrong' : 'token-refused';
        throw new SlapgridError(code, { host }, cause);
      }
    }
    throw masterProblem(error, host);
  }
}

/** Notices what time a server says it is. */
class ServerClock {
  isFarAway = false;
  readonly transport: SlapTransport;

  constructor(transport: SlapTransport, now: () => Date) {
    this.transport = async (request) => {
      const response = await transport(request);
      this.isFarAway = isFarAway(response, now());
      return response;
    };
  }
}

function isFarAway(response: SlapResponse, now: Date): boolean {
  const said = Date.parse(response.headers['date'] ?? '');
  return Math.abs(said - now.getTime()) > CLOCK_TOLERANCE_MILLISECONDS;
}
