/**
 * Fetches a profile over HTTP. Certificates are always verified, whatever the environment says; nothing that identifies
 * the person is sent.
 */
import http from 'node:http';
import process from 'node:process';
import { SlapgridError, systemErrorCode } from '../../errors.ts';
import { LONGEST_DOCUMENT } from './document.ts';

/**
 * The bytes at an http: or https: URL.
 * @throws SlapgridError `profile-unreachable`, `unknown-software` (nothing is there), `cancelled`.
 */
export type Download = (url: string, signal?: AbortSignal) => Promise<Uint8Array>;

export type DownloadOptions = {
  timeoutMilliseconds?: number;
  /** PEM certificates to trust besides those Node.js comes with. */
  certificateAuthorities?: readonly string[];
  /** Where `HTTPS_PROXY` and the like are read from. */
  environment?: NodeJS.ProcessEnv;
};

const MOST_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export function createDownload(options: DownloadOptions = {}): Download {
  const timeout = options.timeoutMilliseconds ?? 15_000;
  return async (url, signal) => {
    const deadline = AbortSignal.timeout(timeout);
    const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    try {
      return await follow(new URL(url), either, options);
    } catch (error) {
      if (signal?.aborted === true) throw new SlapgridError('cancelled', {}, { cause: error });
      if (error instanceof SlapgridError) throw error;
      const reason = deadline.aborted ? 'timeout' : networkReason(error);
      throw unreachable(url, reason, { seconds: timeout / 1000, detail: detailOf(error) }, error);
    }
  };
}

function unreachable(
  url: string,
  reason: string,
  parameters: Readonly<Record<string, string | number>> = {},
  cause?: unknown,
): SlapgridError {
  return new SlapgridError('profile-unreachable', { url, reason, ...parameters }, { cause });
}

async function follow(start: URL, signal: AbortSignal, options: DownloadOptions): Promise<Uint8Array> {
  let url = start;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
    const answer = await get(url, signal, options);
    if (answer.location === undefined) return answer.body;
    const next = URL.canParse(answer.location, url) ? new URL(answer.location, url) : undefined;
    const isSafe = next?.protocol === 'https:' || (next?.protocol === 'http:' && url.protocol === 'http:');
    if (next === undefined || !isSafe || next.username !== '' || next.password !== '') {
      throw unreachable(start.href, 'redirect');
    }
    url = next;
  }
  throw unreachable(start.href, 'redirects');
}

type Answer = { location: string; body?: never } | { location?: never; body: Uint8Array };

function get(url: URL, signal: AbortSignal, options: DownloadOptions): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const proxyEnv = options.environment ?? process.env;
  const headers = { accept: 'application/yaml, text/plain, */*;q=0.5', 'user-agent': 'slapgrid' };
  const extra = options.certificateAuthorities;
  // Loaded when it is used: an agent whose software is of the catalogue never needs TLS, which is large.
  const https = process.getBuiltinModule('node:https');
  const request =
    url.protocol === 'https:'
      ? https.request(url, {
          signal,
          headers,
          agent: new https.Agent({
            proxyEnv,
            rejectUnauthorized: true,
            ...(extra === undefined ? {} : { ca: [...extra] }),
          }),
        })
      : http.request(url, { signal, headers, agent: new http.Agent({ proxyEnv }) });
  request.on('error', reject);
  request.on('response', (response) => {
    response.on('error', reject);
    const status = response.statusCode ?? 0;
    if (REDIRECTS.has(status) && response.headers.location !== undefined) {
      response.destroy();
      resolve({ location: response.headers.location });
    } else if (status === 404 || status === 410) {
      response.destroy();
      reject(new SlapgridError('unknown-software', { reference: url.href }));
    } else if (status === 200) {
      readBody(url, response).then((body) => resolve({ body }), reject);
    } else {
      response.destroy();
      reject(unreachable(url.href, 'status', { status: String(status) }));
    }
  });
  request.end();
  return promise;
}

async function readBody(url: URL, response: http.IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError('a body without encoding is bytes');
    size += chunk.byteLength;
    // Leaving the loop destroys the response.
    if (size > LONGEST_DOCUMENT) throw unreachable(url.href, 'too_large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Codes of OpenSSL's verification, as Node.js names them. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME|HOSTNAME_MISMATCH/u;

function networkReason(error: unknown): string {
  const code = systemErrorCode(error) ?? '';
  if (CERTIFICATE.test(code)) return 'certificate';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'name';
  return 'network';
}

function detailOf(error: unknown): string {
  return systemErrorCode(error) ?? (error instanceof Error ? error.message : String(error));
}
