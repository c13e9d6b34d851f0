/**
 * Authorities and certificates of nobody, made when a test begins (RFC 5280, in DER): no program and no package makes them.
 */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIP, isIPv6 } from 'node:net';

/** PEM texts. */
export type KeyPair = { certificate: string; key: string };

export type CertificateWishes = {
  commonName: string;
  /** Names and addresses of a server. None: a client's certificate. */
  hosts?: readonly string[];
  /** Default: a day ago. */
  validFrom?: Date;
  /** Default: in a year. */
  validTo?: Date;
};

const DAY = 86_400_000;

export class Authority {
  /** PEM text of its own certificate. */
  readonly certificate: string;
  readonly #name: string;
  readonly #keys: Keys;

  private constructor(name: string, keys: Keys, certificate: string) {
    this.#name = name;
    this.#keys = keys;
    this.certificate = certificate;
  }

  /** One that nobody vouches for. */
  static root(name = 'Nobody’s Root'): Authority {
    const keys = newKeys();
    return new Authority(name, keys, authorityCertificate(name, keys, name, keys));
  }

  /** One that this one vouches for. */
  intermediate(name = 'Nobody’s Office'): Authority {
    const keys = newKeys();
    return new Authority(name, keys, authorityCertificate(name, keys, this.#name, this.#keys));
  }

  issue(wishes: CertificateWishes): KeyPair {
    const keys = newKeys();
    const hosts = wishes.hosts ?? [];
    const certificate = signed({
      subject: wishes.commonName,
      keys,
      issuer: this.#name,
      issuerKeys: this.#keys,
      validFrom: wishes.validFrom ?? new Date(Date.now() - DAY),
      validTo: wishes.validTo ?? new Date(Date.now() + 365 * DAY),
      extensions: [
        extension(OID.keyUsage, true, bits(0x80, 7)),
        extension(
          OID.extendedKeyUsage,
          false,
          sequence(objectId(hosts.length > 0 ? OID.serverAuthentication : OID.clientAuthentication)),
        ),
        ...(hosts.length > 0
          ? [extension(OID.alternativeName, false, sequence(...hosts.map(hostName)))]
          : []),
      ],
    });
    const key = keys.private.export({ type: 'pkcs8', format: 'pem' }).toString();
    return { certificate, key };
  }
}

/** As `openssl x509 -text` begins it, and as some masters send it: the subject in words before the PEM block. */
export function withSubjectInWords(certificate: string, commonName: string): string {
  return [
    'Certificate:',
    '    Data:',
    '        Version: 3 (0x2)',
    '        Issuer: C=XX, O=Nobody, CN=Nobody’s Root/emailAddress=root@example.org',
    `        Subject: C=XX, O=Nobody, CN=${commonName}/emailAddress=node@example.org`,
    certificate,
  ].join('\n');
}

type Keys = { public: Buffer; private: KeyObject };

function newKeys(): Keys {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { public: publicKey.export({ type: 'spki', format: 'der' }), private: privateKey };
}

function authorityCertificate(subject: string, keys: Keys, issuer: string, issuerKeys: Keys): string {
  return signed({
    subject,
    keys,
    issuer,
    issuerKeys,
    validFrom: new Date(Date.now() - 10 * 365 * DAY),
    validTo: new Date(Date.now() + 10 * 365 * DAY),
    extensions: [
      extension(OID.basicConstraints, true, sequence(der(0x01, Buffer.from([0xff])))),
      // keyCertSign and cRLSign.
      extension(OID.keyUsage, true, bits(0x06, 1)),
    ],
  });
}

function signed(given: {
  subject: string;
  keys: Keys;
  issuer: string;
  issuerKeys: Keys;
  validFrom: Date;
  validTo: Date;
  extensions: readonly Buffer[];
}): string {
  const algorithm = sequence(objectId(OID.ecdsaWithSha256));
  const body = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([0x01]), randomBytes(15)])),
    algorithm,
    distinguishedName(given.issuer),
    sequence(time(given.validFrom), time(given.validTo)),
    distinguishedName(given.subject),
    given.keys.public,
    der(
      0xa3,
      sequence(
        extension(OID.subjectKey, false, der(0x04, keyIdentifier(given.keys))),
        extension(OID.authorityKey, false, sequence(der(0x80, keyIdentifier(given.issuerKeys)))),
        ...given.extensions,
      ),
    ),
  );
  const signature = sign('sha256', body, given.issuerKeys.private);
  const certificate = sequence(body, algorithm, bits(signature, 0));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

const OID = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  subjectKey: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKey: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuthentication: '1.3.6.1.5.5.7.3.1',
  clientAuthentication: '1.3.6.1.5.5.7.3.2',
};

function keyIdentifier(keys: Keys): Buffer {
  return createHash('sha1').update(keys.public).digest();
}

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(objectId(OID.commonName), der(0x0c, Buffer.from(commonName)))));
}

function hostName(host: string): Buffer {
  if (isIP(host) === 0) return der(0x82, Buffer.from(host));
  return der(0x87, isIPv6(host) ? ipv6Bytes(host) : Buffer.from(host.split('.').map(Number)));
}

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const between = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return Buffer.from([...before, ...between, ...after].flatMap((group) => [group >> 8, group & 0xff]));
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [der(0x01, Buffer.from([0xff]))] : [];
  return sequence(objectId(id), ...flag, der(0x04, value));
}

/** GeneralizedTime from 2050 on, UTCTime before. */
function time(moment: Date): Buffer {
  const digits = moment.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14);
  return moment.getUTCFullYear() >= 2050
    ? der(0x18, Buffer.from(`${digits}Z`))
    : der(0x17, Buffer.from(`${digits.slice(2)}Z`));
}

function objectId(text: string): Buffer {
  const [first = 0, second = 0, ...others] = text.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...others.flatMap(base128)]));
}

function base128(value: number): number[] {
  const septets = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) septets.unshift((rest & 0x7f) | 0x80);
  return septets;
}

function integer(value: Buffer): Buffer {
  return der(0x02, value);
}

function bits(value: Buffer | number, unused: number): Buffer {
  return der(0x03, Buffer.from([unused]), typeof value === 'number' ? Buffer.from([value]) : value);
}

function sequence(...contents: readonly Buffer[]): Buffer {
  return der(0x30, ...contents);
}

/** Tag, length, contents. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  const length = Buffer.from(content.length.toString(16).padStart(content.length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, content]);
}
