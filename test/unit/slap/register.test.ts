import { describe, expect, it } from 'vitest';
import type { SlapRequest, SlapResponse } from '../../../slap/http.ts';
import { registerComputer } from '../../../slap/register/client.ts';
import { recordingsOf } from '../../contract/ledger.ts';
import { Authority, withSubjectInWords } from '../../fakes/slap-master/certificates.ts';

const authority = Authority.root();
const pair = authority.issue({ commonName: 'COMP-1234' });

/** What a registration that is answered like this ends with, and what it sent. */
async function register(answer: { status?: number; body: unknown }, name = 'my node', token = 'abc') {
  const sent: SlapRequest[] = [];
  const { status = 200, body } = answer;
  const response: SlapResponse = {
    status,
    headers: {},
    body: typeof body === 'string' ? body : JSON.stringify(body),
  };
  const transport = async (request: SlapRequest): Promise<SlapResponse> => {
    sent.push(request);
    return response;
  };
  const ending = await registerComputer({ transport, name, token }).catch((error: unknown) => error);
  return { ending, sent };
}

describe('a registration', () => {
  it.each([
    ['master-02', 'bad', { code: 'forbidden', status: 403 }],
    ['master-03', 'used', { code: 'name-in-use', status: 500 }],
  ])('sends what upstream sent, and understands the answer of %s', async (prefix, token, error) => {
    const recording = recordingsOf('register').find(({ scenario }) => scenario.startsWith(prefix));
    const exchange = recording?.exchanges[0];
    const { ending, sent } = await register(
      { status: exchange?.response.status ?? 0, body: exchange?.response.body },
      'my node',
      token,
    );
    expect(ending).toMatchObject(error);
    expect(sent).toMatchObject([
      {
        method: exchange?.request.method,
        path: exchange?.request.path.replace('/web', ''),
        body: exchange?.request.body,
        headers: {
          'x-access-token': exchange?.request.headers['X-Access-Token'],
          'content-type': exchange?.request.headers['Content-Type'],
        },
      },
    ]);
  });

  it('prefers the reference that the master tells', async () => {
    const { ending } = await register({ body: { ...pair, reference: 'COMP-9' } });
    expect(ending).toEqual({ ...pair, computerId: 'COMP-9' });
  });

  it('takes the common name of the certificate without it', async () => {
    const certificate = withSubjectInWords(pair.certificate, 'COMP-777');
    const { ending } = await register({ body: { certificate, key: pair.key } });
    expect(ending).toEqual({ ...pair, computerId: 'COMP-1234' });
  });

  it('cuts it out of the words before a certificate of another name', async () => {
    const other = authority.issue({ commonName: 'a computer' });
    const certificate = withSubjectInWords(other.certificate, 'COMP-777');
    const { ending } = await register({ body: { certificate, key: other.key } });
    expect(ending).toEqual({ ...other, computerId: 'COMP-777' });
  });

  it.each([
    ['a page', '<!doctype html><title>Portal</title>'],
    ['nothing', ''],
    ['another document', { certificate: 1 }],
    ['no certificate', { certificate: 'COMP-1/email', key: pair.key }],
    ['a damaged certificate', { ...pair, certificate: pair.certificate.replace(/\n\w{20}/, '\nAAAA') }],
    ['no key', { ...pair, key: '' }],
    ['the key of another', { ...pair, key: authority.issue({ commonName: 'x' }).key }],
    ['no name of the computer', authority.issue({ commonName: 'a computer' })],
    ['a name that is a path', { ...pair, reference: '../../etc' }],
  ])('refuses %s', async (_what, body) => {
    expect((await register({ body })).ending).toMatchObject({ code: 'invalid-document' });
  });

  it('tells another failure by its status', async () => {
    expect((await register({ status: 502, body: 'Bad Gateway' })).ending).toMatchObject({
      code: 'server',
      status: 502,
    });
  });
});
