/**
 * One-time codes for tests. One code in a million is right by chance: no test may rely on another one being wrong, or on two being
 * different.
 */
import assert from 'node:assert/strict';
import { totpCode, totpStep } from '@dhp/accounts/testing';

/** Steps before and after a time within which a code might be tried, however long a test takes: ten minutes. */
const around = 20;

/** Returns the codes of a secret ten minutes before and after a time. */
export function codesAround(secret: Buffer, now: Date): Set<string> {
  const step = totpStep(now);
  return new Set(Array.from({ length: 2 * around + 1 }, (_, n) => totpCode(secret, step - around + n)));
}

/** Returns six digits that are not a code of the secret within ten minutes before and after a time. */
export function wrongCode(secret: Buffer, now: Date): string {
  const right = codesAround(secret, now);
  for (let n = 0; n <= right.size; n += 1) {
    const code = String(n).padStart(6, '0');
    if (!right.has(code)) return code;
  }
  assert.fail('there are more digits than codes');
}

/** Returns a code of a secret at a time, or of the adjacent steps, that is not a code of another secret. */
export function codeOfAnother(secret: Buffer, other: Buffer, now: Date): string {
  const right = codesAround(other, now);
  const codes = [0, -1, 1].map((ahead) => totpCode(secret, totpStep(now) + ahead));
  return codes.find((code) => !right.has(code)) ?? assert.fail('three codes of a million are those of another secret');
}

/** Returns whether the codes of a secret within two steps of a time all differ, so that each identifies its step. */
export function codesDiffer(secret: Buffer, now: Date): boolean {
  const step = totpStep(now);
  return new Set([-2, -1, 0, 1, 2].map((ahead) => totpCode(secret, step + ahead))).size === 5;
}
