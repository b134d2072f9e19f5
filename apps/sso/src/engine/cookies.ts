import { hkdfSync } from 'node:crypto';

/**
 * Cookies of the engine: of the session, and of the sign-in under way, which binds it to one browser. They are signed; over
 * https they are sent over https only, and no other host of the domain can set the session's (`__Host-`).
 */
export function cookieSettings(issuer: string, encryptionKey: Buffer): object {
  const secure = issuer.startsWith('https:');
  const key = Buffer.from(hkdfSync('sha256', encryptionKey, '', 'dhp sso cookies', 32)).toString('base64url');
  const flags = { httpOnly: true, sameSite: 'lax', secure, signed: true };
  return {
    keys: [key],
    names: {
      session: secure ? '__Host-session' : 'session',
      interaction: secure ? '__Secure-sign-in' : 'sign-in',
      resume: secure ? '__Secure-resume' : 'resume',
    },
    long: { ...flags, path: '/' },
    short: flags,
  };
}
