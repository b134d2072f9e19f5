/** A database that refuses the SSO's sessions: the answers, and that service resumes when sessions are accepted again. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { connect } from '@dhp/postgres';
import { prepareRefusals, testServer } from '@dhp/postgres/testing';
import { authorizeAddress, pkce } from './browser.ts';
import { newClient, testBed } from './support.ts';

const bed = await testBed();
const refusals = await prepareRefusals(await testServer(), bed.databaseUrl);
const sql = connect(refusals.url, { max: 4, reads: 2 });
const { url, close } = await bed.start({ sql });
const { id, secret } = await newClient(bed.clients, {
  ...{ grants: ['authorization_code', 'client_credentials'], scopes: ['openid', 'system/Patient.rs'] },
  redirectUris: ['https://app.example/cb'],
});
after(async () => {
  await close();
  await sql.end({ timeout: 1 });
  await refusals.close();
});

const token = (): Promise<Response> =>
  fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'system/Patient.rs' }),
  });
const authorize = (): Promise<Response> => {
  const request = { client_id: id, response_type: 'code', redirect_uri: 'https://app.example/cb', scope: 'openid' };
  const headers = { accept: 'text/html', 'accept-language': 'en' };
  return fetch(url + authorizeAddress({ ...request, ...pkce().query }), { headers, redirect: 'manual' });
};
const ready = async (): Promise<number> => (await fetch(`${url}/readyz`)).status;

for (const code of refusals.codes) {
  test(`sessions are refused with ${code}: 503 with Retry-After, and /readyz says so`, async () => {
    assert.equal(await ready(), 200);
    const undo = await refusals.refuse(code);
    try {
      await assert.rejects(
        connectOnce(refusals.url),
        (error: Error & { code?: string }) => error.code === code,
        'the way to refuse is the one of the name',
      );
      for (const answer of await Promise.all([token(), authorize()])) {
        assert.equal(answer.status, 503, `${answer.url}: ${await answer.text()}`);
        assert.equal(answer.headers.get('retry-after'), '5');
      }
      assert.equal(await ready(), 503);
      assert.equal((await fetch(`${url}/healthz`)).status, 200);
    } finally {
      await undo();
    }
    for (const deadline = Date.now() + 20_000; (await ready()) !== 200;) assert.ok(Date.now() < deadline, 'it goes on');
    // Once the server is ready no token is refused because of an earlier fault.
    assert.equal((await token()).status, 200);
  });
}

async function connectOnce(address: string): Promise<void> {
  const one = connect(address, { max: 1 });
  try {
    await one`select 1`;
  } finally {
    await one.end();
  }
}
