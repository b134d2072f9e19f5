/** Secrets short enough to be guessed are stored under a key that is not in the database; those of earlier versions are converted. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { migrate } from '@dhp/postgres';
import { testDatabase } from '@dhp/postgres/testing';
import { createSso, migrations } from '@dhp/sso';
import { openAccounts } from '@dhp/accounts';
import { openFactors } from '@dhp/accounts/sign-in';
import { totpCode, totpStep } from '@dhp/accounts/testing';
import { issuer, playground, testBed } from './support.ts';

const bed = await testBed();
const clock = (): Date => new Date();
const plainHash = (accountId: string, code: string): Buffer =>
  createHash('sha256')
    .update(`${accountId}:${code.replace('-', '')}`)
    .digest();

describe('recovery codes', () => {
  it('are kept under a key: neither the hash of the code nor another key finds one', async () => {
    const { accountId } = await openAccounts(bed.sql).create({
      username: 'aziza',
      name: 'Aziza',
      password: 'correct horse battery',
    });
    const factors = openFactors({ sql: bed.sql, encryptionKey: bed.encryptionKey, issuer, clock });
    const secret = (await factors.beginTotp(accountId, 'here'))!;
    const codes = (await factors.confirmTotp(accountId, totpCode(secret, totpStep(new Date())), { place: 'here' }))!;
    const rows = await bed.sql<{ code_hash: Buffer }[]>`select code_hash from sso.recovery_code`;
    assert.equal(rows.length, 10);
    for (const code of codes) {
      for (const plain of [plainHash(accountId, code), createHash('sha256').update(code).digest()]) {
        assert.ok(!rows.some((row) => row.code_hash.equals(plain)));
      }
    }
    const elsewhere = openFactors({ sql: bed.sql, encryptionKey: Buffer.alloc(32, 7), issuer, clock });
    assert.equal(await elsewhere.checkCode(accountId, codes[0]!), 'wrong');
    assert.equal(await factors.checkCode(accountId, codes[0]!), 'recovery');
    assert.equal(await factors.checkCode(accountId, codes[0]!), 'wrong', 'once');
  });
});

describe('a database of an earlier version', () => {
  const account = '6a3f0f0e-6c55-4a43-9a43-0f4b1f6e6d11';
  const codes = Array.from({ length: 1200 }, (_, n) => `code-${String(n)}`); // More than are read together.
  let former: string;
  let database: Awaited<ReturnType<typeof testDatabase>>;

  before(async () => {
    former = await mkdtemp(join(tmpdir(), 'dhp-migrations-'));
    for (const name of await readdir(migrations.directory)) {
      if (name < '0034') await cp(new URL(name, migrations.directory), join(former, name));
    }
    const directory = new URL(`file://${former}/`);
    database = await testDatabase({ name: 'sso_former', migrations: [{ directory, schema: 'sso' }] });
    const { sql } = database;
    await sql`
      insert into sso.account (account_id, username, name, created_at, updated_at) values (${account}, 'a', 'A', now(), now())`;
    await sql`
      insert into sso.totp (account_id, secret, created_at, confirmed_at) values (${account}, ${Buffer.alloc(1)}, now(), now())`;
    const hashes = codes.map((code) => `\\x${plainHash(account, code).toString('hex')}`);
    await sql`
      insert into sso.recovery_code (account_id, code_hash, created_at)
      select ${account}::uuid, hash, now() from unnest(${hashes}::text[]::bytea[]) as hash`;
    await migrate(sql, migrations);
  });
  after(async () => {
    await database.drop();
    await rm(former, { recursive: true });
  });

  it('has its codes put under the key at the start, by several processes at once, and they stay good', async () => {
    const { sql } = database;
    const factors = openFactors({ sql, encryptionKey: bed.encryptionKey, issuer, clock });
    assert.equal(await factors.checkCode(account, codes[0]!), 'recovery', 'before the start, too');
    const options = { sql, issuer, environments: { playground }, encryptionKey: bed.encryptionKey } as const;
    const started = await Promise.all([1, 2].map(() => createSso({ ...options, defaultLanguage: 'uz' })));
    const left = await sql<
      { code_hash: Buffer; is_keyed: boolean }[]
    >`select code_hash, is_keyed from sso.recovery_code`;
    assert.equal(left.length, codes.length);
    assert.ok(left.every((row) => row.is_keyed));
    const plain = new Set(codes.map((code) => plainHash(account, code).toString('hex')));
    assert.ok(!left.some((row) => plain.has(row.code_hash.toString('hex'))));
    assert.equal(await factors.checkCode(account, codes[0]!), 'wrong', 'it was used');
    for (const code of [codes[1]!, codes[1199]!]) assert.equal(await factors.checkCode(account, code), 'recovery');
    for (const { close } of started) await close();
  });
});

describe('every hash in the schema', () => {
  /** Why the hashed value cannot be guessed. A new column must be reviewed, and then listed here. */
  const random = 'at least 120 random bits';
  const keyed = 'HMAC under a key that is not in the database';
  const hashes: Record<string, string> = {
    'account.password_hash': 'argon2id',
    'account.pinfl_hash': keyed,
    'artifact.id_hash': random,
    'client.previous_secret_hash': random,
    'client.registration_hash': random,
    'client.secret_hash': random,
    'developer_invitation.token_hash': random,
    'grant_basis.grant_hash': random,
    'identity_case.pinfl_hash': keyed,
    'mail_recipient.address_hash': keyed,
    'mail_recipient.link_hash': random,
    'own_link.token_hash': random,
    'record_confirmation.pinfl_hash': keyed,
    'known_device.device_hash': random,
    'launch.grant_hash': random,
    'launch.launch_hash': random,
    'paper_code.code_hash': keyed,
    'password_link.token_hash': random,
    'recovery_code.code_hash': keyed,
    'registration_token.token_hash': random,
    'secret_end.secret_hash': random,
    'sign_in_step.sign_in_hash': random,
    'sign_up.token_hash': random,
    'unconfirmed_link.subject_hash': keyed,
    'upstream_link.subject_hash': keyed,
    'upstream_state.state_hash': random,
  };

  it('is of something random, or keyed, or slow', async () => {
    const columns = await bed.sql<{ name: string }[]>`
      select table_name || '.' || column_name as name from information_schema.columns
      where table_schema = 'sso' and column_name ~ '_hash$' order by 1`;
    assert.deepEqual(columns.map(({ name }) => name).sort(), Object.keys(hashes).sort());
  });
});
