/** Codes of an authenticator application, and the recovery codes beside them. */
import { hash, hkdfSync } from 'node:crypto';
import { endSignIns } from '@dhp/grants';
import { seal, transact, unseal } from '@dhp/sso-kit';
import { consumeTotpStep, deleteTotp, insertTotp, selectTotp } from '../store/factors.ts';
import { beginCodeAttempt } from '../throttle/throttle.ts';
import type { FactorOptions, Factors, RecordFactor } from './factors.ts';
import { openRecoveryCodes } from './recovery-codes.ts';
import { stepOfCode, totpSecretBytes } from './totp.ts';

type Codes = Pick<Factors, 'beginTotp' | 'confirmTotp' | 'checkCode' | 'newRecoveryCodes' | 'removeTotp'>;

export function openCodes({ sql, encryptionKey, clock }: FactorOptions, record: RecordFactor): Codes {
  const recoveryCodes = openRecoveryCodes({ sql, encryptionKey, clock });
  const contextOf = (accountId: string): string => `totp:${accountId}`;
  const secretAt = (accountId: string, place: string): Buffer =>
    Buffer.from(hkdfSync('sha256', encryptionKey, '', `dhp sso totp ${accountId} ${place}`, totpSecretBytes));

  async function takesCode(accountId: string, code: string): Promise<boolean> {
    const row = await selectTotp(sql, accountId);
    if (row === undefined) return false;
    const step = stepOfCode(unseal(encryptionKey, row.secret, contextOf(accountId)), code, clock());
    return step !== undefined && consumeTotpStep(sql, accountId, step);
  }

  return {
    async beginTotp(accountId, place) {
      const row = await selectTotp(sql, accountId);
      return row !== undefined && row.confirmed_at !== null ? undefined : secretAt(accountId, place);
    },
    async confirmTotp(accountId, code, { place, devices = [], hold }) {
      const attempt = await beginCodeAttempt(sql, accountId, devices, clock());
      if (attempt.wait !== undefined) return undefined;
      const secret = secretAt(accountId, place);
      const step = stepOfCode(secret, code, clock());
      if (step === undefined) return undefined;
      const sealed = seal(encryptionKey, secret, contextOf(accountId));
      const signInHash = hash('sha256', place, 'buffer');
      const codes = await transact(sql, async (transaction) => {
        await hold?.(transaction);
        await endSignIns(transaction, accountId, signInHash);
        const isNew = await insertTotp(transaction, accountId, { secret: sealed, step, now: clock() });
        return isNew ? recoveryCodes.renew(transaction, accountId) : undefined;
      });
      if (codes === undefined) return undefined;
      await attempt.succeeded();
      await record('factor.added', accountId, 'totp');
      return codes;
    },
    async checkCode(accountId, code, devices = []) {
      const attempt = await beginCodeAttempt(sql, accountId, devices, clock());
      if (attempt.wait !== undefined) return 'locked';
      const isRight = /^[\d\s]{6,8}$/.test(code.trim()) && (await takesCode(accountId, code));
      const isRecovery = !isRight && (await recoveryCodes.use(accountId, code));
      if (!isRight && !isRecovery) return 'wrong';
      await attempt.succeeded();
      return isRight ? 'otp' : 'recovery';
    },
    async newRecoveryCodes(accountId, hold) {
      const codes = await transact(sql, async (transaction) => {
        await hold?.(transaction);
        await endSignIns(transaction, accountId);
        const row = await selectTotp(transaction, accountId);
        return row === undefined || row.confirmed_at === null ? undefined : recoveryCodes.renew(transaction, accountId);
      });
      if (codes !== undefined) await record('factor.added', accountId, 'recovery-codes');
      return codes;
    },
    async removeTotp(accountId, hold) {
      const removed = await transact(sql, async (transaction) => {
        await hold?.(transaction);
        await endSignIns(transaction, accountId);
        await recoveryCodes.remove(transaction, accountId);
        return deleteTotp(transaction, accountId);
      });
      if (removed) await record('factor.removed', accountId, 'totp');
    },
  };
}
