/** For the tests of others, beside the doors of the package. */
export { totpCode, totpStep } from './factors/totp.ts';
export type { FoundRecord, RecordWriter } from './records/directory.ts';
export { type HeldRecord, type Outcome, outcomeOf } from './records/proof.ts';
export { updatePasswordHash } from './store/accounts.ts';

/** Decodes the secret of an authenticator application as it is shown (RFC 4648 section 6, without padding). */
export function fromBase32(text: string): Buffer {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = Array.from(text)
    .map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
