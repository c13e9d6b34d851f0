/**
 * Where profiles come from: the catalogue that is part of the program, files, and URLs.
 *
 * A catalogue entry is named by the URL `slapgrid:<name>`, the same on every computer and in every version of the program;
 * which document it stood for is told by the digest it is pinned by.
 */
import { createHash } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SlapgridError, systemErrorCode } from '../../errors.ts';
import type { LoadedProfile, ProfileSource } from '../types.ts';
import { LONGEST_DOCUMENT, parseProfile } from './document.ts';
import { createDownload, type Download } from './download.ts';
import type { Profile } from './schema.ts';

export type ProfileSourceOptions = {
  /** Absolute folder of `<name>/software.yaml`. */
  catalogueFolder: string;
  download?: Download;
};

const CATALOGUE_SCHEME = 'slapgrid:';
const CATALOGUE_NAME = /^[a-z][a-z0-9-]{0,39}$/u;
const PINNED = /^(?<address>[^#]*)(?:#sha256=(?<digest>[0-9a-fA-F]{64}))?$/u;
/** Parsed documents to remember; a computer has a handful of software releases. */
const MOST_REMEMBERED = 50;

export function createProfileSource(options: ProfileSourceOptions): ProfileSource {
  const { catalogueFolder } = options;
  const download = options.download ?? createDownload();
  const parsed = new Map<string, Profile>();

  const catalogueFile = (name: string): string => path.join(catalogueFolder, name, 'software.yaml');

  const readBytes = async (
    location: Location,
    url: string,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> => {
    switch (location.kind) {
      case 'catalogue':
        return readRegularFile(catalogueFile(location.name), url);
      case 'file':
        return readRegularFile(location.file, url);
      case 'http':
        return download(location.url, signal);
      default:
        return location satisfies never;
    }
  };

  const load = async (url: string, signal?: AbortSignal): Promise<LoadedProfile> => {
    const { location, digest: announced } = locate(url);
    const bytes = await readBytes(location, url, signal);
    const digest = createHash('sha256').update(bytes).digest('hex');
    if (announced !== undefined && announced !== digest) throw new SlapgridError('profile-digest', { url });
    const document = decode(bytes, url);
    let profile = parsed.get(digest);
    if (profile === undefined) {
      profile = parseProfile(document, url);
      if (parsed.size >= MOST_REMEMBERED) parsed.clear();
      parsed.set(digest, profile);
    }
    return { url, digest, document, profile };
  };

  return {
    resolve(reference) {
      const url = CATALOGUE_NAME.test(reference) ? `${CATALOGUE_SCHEME}${reference}` : reference;
      const { location } = locate(url);
      if (location.kind === 'catalogue' && !existsSync(catalogueFile(location.name))) {
        throw new SlapgridError('unknown-software', { reference });
      }
      return url;
    },
    load,
    async catalogue() {
      const entries = await readdir(catalogueFolder, { withFileTypes: true });
      const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
      const profiles = await Promise.all(names.map((name) => load(`${CATALOGUE_SCHEME}${name}`)));
      return profiles.sort((left, right) => left.profile.title.localeCompare(right.profile.title, 'en'));
    },
  };
}

type Location =
  | { kind: 'catalogue'; name: string }
  | { kind: 'file'; file: string }
  | { kind: 'http'; url: string };

/** @throws SlapgridError `software-url` when it is none of what can be a software release. */
function locate(url: string): { location: Location; digest: string | undefined } {
  const refuse = (reason: string): SlapgridError =>
    new SlapgridError('software-url', { reference: url, reason });
  // oxlint-disable-next-line no-control-regex -- what a URL and a path to be shown cannot hold
  if (/[\u0000-\u001f\u007f]/u.test(url)) throw refuse('kind');
  const groups = PINNED.exec(url)?.groups;
  const address = groups?.['address'];
  const digest = groups?.['digest']?.toLowerCase();
  if (address === undefined) throw refuse('fragment');
  if (path.isAbsolute(address)) return { location: { kind: 'file', file: address }, digest };
  if (!URL.canParse(address)) throw refuse('kind');
  const parsed = new URL(address);
  switch (parsed.protocol) {
    case CATALOGUE_SCHEME: {
      const name = address.slice(CATALOGUE_SCHEME.length);
      if (!CATALOGUE_NAME.test(name)) throw new SlapgridError('unknown-software', { reference: url });
      return { location: { kind: 'catalogue', name }, digest };
    }
    case 'file:':
      if (parsed.hostname !== '' || /%2f/iu.test(parsed.pathname)) throw refuse('kind');
      return { location: { kind: 'file', file: fileURLToPath(parsed) }, digest };
    case 'http:':
    case 'https:':
      if (parsed.username !== '' || parsed.password !== '') throw refuse('credentials');
      if (parsed.protocol === 'http:' && digest === undefined && !isLoopback(parsed.hostname)) {
        throw refuse('unprotected');
      }
      return { location: { kind: 'http', url: address }, digest };
    default:
      throw refuse('kind');
  }
}

function isLoopback(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u.test(hostname);
}

/** A FIFO or a device does not stop the reader, and a huge file is not read. */
async function readRegularFile(file: string, url: string): Promise<Uint8Array> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw new SlapgridError('unknown-software', { reference: url });
      if (stat.size > LONGEST_DOCUMENT) {
        throw new SlapgridError('profile-unreachable', { url, reason: 'too_large' });
      }
      const buffer = Buffer.alloc(stat.size);
      let length = 0;
      while (length < buffer.length) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return buffer.subarray(0, length);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = systemErrorCode(error);
    if (error instanceof SlapgridError || code === undefined) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new SlapgridError('unknown-software', { reference: url }, { cause: error });
    }
    throw new SlapgridError('profile-unreachable', { url, reason: 'file', detail: code }, { cause: error });
  }
}

function decode(bytes: Uint8Array, url: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new SlapgridError('profile-unreachable', { url, reason: 'encoding' }, { cause: error });
  }
}
