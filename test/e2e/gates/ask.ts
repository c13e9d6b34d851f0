/**
 * HTTP requests as anybody on this computer could make them: any header, any bytes.
 */
import { once } from 'node:events';
import http from 'node:http';
import { connect } from 'node:net';

export type Answer = {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
  /** The agent's own code for a refusal; null for anything else. */
  code: string | null;
};

export type Question = {
  path?: string;
  method?: string;
  headers?: http.OutgoingHttpHeaders;
  body?: string | Buffer;
} & ({ origin: string } | { socketPath: string });

export async function ask(question: Question): Promise<Answer> {
  const { path = '/', method = 'GET', headers = {}, body } = question;
  const target =
    'socketPath' in question
      ? { socketPath: question.socketPath }
      : { host: '127.0.0.1', port: new URL(question.origin).port };
  const request = http.request({ ...target, path, method, headers, agent: false });
  request.on('error', () => {
    // The server may end the connection before the body was sent; its answer counts.
  });
  request.end(body);
  const [response]: http.IncomingMessage[] = await once(request, 'response');
  if (response === undefined) throw new Error('no answer');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  return { status: response.statusCode ?? 0, headers: response.headers, body: text, code: codeIn(text) };
}

/** Calls a procedure without any client: the input is the JSON of one call. */
export function callProcedure(
  target: { origin: string } | { socketPath: string },
  token: string | null,
  procedure: string,
  input?: unknown,
  method = 'POST',
): Promise<Answer> {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
  const query =
    method === 'GET' && input !== undefined ? `?input=${encodeURIComponent(JSON.stringify(input))}` : '';
  return ask({
    ...target,
    path: `/trpc/${procedure}${query}`,
    method,
    headers: { ...authorization, 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: JSON.stringify(input ?? {}) } : {}),
  });
}

/** Exchanges the code of a link for a session. */
export function exchange(origin: string, code: string): Promise<Answer> {
  return ask({
    origin,
    path: '/link',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  });
}

export function codeOf(link: string): string {
  return new URL(link).hash.replace('#link=', '');
}

/** Signs in through a link, as the page does. @returns the bearer token. */
export async function signIn(origin: string, link: string): Promise<string> {
  const { body } = await exchange(origin, codeOf(link));
  const { token }: { token: string } = JSON.parse(body);
  return token;
}

/** Everything the server says to raw bytes until it ends the connection. */
export async function sendBytes(origin: string, bytes: Buffer | string): Promise<string> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.on('error', () => {
    // Being cut off is an answer, too.
  });
  socket.write(bytes);
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
  await once(socket, 'close');
  return answer;
}

function codeIn(text: string): string | null {
  return /"slapgrid":\{"code":"([\w-]+)"/u.exec(text)?.[1] ?? null;
}
