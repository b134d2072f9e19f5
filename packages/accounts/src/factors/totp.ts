/**
 * One-time codes of an authenticator application: TOTP (RFC 6238) with SHA-1, six digits, thirty seconds, which all applications support.
 */
import { createHmac } from 'node:crypto';

const seconds = 30;
const digits = 6;

/** As many bits as the HMAC has (RFC 4226 section 4). */
export const totpSecretBytes = 20;

/** The number of the time step; each number occurs only once. */
export function totpStep(now: Date): number {
  return Math.floor(now.getTime() / 1000 / seconds);
}

export function totpCode(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = mac.at(-1)! & 15;
  return String((mac.readUInt32BE(offset) & 0x7f_ff_ff_ff) % 10 ** digits).padStart(digits, '0');
}

/**
 * Returns the step to which the code belongs: the current one, the previous one or the next, since clocks differ (RFC 6238 section 5.2).
 * @returns undefined if it belongs to none
 */
export function stepOfCode(secret: Buffer, code: string, now: Date): number | undefined {
  const step = totpStep(now);
  const given = code.replace(/\s/g, '');
  return [step, step - 1, step + 1].find((one) => totpCode(secret, one) === given);
}

/** Content of the QR code, in the Key URI format that authenticator applications share. */
export function totpUri(o: { secret: Buffer; issuer: string; username: string }): string {
  const label = `${encodeURIComponent(o.issuer)}:${encodeURIComponent(o.username)}`;
  return `otpauth://totp/${label}?secret=${base32(o.secret)}&issuer=${encodeURIComponent(o.issuer)}`;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 section 6, without padding. */
export function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => alphabet[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}
