/** The audit trail: one event for every decision and every act of administration, never a secret in it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { openAccounts } from '@dhp/accounts';
import { openClients } from '@dhp/clients';
import { authorizeAddress, Browser, pkce } from './browser.ts';
import { basic, newClient, postForm, testBed } from './support.ts';

interface Row {
  event: string;
  reason: string | null;
  client_id: string | null;
  actor: string | null;
  address: string | null;
  jti: string | null;
  scope: string | null;
  recorded: Date;
}

const bed = await testBed();

async function eventsOf(clientId: string): Promise<Row[]> {
  return bed.sql<Row[]>`
    select event, reason, client_id, actor, host(address) as address, jti, scope, recorded
    from sso.audit_event where client_id = ${clientId} order by id`;
}

describe('the audit trail', () => {
  it('UX-14 has every token decision once the server is closed, with client, address, reason and jti', async () => {
    const server = await bed.start();
    const token = `${server.url}/oauth/token`;
    const { id, secret, form } = await newClient(bed.clients);
    const issued = await Promise.all(Array.from({ length: 50 }, () => postForm(token, form)));
    await postForm(token, { ...form, client_secret: 'x' });
    await postForm(token, { ...form, grant_type: 'password' });
    await postForm(token, { ...form, scope: 'user/*.r' });
    await postForm(token, { grant_type: 'client_credentials' }, basic(id, 'x'));
    await postForm(token, { client_id: id, client_secret: secret });
    await server.close();

    const tokens = issued.map(({ body }) => body['access_token'] as string);
    const events = (await eventsOf(id)).filter(({ event }) => event.startsWith('token.'));
    assert.deepEqual(
      new Set(events.filter(({ event }) => event === 'token.issued').map(({ jti }) => jti)),
      new Set(tokens.map((issuedToken) => decodeJwt(issuedToken).jti)),
    );
    assert.deepEqual(
      events.filter(({ event }) => event === 'token.refused').map(({ reason }) => reason),
      ['wrong-secret', 'unsupported-grant-type', 'forbidden-scope', 'wrong-secret', 'missing-parameter'],
    );
    assert.equal(events.length, 55);
    for (const event of events) {
      assert.equal(event.address, '127.0.0.1');
      assert.equal(event.scope, event.event === 'token.issued' ? 'system/*.cruds' : null);
      assert.ok(Math.abs(event.recorded.getTime() - Date.now()) < 60_000);
      const text = JSON.stringify(event);
      // The values themselves: a prefix such as `eyJ` sometimes occurs in a random jti.
      for (const value of [secret, ...tokens]) assert.ok(!text.includes(value));
    }
  });

  it('takes the address from X-Forwarded-For only where a proxy is trusted', async () => {
    for (const [trustProxy, address] of [
      [false, '127.0.0.1'],
      ['127.0.0.1', '203.0.113.7'],
    ] as const) {
      const server = await bed.start({ trustProxy });
      const { id, form } = await newClient(bed.clients);
      await postForm(`${server.url}/oauth/token`, form, { 'x-forwarded-for': '203.0.113.7' });
      await server.close();
      assert.equal((await eventsOf(id)).at(-1)!.address, address);
    }
  });

  it('a spoofed address that is none does not lose the event', async () => {
    const server = await bed.start({ trustProxy: '127.0.0.1' });
    const { id, form } = await newClient(bed.clients);
    await postForm(`${server.url}/oauth/token`, form, { 'x-forwarded-for': "'; drop table sso.client" });
    await server.close();
    const last = (await eventsOf(id)).at(-1)!;
    assert.equal(last.event, 'token.issued');
    assert.equal(last.address, null);
  });

  it('keeps no client id that is none', async () => {
    const server = await bed.start();
    await postForm(`${server.url}/oauth/token`, {
      grant_type: 'client_credentials',
      client_id: 'dhps_pasted into the wrong field',
      client_secret: 'x',
    });
    await server.close();
    const [row] = await bed.sql<Row[]>`select * from sso.audit_event order by id desc limit 1`;
    assert.equal(row!.reason, 'unknown-client');
    assert.equal(row!.client_id, null);
  });

  it('UX-14 has every act of administration, with who did it and why', async () => {
    const clients = openClients(bed.sql, { actor: 'cli:dilnoza' });
    const { id } = await newClient(clients);
    await clients.disable(id, { reason: 'contract ended' });
    await clients.enable(id);
    await clients.rotateSecret(id, { keepOld: true });
    await clients.dropOldSecret(id);
    assert.deepEqual(
      (await eventsOf(id)).map(({ event, reason, actor }) => [event, reason, actor]),
      [
        ['client.created', null, 'cli:dilnoza'],
        ['client.disabled', 'contract ended', 'cli:dilnoza'],
        ['client.enabled', null, 'cli:dilnoza'],
        ['client.secret-rotated', 'old secret kept', 'cli:dilnoza'],
        ['client.old-secret-dropped', null, 'cli:dilnoza'],
      ],
    );
  });

  it('is written before the answer: without the record there is no token, and no page', async () => {
    const server = await bed.start();
    const { form } = await newClient(bed.clients);
    const token = `${server.url}/oauth/token`;
    await bed.sql`alter table sso.audit_event add constraint broken check (event not like 'token.%' and event not like '%.refused') not valid`;
    try {
      const answer = await postForm(token, form);
      assert.deepEqual([answer.status, answer.body['error']], [500, 'server_error']);
      assert.equal(answer.body['access_token'], undefined);
      const registering = { method: 'POST', headers: { authorization: 'Bearer dhpi_none' } };
      assert.equal((await fetch(`${server.url}/oauth/register`, registering)).status, 500);
    } finally {
      await bed.sql`alter table sso.audit_event drop constraint broken`;
    }
    assert.equal((await postForm(token, form)).status, 200, 'one bad record spoils nothing else');
    await server.close();
  });

  it('waits for a database that is away: who asked is told 503 at once, and the record is there when it is back', async () => {
    const server = await bed.start();
    const { id, form } = await newClient(bed.clients);
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    const locked = Promise.withResolvers<undefined>();
    const lock = bed.sql.begin(async (sql) => {
      await sql`lock table sso.audit_event in exclusive mode`;
      locked.resolve(undefined);
      await released;
    });
    await locked.promise;
    const asked = postForm(`${server.url}/oauth/token`, form);
    try {
      // The connection on which the record waits for the table ends, as with a database that restarts.
      const end = (): Promise<object[]> => bed.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like '%sso.audit_event%'`;
      while ((await end()).length === 0) await delay(20);
      const answer = await asked;
      assert.deepEqual([answer.status, answer.body['error']], [503, 'temporarily_unavailable']);
      assert.ok(answer.headers.get('retry-after'));
      assert.equal(answer.body['access_token'], undefined);
    } finally {
      release(undefined);
      await lock;
    }
    const recorded = (): Promise<object[]> =>
      bed.sql`select event from sso.audit_event where client_id = ${id} and event like 'token.%'`;
    while ((await recorded()).length === 0) await delay(20);
    assert.deepEqual([...(await recorded())], [{ event: 'token.issued' }]);
    await server.close();
  });

  it('and the act go together: without the event there is no change', async () => {
    const { id } = await newClient(bed.clients);
    await bed.sql`alter table sso.audit_event add constraint broken check (event <> 'client.disabled') not valid`;
    try {
      await assert.rejects(bed.clients.disable(id), /broken/);
    } finally {
      await bed.sql`alter table sso.audit_event drop constraint broken`;
    }
    assert.equal((await bed.clients.find(id))!.disabled, undefined);
  });

  it('goes with what a step of a sign-in changes: without the record nobody is signed in, and nothing allowed', async () => {
    const server = await bed.start();
    const person = { username: 'malika', password: 'correct horse battery' };
    const identities = [{ environment: 'playground', type: 'Practitioner', fhir_id: 'pr-9' } as const];
    await openAccounts(bed.sql).create({ ...person, name: 'Malika', identities });
    const redirectUri = 'https://app.uz/cb';
    const [grants, scopes] = [['authorization_code'], ['openid', 'user/*.rs']];
    const { id } = await newClient(bed.clients, { grants, scopes, redirectUris: [redirectUri], public: true });
    const asked = { client_id: id, response_type: 'code', redirect_uri: redirectUri, scope: scopes.join(' ') };
    const without = async (event: string, act: () => Promise<{ status: number }>): Promise<void> => {
      await bed.sql.unsafe(`alter table sso.audit_event add constraint broken check (event <> '${event}') not valid`);
      try {
        assert.equal((await act()).status, 500);
      } finally {
        await bed.sql`alter table sso.audit_event drop constraint broken`;
      }
    };
    const browser = new Browser(server.url);
    const form = await browser.get(authorizeAddress({ ...asked, ...pkce().query }));

    await without('sign-in.succeeded', () => browser.submit(form, person, 'login'));
    assert.equal((await bed.sql`select from sso.known_device`).length, 0);
    const consent = await browser.submit(form, person, 'login');
    assert.match(consent.text, /value="allow"/);

    await without('consent.given', () => browser.submit(consent, {}, 'allow'));
    assert.equal((await bed.sql`select from sso.consent`).length, 0);
    assert.equal((await bed.sql`select from sso.artifact where model = 'Grant'`).length, 0);
    const back = await browser.submit(consent, {}, 'allow');
    assert.match(back.address, /[?&]code=/);
    await server.close();
  });

  it('names the operating system user by default', async () => {
    const { id } = await newClient(openClients(bed.sql));
    assert.match((await eventsOf(id))[0]!.actor!, /^cli:.+/);
  });
});
