/** An authenticator in software (Web Authentication Level 2): one passkey, made and used as a telephone would, or wrongly on purpose. */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

export interface Asked {
  challenge: string;
  /** Where the browser says that it is, and for which host it signs. */
  origin: string;
  rpId: string;
}

export interface Authenticator {
  /** The answer to navigator.credentials.create, as the script of the pages sends it. */
  make(asked: Asked): string;
  /** The answer to navigator.credentials.get. */
  use(asked: Asked): string;
}

/** User present, user verified; credential data attached. */
const flags = { made: 0x45, used: 0x05 } as const;

export function newAuthenticator(): Authenticator {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = randomBytes(32);
  let counter = 0;

  const authenticatorData = (rpId: string, flag: number, rest: Buffer = Buffer.alloc(0)): Buffer => {
    const count = Buffer.alloc(4);
    count.writeUInt32BE((counter += 1));
    return Buffer.concat([createHash('sha256').update(rpId).digest(), Buffer.from([flag]), count, rest]);
  };
  const answer = (response: Record<string, Buffer>): string =>
    JSON.stringify({
      id: text(id),
      rawId: text(id),
      type: 'public-key',
      response: Object.fromEntries(Object.entries(response).map(([name, bytes]) => [name, text(bytes)])),
      clientExtensionResults: {},
    });

  return {
    make({ challenge, origin, rpId }) {
      const length = Buffer.from([0, id.length]);
      const credential = Buffer.concat([Buffer.alloc(16), length, id, coseKey(publicKey)]);
      const data = authenticatorData(rpId, flags.made, credential);
      const attestationObject = Buffer.concat([
        Buffer.from([0xa3]), // a map of three members
        ...[cborText('fmt'), cborText('none'), cborText('attStmt'), Buffer.from([0xa0])],
        ...[cborText('authData'), cborBytes(data)],
      ]);
      return answer({ clientDataJSON: clientData('webauthn.create', challenge, origin), attestationObject });
    },
    use({ challenge, origin, rpId }) {
      const data = authenticatorData(rpId, flags.used);
      const clientDataJSON = clientData('webauthn.get', challenge, origin);
      const signed = Buffer.concat([data, createHash('sha256').update(clientDataJSON).digest()]);
      return answer({ clientDataJSON, authenticatorData: data, signature: sign('sha256', signed, privateKey) });
    },
  };
}

function clientData(type: string, challenge: string, origin: string): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
}

/** An ES256 key as COSE writes it (RFC 9053 section 7.1). */
function coseKey(key: KeyObject): Buffer {
  const { x, y } = key.export({ format: 'jwk' }) as { x: string; y: string };
  const head = Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01]); // kty EC2, alg ES256, crv P-256
  const coordinate = (label: number, value: string): Buffer =>
    Buffer.concat([Buffer.from([label]), cborBytes(Buffer.from(value, 'base64url'))]);
  return Buffer.concat([head, coordinate(0x21, x), coordinate(0x22, y)]);
}

function cborText(value: string): Buffer {
  return Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);
}

function cborBytes(value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x58, value.length]), value]);
}

function text(bytes: Buffer): string {
  return bytes.toString('base64url');
}
