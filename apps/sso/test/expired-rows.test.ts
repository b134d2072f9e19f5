/** The server itself removes from the database what has expired, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { newClient, postForm, testBed } from './support.ts';

const bed = await testBed();

test('codes of devices go when they have expired, and others stay', async () => {
  const { url } = await bed.start({ sweepSeconds: 0.05 });
  const { id } = await newClient(bed.clients, {
    grants: ['urn:ietf:params:oauth:grant-type:device_code'],
    scopes: ['patient/*.rs'],
    public: true,
  });
  const rows = async (): Promise<string[]> =>
    (await bed.sql<{ id: string }[]>`select id_hash::text as id from sso.artifact where model = 'DeviceCode'`).map(
      (row) => row.id,
    );
  const ask = async (): Promise<string> => {
    const before = await rows();
    assert.equal((await postForm(`${url}/oauth/device_authorization`, { client_id: id })).status, 200);
    const made = (await rows()).filter((row) => !before.includes(row));
    assert.equal(made.length, 1);
    return made[0]!;
  };
  const [expired, good] = [await ask(), await ask()];
  await bed.sql`update sso.artifact set expires_at = now() - interval '1 hour' where id_hash::text = ${expired}`;
  const limit = Date.now() + 30_000;
  while ((await rows()).includes(expired)) {
    assert.ok(Date.now() < limit, 'it is still there');
    await delay(20);
  }
  assert.deepEqual(await rows(), [good]);
});
