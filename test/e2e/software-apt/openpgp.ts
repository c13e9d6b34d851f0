/**
 * Just enough OpenPGP (RFC 4880) to sign a release file: version 4 packets, RSA and SHA-256. So that the tests can make any
 * repository, good or bad, on a machine without gpg.
 */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

const PACKET = { signature: 2, publicKey: 6, userId: 13 };
const SIGNATURE_TYPE = { binary: 0x00, positiveCertification: 0x13 };
const RSA = 1;
const SHA256 = 8;

/** A key as `signed-by=` wants it (`keyring`), and what it says of a file. */
export type SigningKey = {
  keyring: Buffer;
  /** An armoured detached signature. */
  sign(content: string): string;
};

/** @param created seconds since the epoch; a signature is made one second later. */
export function createSigningKey(name: string, created = Math.floor(Date.now() / 1000) - 3600): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const body = publicKeyBody(publicKey, created);
  const userId = Buffer.from(`${name} <${name}@example.invalid>`);
  const signer = { body, privateKey, created: created + 1 };
  const certification = signature(signer, SIGNATURE_TYPE.positiveCertification, [
    Buffer.from([0x99, body.length >> 8, body.length & 0xff]),
    body,
    Buffer.from([0xb4]),
    number(userId.length, 4),
    userId,
  ]);
  return {
    keyring: Buffer.concat([
      packet(PACKET.publicKey, body),
      packet(PACKET.userId, userId),
      packet(PACKET.signature, certification),
    ]),
    sign: (content) =>
      armoured(packet(PACKET.signature, signature(signer, SIGNATURE_TYPE.binary, [Buffer.from(content)]))),
  };
}

function publicKeyBody(key: KeyObject, created: number): Buffer {
  const { n = '', e = '' } = key.export({ format: 'jwk' });
  return Buffer.concat([
    Buffer.from([4]),
    number(created, 4),
    Buffer.from([RSA]),
    integer(Buffer.from(n, 'base64url')),
    integer(Buffer.from(e, 'base64url')),
  ]);
}

function signature(
  signer: { body: Buffer; privateKey: KeyObject; created: number },
  type: number,
  content: readonly Buffer[],
): Buffer {
  const fingerprint = createHash('sha1')
    .update(Buffer.from([0x99, signer.body.length >> 8, signer.body.length & 0xff]))
    .update(signer.body)
    .digest();
  const hashed = Buffer.concat([
    subpacket(2, number(signer.created, 4)),
    // May certify and sign.
    subpacket(27, Buffer.from([0x03])),
    subpacket(33, Buffer.concat([Buffer.from([4]), fingerprint])),
  ]);
  const head = Buffer.concat([Buffer.from([4, type, RSA, SHA256]), number(hashed.length, 2), hashed]);
  const signed = Buffer.concat([...content, head, Buffer.from([0x04, 0xff]), number(head.length, 4)]);
  const unhashed = subpacket(16, fingerprint.subarray(-8));
  return Buffer.concat([
    head,
    number(unhashed.length, 2),
    unhashed,
    createHash('sha256').update(signed).digest().subarray(0, 2),
    integer(sign('sha256', signed, signer.privateKey)),
  ]);
}

function packet(tag: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0xc0 | tag, 0xff]), number(body.length, 4), body]);
}

function subpacket(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([body.length + 1, type]), body]);
}

/** A multi-precision integer: its length in bits, then its bytes without leading zeros. */
function integer(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const value = bytes.subarray(start);
  const bits = (value.length - 1) * 8 + (32 - Math.clz32(value[0] ?? 0));
  return Buffer.concat([number(bits, 2), value]);
}

function number(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}

function armoured(content: Buffer): string {
  const lines = content.toString('base64').replace(/.{64}/g, '$&\n');
  const checksum = number(crc24(content), 3).toString('base64');
  return `-----BEGIN PGP SIGNATURE-----\n\n${lines}\n=${checksum}\n-----END PGP SIGNATURE-----\n`;
}

function crc24(content: Buffer): number {
  let sum = 0xb704ce;
  for (const byte of content) {
    sum ^= byte << 16;
    for (let bit = 0; bit < 8; bit += 1) {
      sum <<= 1;
      if ((sum & 0x1000000) !== 0) sum ^= 0x1864cfb;
    }
  }
  return sum & 0xffffff;
}
