import { createHmac, createSecretKey, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto';

/**
 * Cookies of the engine: that of the session, and that of the sign-in under way, which binds it to one browser. They are signed; with https
 * they are sent over https only, and no other host of the domain can set the session's (`__Host-`).
 */
export function cookieSettings(issuer: string, encryptionKey: KeyObject): { long: object; [name: string]: object } {
  const secure = issuer.startsWith('https:');
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', encryptionKey, '', 'dhp sso cookies', 32)));
  const flags = { httpOnly: true, sameSite: 'lax', secure, signed: true };
  return {
    keys: new CookieKeys(key),
    names: {
      session: secure ? '__Host-session' : 'session',
      interaction: secure ? '__Secure-sign-in' : 'sign-in',
      resume: secure ? '__Secure-resume' : 'resume',
    },
    long: { ...flags, path: '/' },
    short: flags,
  };
}

/**
 * Signs cookies; each request of a browser has several. The engine's own implementation (Keygrip) makes a key from a string for each of
 * them, and two more from random bytes to compare in constant time: ten times the work of the signature.
 */
class CookieKeys {
  readonly #key: KeyObject;

  constructor(key: KeyObject) {
    this.#key = key;
  }

  sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }

  /** Returns the index of the signing key, as Keygrip does: 0 for the only key, -1 if the signature is wrong. */
  index(text: string, signature: string): number {
    const [given, right] = [Buffer.from(signature), Buffer.from(this.sign(text))];
    return given.length === right.length && timingSafeEqual(given, right) ? 0 : -1;
  }
}
