/**
 * The classic registration of a computer (§14.4): a token of a person's page is exchanged for the computer's certificate.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { SlapError, slapErrorOfStatus } from '../errors.ts';
import { errorMessage } from '../html.ts';
import { FORM_TYPE, type SlapTransport } from '../http.ts';

export type RegisteredComputer = {
  /** `COMP-…` */
  computerId: string;
  /** PEM texts; what stood before them is left out. */
  certificate: string;
  key: string;
};

/** How a master says that the name belongs to a computer whose certificate holds. */
const NAME_IN_USE = 'Certificate still active.';

/**
 * Registers once: a token works once, and so does a name. Nothing is repeated here.
 * @param options.transport to the pages of the master. It must verify who they are: it carries the token.
 * @throws SlapError `forbidden` for a token that is not accepted, `name-in-use`, `invalid-document` for an answer that holds no
 * certificate, what the status says otherwise.
 */
export async function registerComputer(options: {
  transport: SlapTransport;
  /** What the computer will be called. */
  name: string;
  token: string;
  userAgent?: string;
}): Promise<RegisteredComputer> {
  const { status, body } = await options.transport({
    method: 'POST',
    path: '/Person_requestComputer',
    query: '',
    headers: {
      'user-agent': options.userAgent ?? 'slapgrid',
      accept: '*/*',
      'content-type': FORM_TYPE,
      'x-access-token': options.token,
    },
    body: new URLSearchParams({ title: options.name }).toString(),
  });
  if (status >= 200 && status < 300) return readComputer(body);
  if (status !== 403 && body.includes(NAME_IN_USE)) {
    throw new SlapError('name-in-use', `${options.name} is in use`, { status });
  }
  throw slapErrorOfStatus(
    status,
    errorMessage(body) ?? `the registration was answered with status ${status}`,
  );
}

const answerSchema = z.object({
  certificate: z.string(),
  key: z.string(),
  reference: z.string().nullish(),
});

function readComputer(body: string): RegisteredComputer {
  const answer = answerSchema.safeParse(jsonOf(body));
  if (!answer.success) throw invalid('the answer is no computer’s certificate');
  const { key, reference } = answer.data;
  const certificate = BLOCKS.exec(answer.data.certificate)?.[0];
  if (certificate === undefined) throw invalid('the certificate is none');
  const parsed = checkedPair(certificate, key);
  const computerId = [
    reference,
    commonName(parsed),
    /COMP-.*?(?=\/email)/.exec(answer.data.certificate)?.[0],
  ].find((text) => text !== undefined && text !== null && text !== '');
  if (computerId === undefined || computerId === null || !REFERENCE.test(computerId)) {
    throw invalid('the answer does not say what the computer is called');
  }
  return { computerId, certificate: `${certificate}\n`, key };
}

/** One PEM block after the other. */
const BLOCKS =
  /-----BEGIN CERTIFICATE-----[\w+/=\s]+-----END CERTIFICATE-----(?:\s+-----BEGIN CERTIFICATE-----[\w+/=\s]+-----END CERTIFICATE-----)*/;

/** What can name a computer: no spaces, nothing that would be another path. */
const REFERENCE = /^[\w.:@-]{1,200}$/;

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function checkedPair(certificate: string, key: string): X509Certificate {
  try {
    const parsed = new X509Certificate(certificate);
    if (parsed.checkPrivateKey(createPrivateKey(key))) return parsed;
  } catch (error) {
    throw invalid('the certificate or its key cannot be read', error);
  }
  throw invalid('the key is another certificate’s');
}

/** Of its subject, when that is a computer's. */
function commonName(certificate: X509Certificate): string | undefined {
  return /^CN=(COMP-.+)$/m.exec(certificate.subject)?.[1];
}

function invalid(message: string, cause?: unknown): SlapError {
  return new SlapError('invalid-document', message, { cause });
}
