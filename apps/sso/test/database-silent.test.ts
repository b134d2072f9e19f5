/** A database host that dies silently: the SSO's answers to people and programs, and how soon they come. */
import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { connect } from '@dhp/postgres';
import { startWire, testServer } from '@dhp/postgres/testing';
import { authorizeAddress, pkce } from './browser.ts';
import { newClient, testBed } from './support.ts';

const bed = await testBed();
const wire = await startWire(await testServer());
const sql = connect(wire.through(bed.databaseUrl), { max: 4, statementTimeout: 30_000 });
const { url } = await bed.start({ sql });
after(async () => {
  await sql.end({ timeout: 1 });
  await wire.close();
});

it('each path is 503 with Retry-After within 15 seconds, and /readyz says so', { timeout: 60_000 }, async () => {
  const { id, secret } = await newClient(bed.clients, {
    ...{ grants: ['authorization_code', 'client_credentials'], scopes: ['openid', 'system/Patient.rs'] },
    redirectUris: ['https://app.example/cb'],
  });
  const request = { client_id: id, response_type: 'code', redirect_uri: 'https://app.example/cb', scope: 'openid' };
  const page = { accept: 'text/html', 'accept-language': 'en' };
  const authorize = authorizeAddress({ ...request, ...pkce().query });
  const basic = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
  const token = (): Promise<Response> =>
    fetch(`${url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: basic },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'system/Patient.rs' }),
    });
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  assert.notEqual((await token()).status, 503);

  wire.blackhole();
  const begin = performance.now();
  const answers = await Promise.all([
    fetch(url + authorize, { headers: page, redirect: 'manual' }),
    fetch(`${url}/oauth/device`, {
      method: 'POST',
      headers: page,
      body: new URLSearchParams({ user_code: 'BCDF-GHJK' }),
    }),
    token(),
    token(),
  ]);
  const taken = (performance.now() - begin) / 1000;
  for (const answer of answers) {
    assert.equal(answer.status, 503, `${answer.url}: ${await answer.text()}`);
    assert.equal(answer.headers.get('retry-after'), '5');
  }
  assert.ok(taken < 15, `it took ${String(taken)} s`);
  assert.equal((await fetch(`${url}/readyz`)).status, 503);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);

  await wire.restore();
  let { status } = await fetch(`${url}/readyz`);
  for (const deadline = Date.now() + 30_000; status !== 200 && Date.now() < deadline;) {
    ({ status } = await fetch(`${url}/readyz`));
  }
  assert.equal(status, 200);
});
