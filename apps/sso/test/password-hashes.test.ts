/** Stored password hashes of any implementation and parameters are valid, and replaced with current parameters at the next sign-in. */
import assert from 'node:assert/strict';
import { argon2Sync, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { updatePasswordHash } from '@dhp/accounts/testing';
import { testBed } from './support.ts';

const bed = await testBed();
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
const username = 'eski';
const password = 'parol: Ўзбекистон ñ';
await accounts.create({ username, password, name: 'Eski', identities: [] });

/** As OpenSSL computes it. */
function hashOf(text: string, memory: number, passes: number, parallelism: number): string {
  const nonce = randomBytes(16);
  const message = Buffer.from(text.normalize('NFC'));
  const tag = argon2Sync('argon2id', { message, nonce, memory, passes, parallelism, tagLength: 32 });
  const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(nonce)}$${base64(tag)}`;
}

async function storedHash(): Promise<string> {
  const [row] = await bed.sql<{ password_hash: string }[]>`
    select password_hash from sso.account where username = ${username}`;
  return row!.password_hash;
}

async function signsIn(text: string): Promise<boolean> {
  return 'account' in (await accounts.authenticate(username, text, '192.0.2.1'));
}

describe('a stored hash', () => {
  it('of another implementation and other parameters is good for its password alone, and is made anew', async () => {
    const current = await storedHash();
    assert.match(current, /^\$argon2id\$v=19\$m=7168,t=5,p=1\$/);
    for (const [memory, passes, parallelism] of [
      [19_456, 2, 1],
      [7_168, 5, 1],
      [64, 1, 2],
    ] as const) {
      const old = hashOf(password, memory, passes, parallelism);
      await bed.sql`update sso.account set password_hash = ${old} where username = ${username}`;
      assert.equal(await signsIn(`${password}!`), false);
      assert.equal(await storedHash(), old);
      assert.equal(await signsIn(password.normalize('NFD')), true, 'however the characters are composed');
      const kept = await storedHash();
      assert.match(kept, /^\$argon2id\$v=19\$m=7168,t=5,p=1\$/);
      assert.equal(kept === old, memory === 7_168, 'one with the parameters of now is left alone');
      assert.equal(await signsIn(password), true);
    }
  });

  it('is not put back by a sign-in that began before the password was changed', async () => {
    const old = hashOf(password, 64, 1, 2);
    const wanted = 'another one meanwhile';
    await bed.sql`update sso.account set password_hash = ${old} where username = ${username}`;
    const { accountId } = await accounts.setPassword(username, wanted);
    const made = hashOf(password, 7_168, 5, 1);
    await updatePasswordHash(bed.sql, { accountId, given: old, passwordHash: made, now: new Date() });
    assert.deepEqual([await signsIn(password), await signsIn(wanted)], [false, true]);
  });
});
