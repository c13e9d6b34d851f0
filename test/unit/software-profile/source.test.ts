import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDownload, type DownloadOptions } from '../../../agent/software/profile/download.ts';
import { createProfileSource } from '../../../agent/software/profile/source.ts';
import { documentWith } from './sample.ts';

const DOCUMENT = documentWith();
const DIGEST = createHash('sha256').update(DOCUMENT).digest('hex');

let folder = '';
const servers: http.Server[] = [];

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'slapgrid-profile-'));
  put('sample/software.yaml', DOCUMENT);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }
  rmSync(folder, { recursive: true });
});

function put(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

function source(options: DownloadOptions = {}) {
  return createProfileSource({
    catalogueFolder: folder,
    download: createDownload({ environment: {}, ...options }),
  });
}

function failure(code: string, sentence = '') {
  return expect.objectContaining({ code, message: expect.stringContaining(sentence) });
}

async function listen(server: http.Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function serve(listener: http.RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(http.createServer(listener))}`;
}

describe('a name of the catalogue', () => {
  it('resolves to an address that is the same everywhere', () => {
    expect(source().resolve('sample')).toBe('slapgrid:sample');
    expect(source().resolve('slapgrid:sample')).toBe('slapgrid:sample');
  });

  it('loads', async () => {
    expect(await source().load('slapgrid:sample')).toMatchObject({
      url: 'slapgrid:sample',
      digest: DIGEST,
      document: DOCUMENT,
      profile: { name: 'sample' },
    });
  });

  it.each(['none', 'slapgrid:none', 'slapgrid:../sample', 'slapgrid:'])('“%s” is unknown', (reference) => {
    expect(() => source().resolve(reference)).toThrow(failure('unknown-software', reference));
  });

  it('that is gone is unknown', async () => {
    await expect(source().load('slapgrid:none')).rejects.toThrow(failure('unknown-software'));
  });

  it('lists the catalogue by title', async () => {
    put('other/software.yaml', documentWith({}, { name: 'other', title: 'Another' }));
    put('software.schema.json', '{}');
    const titles = (await source().catalogue()).map(({ profile }) => profile.title);
    expect(titles).toEqual(['Another', 'Sample']);
  });
});

describe('a file', () => {
  it('is known by its absolute path or its URL, as it was said', async () => {
    const file = put('my profile.yaml', DOCUMENT);
    for (const url of [file, `file://${file.replaceAll(' ', '%20')}`]) {
      expect(source().resolve(url)).toBe(url);
      expect(await source().load(url)).toMatchObject({ url, digest: DIGEST });
    }
  });

  it('is read again when it changed', async () => {
    const file = put('my.yaml', DOCUMENT);
    const profiles = source();
    await profiles.load(file);
    put('my.yaml', documentWith({}, { title: 'Changed' }));
    expect((await profiles.load(file)).profile.title).toBe('Changed');
  });

  it('that is not there is unknown', async () => {
    await expect(source().load('/nonexistent/software.yaml')).rejects.toThrow(
      failure('unknown-software', '/nonexistent/software.yaml'),
    );
  });

  it('that is a folder or a pipe is unknown, and does not stop the reader', async () => {
    const pipe = path.join(folder, 'pipe');
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0);
    await expect(source().load(pipe)).rejects.toThrow(failure('unknown-software'));
    await expect(source().load(folder)).rejects.toThrow(failure('unknown-software'));
  });

  it('that is too large, or no text, is refused', async () => {
    const large = put('large.yaml', `# ${'x'.repeat(300_000)}\n`);
    const binary = put('binary.yaml', Buffer.from([0xff, 0xfe, 0x00]));
    await expect(source().load(large)).rejects.toThrow(failure('profile-unreachable', 'larger than'));
    await expect(source().load(binary)).rejects.toThrow(failure('profile-unreachable', 'not UTF-8'));
  });

  it('with a mistake says what to correct', async () => {
    const file = put('bad.yaml', documentWith({ colour: 'red' }));
    await expect(source().load(file)).rejects.toThrow(
      expect.objectContaining({ code: 'profile-invalid', nextStep: expect.stringContaining(file) }),
    );
  });
});

describe('an address that cannot be one', () => {
  it.each([
    ['a relative path', './software.yaml', 'absolute path'],
    ['another scheme', 'ftp://example.org/software.yaml', 'absolute path'],
    ['a script', 'javascript:1', 'absolute path'],
    ['a file of another computer', 'file://other/software.yaml', 'absolute path'],
    ['a line break', '/tmp/a\nb', 'absolute path'],
    ['credentials', 'https://me:secret@example.org/software.yaml', 'user name or a password'],
    ['plain HTTP from elsewhere', 'http://example.org/software.yaml', 'could change it'],
    ['a digest that is none', 'https://example.org/software.yaml#sha256=abc', '64 hexadecimal digits'],
    ['another fragment', '/tmp/software.yaml#top', '64 hexadecimal digits'],
  ])('%s', (_name, reference, sentence) => {
    expect(() => source().resolve(reference)).toThrow(failure('software-url', sentence));
  });

  it('plain HTTP with a digest is one', () => {
    const url = `http://example.org/software.yaml#sha256=${DIGEST}`;
    expect(source().resolve(url)).toBe(url);
  });
});

