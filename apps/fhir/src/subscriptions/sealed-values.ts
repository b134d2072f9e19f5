/** Values of parameters of a channel, sealed: credentials of the receiver, which nothing but a delivery needs. */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, randomBytes } from 'node:crypto';

/** Parameters in their order. */
export type ChannelValues = readonly (readonly [name: string, value: string])[];

export interface ValueSeal {
  readonly seal: (request: string, values: ChannelValues) => Buffer;
  /** @throws Error for what was not sealed for the request with this key */
  readonly open: (request: string, sealed: Buffer) => ChannelValues;
}

const cipher = 'aes-256-gcm';
const saltLength = 16;
const tagLength = 16;
const nonce = Buffer.alloc(12);

/** @param key 32 random bytes that all nodes of an environment share */
export function valueSeal(key: Buffer, baseUrl: string): ValueSeal {
  const own = createSecretKey(createHmac('sha256', key).update('channels of subscriptions').digest());
  // A key for each, so that no nonce comes twice under one.
  const keyFor = (salt: Buffer): Buffer => createHmac('sha256', own).update(salt).digest();
  const about = (request: string): Buffer => Buffer.from(`${baseUrl} ${request}`);
  return {
    seal(request, values) {
      const salt = randomBytes(saltLength);
      const sealing = createCipheriv(cipher, keyFor(salt), nonce).setAAD(about(request));
      return Buffer.concat([salt, sealing.update(JSON.stringify(values)), sealing.final(), sealing.getAuthTag()]);
    },
    open(request, sealed) {
      const salt = sealed.subarray(0, saltLength);
      const opening = createDecipheriv(cipher, keyFor(salt), nonce, { authTagLength: tagLength });
      opening.setAAD(about(request)).setAuthTag(sealed.subarray(-tagLength));
      const text = Buffer.concat([opening.update(sealed.subarray(saltLength, -tagLength)), opening.final()]);
      return JSON.parse(text.toString('utf8')) as ChannelValues;
    },
  };
}
