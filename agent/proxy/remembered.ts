/**
 * Answers that are given again while nothing changed. Most calls of a SLAP client ask for what they know already: a node for its computer,
 * a client for the instance that it requested.
 *
 * A call that changed nothing, on a database that did not change since, changes nothing again and has the same answer, to the byte. This
 * holds for the calls below: they depend on the database alone and do nothing besides.
 */
import type { SlapHandler, SlapRequest, SlapResponse } from '../../slap/http.ts';

const LOOKING =
  /^(?:GET \/(?:getFullComputerInformation|getComputerInformation|registerComputerPartition)|POST \/slapos\.(?:get\.v0\.(?:software_instance|compute_partition|instance_tree)|allDocs\.v0\.\w+))$/;
const REQUESTING = /^POST \/(?:requestComputerPartition|slapos\.post\.v0\.software_instance)$/;

/** Characters. */
const LONGEST_REQUEST = 16 * 1024;
const LONGEST_ALTOGETHER = 4 * 1024 * 1024;

/**
 * @param changes grows with every change.
 * @param options.requests false: requests may be answered elsewhere, so they are always made.
 */
export function rememberAnswers(
  handler: SlapHandler,
  changes: () => number,
  options: { requests: boolean } = { requests: true },
): SlapHandler {
  const answers = new Map<string, SlapResponse>();
  let length = 0;
  let at = -1;

  const forget = (): void => {
    answers.clear();
    length = 0;
  };
  return async (request) => {
    const call = `${request.method} ${request.path}`;
    const isCandidate =
      request.body.length + request.query.length <= LONGEST_REQUEST &&
      (LOOKING.test(call) || (options.requests && REQUESTING.test(call)));
    if (!isCandidate) return handler(request);
    const before = changes();
    if (before !== at) forget();
    at = before;
    const key = keyOf(request);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = await handler(request);
    const isKept = answer.status === 200 || answer.status === 304;
    if (isKept && changes() === before && at === before) {
      length += key.length + answer.body.length;
      if (length > LONGEST_ALTOGETHER) forget();
      else answers.set(key, answer);
    }
    return answer;
  };
}

/** All that an answer can depend on; no part of a request has this sign but the body, which is last. */
function keyOf({ method, path, query, headers, body }: SlapRequest): string {
  let key = `${method}\0${path}\0${query}\0`;
  for (const name in headers) key += `${name}\0${headers[name] ?? '\0'}\0`;
  return key + body;
}