describe('a digest', () => {
  it('that fits is accepted, in either case', async () => {
    const file = put('my.yaml', DOCUMENT);
    for (const digest of [DIGEST, DIGEST.toUpperCase()]) {
      expect((await source().load(`${file}#sha256=${digest}`)).digest).toBe(DIGEST);
    }
  });

  it('that does not fit is refused', async () => {
    const file = put('my.yaml', `${DOCUMENT}\n`);
    await expect(source().load(`${file}#sha256=${DIGEST}`)).rejects.toThrow(
      failure('profile-digest', 'not the one that was announced'),
    );
  });
});

describe('over HTTP', () => {
  it('loads, and sends nothing that tells who asks', async () => {
    const seen: http.IncomingHttpHeaders[] = [];
    const url = await serve((request, response) => {
      seen.push(request.headers);
      response.end(DOCUMENT);
    });
    expect(await source().load(`${url}/software.yaml#sha256=${DIGEST}`)).toMatchObject({ digest: DIGEST });
    expect(Object.keys(seen[0] ?? {}).toSorted()).toEqual(['accept', 'connection', 'host', 'user-agent']);
  });

  it('follows redirects, not for ever', async () => {
    const url = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end(DOCUMENT);
      else response.writeHead(302, { location: `/${left - 1}` }).end();
    });
    expect(await source().load(`${url}/3`)).toMatchObject({ digest: DIGEST });
    await expect(source().load(`${url}/4`)).rejects.toThrow(failure('profile-unreachable', 'without end'));
  });

  it.each(['file:///etc/passwd', 'http://me:secret@127.0.0.1/', 'http://'])(
    'does not follow to %s',
    async (location) => {
      const url = await serve((_request, response) => {
        response.writeHead(302, { location }).end();
      });
      await expect(source().load(url)).rejects.toThrow(failure('profile-unreachable', 'not safe to follow'));
    },
  );

  it('says when nothing is there, and when the server fails', async () => {
    const url = await serve((request, response) => {
      response.writeHead(Number(request.url?.slice(1))).end();
    });
    await expect(source().load(`${url}/404`)).rejects.toThrow(failure('unknown-software'));
    await expect(source().load(`${url}/503`)).rejects.toThrow(failure('profile-unreachable', 'status 503'));
  });

  it('stops reading what is too large', async () => {
    const url = await serve((_request, response) => {
      const more = (): void => {
        while (response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    await expect(source().load(url)).rejects.toThrow(failure('profile-unreachable', 'larger than'));
  });

  it('does not wait for ever', async () => {
    const url = await serve(() => undefined);
    await expect(source({ timeoutMilliseconds: 50 }).load(url)).rejects.toThrow(
      failure('profile-unreachable', 'did not answer'),
    );
  });

  it('can be cancelled', async () => {
    const cancel = new AbortController();
    const url = await serve(() => {
      cancel.abort();
    });
    await expect(source().load(url, cancel.signal)).rejects.toThrow(failure('cancelled'));
  });

  it('says when nobody listens', async () => {
    const server = http.createServer();
    const port = await listen(server);
    await new Promise((resolve) => {
      server.close(resolve);
    });
    await expect(source().load(`http://127.0.0.1:${port}/`)).rejects.toThrow(
      failure('profile-unreachable', 'could not be reached (ECONNREFUSED)'),
    );
  });
});

describe('over TLS', () => {
  const pem = (name: string) =>
    readFileSync(new URL(`../../fixtures/profiles/tls/${name}.pem`, import.meta.url), 'utf8');

  async function serveTls(listener: http.RequestListener): Promise<string> {
    const server = https.createServer({ key: pem('key'), cert: pem('certificate') }, listener);
    return `https://127.0.0.1:${await listen(server)}`;
  }

  it('a certificate is verified, whatever the environment says', async () => {
    const url = await serveTls((_request, response) => response.end(DOCUMENT));
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    await expect(source().load(url)).rejects.toThrow(failure('profile-unreachable', 'is not trusted'));
  });

  it('a certificate that is trusted is accepted', async () => {
    const url = await serveTls((_request, response) => response.end(DOCUMENT));
    const trusting = source({ certificateAuthorities: [pem('certificate')] });
    expect(await trusting.load(url)).toMatchObject({ digest: DIGEST });
  });

  it('a redirect does not lead out of it', async () => {
    const plain = await serve((_request, response) => response.end(DOCUMENT));
    const url = await serveTls((_request, response) => {
      response.writeHead(302, { location: plain }).end();
    });
    const trusting = source({ certificateAuthorities: [pem('certificate')] });
    await expect(trusting.load(url)).rejects.toThrow(failure('profile-unreachable', 'not safe to follow'));
  });
});
