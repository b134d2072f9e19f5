/** A passkey without a browser: the signatures of an authenticator (WebAuthn level 3, sections 6.1 and 6.5). */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface SoftPasskey {
  credentialId: string;
  /** As COSE has it (RFC 9053): a P-256 key. */
  publicKey: Buffer;
  /** Answers a challenge as the script of a page sends it. */
  answer(challenge: string): string;
}

const sha256 = (bytes: Buffer | string): Buffer => createHash('sha256').update(bytes).digest();

/** Answers like a browser that has created a passkey for a challenge, without an attestation. */
export function newPasskey(
  issuer: string,
  challenge = randomBytes(32).toString('base64url'),
): { challenge: string; response: unknown } {
  const { origin, hostname } = new URL(issuer);
  const { credentialId, publicKey } = softPasskey(issuer);
  const id = Buffer.from(credentialId, 'base64url');
  // User present and verified, a new key; a count of zero, no model of authenticator, the id with its length.
  const flags = Buffer.from([0x45, 0, 0, 0, 0]);
  const data = Buffer.concat([sha256(hostname), flags, Buffer.alloc(16), Buffer.from([0, id.length]), id, publicKey]);
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);
  const attestation = Buffer.concat([
    ...[Buffer.from([0xa3]), text('fmt'), text('none'), text('attStmt'), Buffer.from([0xa0])],
    ...[text('authData'), Buffer.from([0x58, data.length]), data],
  ]);
  const client = Buffer.from(JSON.stringify({ type: 'webauthn.create', challenge, origin, crossOrigin: false }));
  const response = {
    clientDataJSON: client.toString('base64url'),
    attestationObject: attestation.toString('base64url'),
  };
  return {
    challenge,
    response: { id: credentialId, rawId: credentialId, type: 'public-key', clientExtensionResults: {}, response },
  };
}

/** @param issuer with the origin and host for the answers */
export function softPasskey(issuer: string): SoftPasskey {
  const { origin, hostname } = new URL(issuer);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = publicKey.export({ format: 'jwk' }) as { x: string; y: string };
  const cose = Buffer.concat([
    Buffer.from('a5010203262001215820', 'hex'),
    Buffer.from(x, 'base64url'),
    Buffer.from('225820', 'hex'),
    Buffer.from(y, 'base64url'),
  ]);
  const credentialId = randomBytes(16).toString('base64url');
  return {
    credentialId,
    publicKey: cose,
    answer(challenge) {
      const client = Buffer.from(JSON.stringify({ type: 'webauthn.get', challenge, origin, crossOrigin: false }));
      // User present and verified; a count of zero means no counter.
      const data = Buffer.concat([sha256(hostname), Buffer.from([0x05, 0, 0, 0, 0])]);
      const signature = sign('sha256', Buffer.concat([data, sha256(client)]), privateKey);
      const encoded = (bytes: Buffer): string => bytes.toString('base64url');
      return JSON.stringify({
        ...{ id: credentialId, rawId: credentialId, type: 'public-key', clientExtensionResults: {} },
        response: {
          clientDataJSON: encoded(client),
          authenticatorData: encoded(data),
          signature: encoded(signature),
        },
      });
    },
  };
}
