/** The database has moved to another server, which may have lost the last commits: the SSO reads its cached state again. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createDatabaseMemory } from '@dhp/postgres';
import { openKeys } from '@dhp/signing-keys';
import { registrationReader } from '@dhp/clients';
import { openSignInHours } from '@dhp/administration/testing';
import { basic, newClient, postForm, testBed } from './support.ts';

const bed = await testBed();
let servers = 0;

async function becomeAnother(): Promise<void> {
  servers += 1;
  await bed.sql.unsafe(
    `create or replace function sso.server_name() returns text language sql stable as $$ select 'server ${servers}' $$`,
  );
}

it('a registration of the same transaction number on another server is read again', async () => {
  const { id } = await newClient(bed.clients, {});
  const memory = createDatabaseMemory();
  const { find, kept } = registrationReader(bed.sql, memory);
  const version = (await find(id))!.row_version;
  assert.equal((await find(id))?.row_version, version);
  assert.equal(kept(id, version)?.client_id, id);
  await becomeAnother();
  const now = (await find(id))!.row_version;
  assert.notEqual(now, version);
  assert.equal(now.split('.')[0], version.split('.')[0]);
  assert.equal(kept(id, version), undefined);
  assert.equal(memory.server, `server ${servers}`);
});

it('the signing keys are looked at as soon as a client is', async () => {
  const { url } = await bed.start({ keyPollSeconds: 3_600 });
  const client = await newClient(bed.clients, {});
  const token = (): Promise<unknown> =>
    postForm(`${url}/oauth/token`, { grant_type: 'client_credentials' }, basic(client.id, client.secret));
  const kids = async (): Promise<string[]> => {
    const { keys } = (await (await fetch(`${url}/oauth/jwks`)).json()) as { keys: { kid: string }[] };
    return keys.map(({ kid }) => kid).sort();
  };
  const stored = async (): Promise<string[]> =>
    (await bed.sql<{ kid: string }[]>`select kid from sso.signing_key`).map(({ kid }) => kid).sort();
  await token();
  await openKeys(bed.sql, { actor: 'cli:tester', encryptionKey: bed.encryptionKey }).rotate('ES256');
  await token();
  assert.notDeepEqual(await kids(), await stored());
  await becomeAnother();
  await token();
  for (let n = 0; n < 1500 && (await kids()).length < (await stored()).length; n += 1) await delay(20);
  assert.deepEqual(await kids(), await stored());
});

it('hours of sign-ins that were counted are counted again', async () => {
  const hours = openSignInHours(bed.sql);
  const now = new Date();
  const before = new Date(now.getTime() - 5 * 3_600_000);
  const refusedThen = async (): Promise<number> =>
    (await hours(now)).find(({ hour }) => hour.getTime() === Math.floor(before.getTime() / 3_600_000) * 3_600_000)!
      .refused;
  assert.equal(await refusedThen(), 0);
  await bed.sql`insert into sso.audit_event (event, recorded) values ('sign-in.refused', ${before})`;
  assert.equal(await refusedThen(), 0, 'it was counted once for all');
  await becomeAnother();
  assert.equal(await refusedThen(), 1);
});
