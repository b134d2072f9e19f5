/** Clients that register themselves (RFC 7591, RFC 7592): what bounds them, what approval they wait for, what is stored and recorded. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import { openRegistrationTokens, type RegistrationToken } from '@dhp/sso';
import { answer, issuer, newClient, postForm, testBed, type Answer } from './support.ts';

const bed = await testBed();
const keyPair = await generateKeyPair('ES384', { extractable: true });
const published = { keys: [{ ...(await exportJWK(keyPair.publicKey)), kid: 'k1' }] };
/** What somebody publishes keys with. */
const publisher = createServer((request, response) => {
  const bodies: Record<string, string> = { '/jwks': JSON.stringify(published), '/page': '<html>' };
  const body = bodies[request.url ?? ''];
  response.writeHead(body === undefined ? 404 : 200).end(body);
});
await new Promise<void>((listening) => publisher.listen(0, '127.0.0.1', listening));
after(() => publisher.close());
const host = `127.0.0.1:${String((publisher.address() as AddressInfo).port)}`;
let ahead = 0;
const clock = (): Date => new Date(Date.now() + ahead);
const { url } = await bed.start({
  allowedHosts: [host],
  clock,
  resourceTypes: ['Patient', 'Observation'],
  limits: { perClient: 100_000, perAddress: 100_000 },
});

const tokens = openRegistrationTokens(bed.sql, { actor: 'cli:tester' });
const limit = 'openid fhirUser launch launch/patient patient/*.rs offline_access system/Patient.rs'.split(' ');

async function token(
  o: Partial<Parameters<typeof tokens.create>[0]> = {},
): Promise<{ registrationToken: RegistrationToken; secret: string }> {
  return tokens.create({ name: 'Software house', environment: 'playground', scopes: limit, maxUses: 100, ...o });
}
const usual = await token();
const ofProduction = await token({ environment: 'production' });

async function call(method: string, path: string, bearer: string | undefined, body?: unknown): Promise<Answer> {
  return answer(
    await fetch(path.startsWith(issuer) ? url + path.slice(issuer.length) : url + path, {
      method,
      headers: {
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    }),
  );
}
const register = (metadata: unknown, by = usual.secret): Promise<Answer> =>
  call('POST', '/oauth/register', by, metadata);

const app = {
  client_name: 'Growth chart',
  redirect_uris: ['https://growth.example.uz/cb'],
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid launch/patient patient/*.rs offline_access',
};
const backend = {
  client_name: 'Laboratory',
  grant_types: ['client_credentials'],
  scope: 'system/Patient.rs',
};

async function registered(metadata: object, by = usual.secret): Promise<Record<string, string>> {
  const got = await register(metadata, by);
  assert.equal(got.status, 201, got.text);
  return got.body as Record<string, string>;
}

/** What a client sends back to change something: all that it was told but what only the server says. */
function asRequest(told: Record<string, unknown>): Record<string, unknown> {
  const said = [
    'registration_access_token',
    'registration_client_uri',
    'client_secret_expires_at',
    'client_id_issued_at',
  ];
  return Object.fromEntries(Object.entries(told).filter(([name]) => !said.includes(name)));
}

const grant = ({ client_id: id = '', client_secret: secret = '' }: Record<string, string>): Promise<Answer> =>
  postForm(`${url}/oauth/token`, { grant_type: 'client_credentials', client_id: id, client_secret: secret });

async function audited(
  event: string,
): Promise<{ actor: string; reason: string; client_id: string; address: string }[]> {
  return bed.sql`select actor, reason, client_id, host(address) as address from sso.audit_event where event = ${event} order by id`;
}

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let n = 0; n < 200; n += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((done) => setTimeout(done, 10));
  }
  throw new Error('it did not come');
}

describe('a registration', () => {
  it('gives a client that works at once in the playground, with its address and token to manage it', async () => {
    const got = await register({
      ...backend,
      contacts: ['it@lab.example.uz'],
      unknown_member: 'left out',
      tos_uri: null,
    });
    const { body } = got;
    assert.equal(got.status, 201, got.text);
    assert.equal(got.headers.get('cache-control'), 'no-store');
    assert.equal(body['registration_client_uri'], `${issuer}/oauth/register/${String(body['client_id'])}`);
    assert.deepEqual(
      [body['client_secret_expires_at'], body['environment'], body['status'], body['token_endpoint_auth_method']],
      [0, 'playground', 'registered', 'client_secret_basic'],
    );
    assert.deepEqual(
      [body['contacts'], body['unknown_member'], body['tos_uri']],
      [['it@lab.example.uz'], undefined, undefined],
    );
    assert.ok(Number.isInteger(body['client_id_issued_at']));
    const given = await grant(body as Record<string, string>);
    assert.deepEqual([given.status, given.body['scope']], [200, 'system/Patient.rs'], given.text);
    const last = (await audited('client.created')).at(-1);
    assert.deepEqual(
      [last?.actor, last?.client_id, last?.address],
      [`registration-token:${usual.registrationToken.tokenId}`, body['client_id'], '127.0.0.1'],
    );
  });

  it('has the defaults of RFC 7591, and all scopes that fit when it names none', async () => {
    const { client_name: name, redirect_uris: uris } = app;
    const { body } = await register({ client_name: name, redirect_uris: uris });
    assert.deepEqual([body['grant_types'], body['response_types']], [['authorization_code'], ['code']]);
    assert.equal(body['scope'], 'openid fhirUser launch launch/patient patient/*.rs');
    assert.ok(body['client_secret']);
  });

  it('takes what SMART applications say of themselves, and software launches them by it', async () => {
    const about = {
      client_uri: 'https://growth.example.uz',
      logo_uri: 'https://growth.example.uz/logo.png',
      initiate_login_uri: 'https://growth.example.uz/launch?theme=blue',
      software_id: 'growth-chart',
      software_version: '2.1',
    };
    const told = await registered({
      ...app,
      ...about,
      scope: 'openid launch patient/*.rs',
      grant_types: ['authorization_code'],
    });
    for (const [name, value] of Object.entries(about)) assert.equal(told[name], value, name);
    assert.equal(told['client_secret'], undefined, 'a public client has none');
    const software = await newClient(bed.clients, { scopes: ['dhp.launch'] });
    const { client_id: id = '', client_secret: secret = '' } = software.form;
    const form = { client_id: id, client_secret: secret, application: told['client_id']!, patient: 'p-1' };
    const launch = await postForm(`${url}/oauth/launch`, form);
    const at = new URL(String(launch.body['launch_url']));
    assert.equal(at.origin + at.pathname, 'https://growth.example.uz/launch');
    assert.deepEqual(
      [at.searchParams.get('theme'), at.searchParams.get('iss'), at.searchParams.get('launch')],
      ['blue', 'https://playground.example.uz/fhir', launch.body['launch']],
    );
  });

  it('takes keys, in it or at an address that is looked at through the guard', async () => {
    const signer = { ...backend, token_endpoint_auth_method: 'private_key_jwt' };
    const inline = await registered({ ...signer, jwks: published });
    assert.deepEqual(
      [inline['client_secret'], Object.keys((inline['jwks'] as unknown as { keys: object[] }).keys[0]!).includes('d')],
      [undefined, false],
    );
    assert.equal((await registered({ ...signer, jwks_uri: `http://${host}/jwks` }))['jwks_uri'], `http://${host}/jwks`);
    const refused: [object, RegExp][] = [
      [{ jwks_uri: 'https://127.0.0.1:1/jwks' }, /internal address/],
      [{ jwks_uri: 'https://169.254.169.254/keys' }, /internal address/],
      [{ jwks_uri: `http://${host}/missing` }, /404/],
      [{ jwks_uri: `http://${host}/page` }, /not a key set/],
      [{ jwks: { keys: [await exportJWK(keyPair.privateKey)] } }, /private members/],
      [{ jwks: published, jwks_uri: `http://${host}/jwks` }, /not both/],
      [{}, /needs jwks or jwks_uri/],
    ];
    for (const [keys, sentence] of refused) {
      const got = await register({ ...signer, ...keys });
      assert.deepEqual([got.status, got.body['error']], [400, 'invalid_client_metadata'], got.text);
      assert.match(String(got.body['error_description']), sentence);
    }
  });

  it('is refused with the member that is wrong, in the words of RFC 7591', async () => {
    const cases: [unknown, string, RegExp][] = [
      [{ ...app, redirect_uris: ['https://a.uz/cb#x'] }, 'invalid_redirect_uri', /fragment/],
      [{ ...app, redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri', /javascript/],
      [{ ...app, redirect_uris: ['http://a.uz/cb'] }, 'invalid_redirect_uri', /https/],
      [{ ...app, redirect_uris: 'https://a.uz/cb' }, 'invalid_client_metadata', /redirect_uris is a list/],
      [{ ...app, client_name: undefined }, 'invalid_client_metadata', /client_name is missing/],
      [{ ...app, client_name: 7 }, 'invalid_client_metadata', /client_name is a text/],
      [{ ...app, grant_types: ['password'] }, 'invalid_client_metadata', /password/],
      [{ ...app, response_types: ['code', 'token'] }, 'invalid_client_metadata', /response_types/],
      [{ ...app, token_endpoint_auth_method: 'tls_client_auth' }, 'invalid_client_metadata', /tls_client_auth/],
      [{ ...app, id_token_signed_response_alg: 'HS256' }, 'invalid_client_metadata', /RS256/],
      [{ ...app, logo_uri: 'javascript:1' }, 'invalid_client_metadata', /logo_uri/],
      [{ ...app, contacts: ['nobody'] }, 'invalid_client_metadata', /contacts/],
      [{ ...app, jwks: published }, 'invalid_client_metadata', /private_key_jwt/],
      [{ ...backend, scope: 'system/Patient.cruds' }, 'invalid_client_metadata', /more than may be registered/],
      [{ ...backend, scope: 'admin/clients.write' }, 'invalid_client_metadata', /more than may be registered/],
      [{ ...app, software_statement: 'e30.e30.' }, 'unapproved_software_statement', /software_statement/],
      [[], 'invalid_client_metadata', /JSON object/],
      ['{"client_name":', 'invalid_client_metadata', /JSON object/],
    ];
    const before = (await tokens.find(usual.registrationToken.tokenId)).uses;
    for (const [metadata, error, sentence] of cases) {
      const got = await register(metadata);
      assert.deepEqual([got.status, got.body['error']], [400, error], `${JSON.stringify(metadata)} ${got.text}`);
      const description = String(got.body['error_description']);
      assert.match(description, sentence);
      assert.match(description, /^[\x20-\x7e]*$/);
    }
    assert.equal((await tokens.find(usual.registrationToken.tokenId)).uses, before, 'what is refused uses nothing up');
    assert.ok((await eventually(async () => (await audited('registration.refused')).at(-1))).reason);
  });

  it('of production waits until an operator has approved it', async () => {
    const told = await registered(backend, ofProduction.secret);
    assert.deepEqual([told['environment'], told['status']], ['production', 'registered']);
    const waiting = await grant(told);
    assert.deepEqual([waiting.status, waiting.body['error']], [400, 'unauthorized_client']);
    await bed.clients.approve(told['client_id']!);
    assert.equal((await grant(told)).status, 200);
  });
});

describe('the management of a registration', () => {
  it('shows it, without the secret, to who has its token alone', async () => {
    const told = await registered(backend);
    const at = told['registration_client_uri']!;
    const { status, body } = await call('GET', at, told['registration_access_token']);
    assert.equal(status, 200);
    const { client_secret: _secret, client_secret_expires_at: _never, ...rest } = told;
    assert.deepEqual(body, rest);
    const other = await registered(backend);
    for (const [where, bearer] of [
      [at, other['registration_access_token']],
      [at, usual.secret],
      [`${issuer}/oauth/register/nobody`, told['registration_access_token']],
      [`${issuer}/oauth/register/%00`, told['registration_access_token']],
    ] as const) {
      const refused = await call('GET', where, bearer);
      assert.deepEqual([refused.status, refused.body['error']], [401, 'invalid_token'], where);
    }
    assert.equal((await call('PATCH', at, told['registration_access_token'], {})).status, 405);
  });

  it('replaces it whole, with another token each time', async () => {
    const told = await registered({ ...app, logo_uri: 'https://growth.example.uz/logo.png' });
    const at = told['registration_client_uri']!;
    const first = told['registration_access_token']!;
    const { logo_uri: _gone, ...kept } = asRequest(told);
    const uris = ['https://growth.example.uz/other'];
    const changed = await call('PUT', at, first, { ...kept, redirect_uris: uris, client_name: 'Growth chart 2' });
    assert.equal(changed.status, 200, changed.text);
    const { client_name: name, redirect_uris: now, logo_uri: logo, client_id: id } = changed.body;
    assert.deepEqual([name, now, logo, id], ['Growth chart 2', uris, undefined, told['client_id']]);
    const second = String(changed.body['registration_access_token']);
    assert.notEqual(second, first);
    assert.equal((await call('GET', at, first)).status, 401, 'the token before opens nothing');
    assert.equal((await call('GET', at, second)).status, 200);
    assert.equal((await audited('client.changed')).at(-1)?.actor, `client:${told['client_id']!}`);
    const same = asRequest(changed.body);
    const others = ['one', 'another'].map((client_name) => call('PUT', at, second, { ...same, client_name }));
    assert.deepEqual((await Promise.all(others)).map(({ status }) => status).sort(), [200, 401], 'of two at once one');
  });

  it('answers a change whose answer was lost once more, with the same token, and nothing else by the old one', async () => {
    const told = await registered({ ...app, contacts: ['it@growth.example.uz'] });
    const [at, first] = [told['registration_client_uri']!, told['registration_access_token']!];
    const change = { ...asRequest(told), client_name: 'Growth chart 3' };
    const lost = await call('PUT', at, first, change);
    assert.equal(lost.status, 200, lost.text);
    const changes = (await audited('client.changed')).length;
    const backwards = Object.fromEntries(Object.entries(change).reverse());
    for (const same of [change, backwards]) {
      const again = await call('PUT', at, first, same);
      assert.deepEqual([again.status, again.body], [200, lost.body], again.text);
    }
    const records = (await audited('client.changed')).slice(changes);
    assert.deepEqual(
      records.map(({ reason }) => reason),
      Array(2).fill('by itself; sent again: its answer was given again'),
    );
    const atOnce = await Promise.all([change, change].map((same) => call('PUT', at, first, same)));
    for (const { status, body } of atOnce) assert.deepEqual([status, body], [200, lost.body]);

    for (const [method, body] of [
      ['PUT', { ...change, client_name: 'Growth chart 4' }],
      ['GET', undefined],
      ['DELETE', undefined],
    ] as const) {
      assert.equal((await call(method, at, first, body)).status, 401, method);
    }
    const second = String(lost.body['registration_access_token']);
    const next = await call('PUT', at, second, { ...change, client_name: 'Growth chart 5' });
    assert.equal(next.status, 200);
    assert.equal((await call('PUT', at, first, change)).status, 401, 'what was changed since is not undone');
    const third = String(next.body['registration_access_token']);
    ahead = 3_601_000;
    try {
      const late = await call('PUT', at, second, { ...change, client_name: 'Growth chart 5' });
      assert.equal(late.status, 401, 'too late');
    } finally {
      ahead = 0;
    }
    assert.equal((await call('GET', at, third)).status, 200);
  });

  it('gives one token for the same change sent twice at once', async () => {
    const told = await registered(app);
    const [at, first] = [told['registration_client_uri']!, told['registration_access_token']!];
    const change = { ...asRequest(told), client_name: 'At once' };
    const [one, other] = await Promise.all([change, change].map((same) => call('PUT', at, first, same)));
    assert.deepEqual([one!.status, other!.status], [200, 200]);
    assert.equal(one!.body['registration_access_token'], other!.body['registration_access_token']);
  });

  it('does not let a client be another one, nor have more than it may', async () => {
    const told = await registered(backend);
    const at = told['registration_client_uri']!;
    const same = asRequest(told);
    const put = (metadata: object): Promise<Answer> => call('PUT', at, told['registration_access_token'], metadata);
    const { client_id: _id, ...nameless } = same;
    for (const wrong of [
      nameless,
      { ...same, client_id: 'another' },
      { ...same, client_secret: 'of my own choice' },
      { ...same, registration_access_token: told['registration_access_token'] },
      { ...same, scope: 'system/Patient.cruds' },
      { ...same, token_endpoint_auth_method: 'private_key_jwt', jwks: published },
    ]) {
      const got = await put(wrong);
      assert.deepEqual([got.status, got.body['error']], [400, 'invalid_client_metadata'], got.text);
    }
    assert.equal((await grant(told)).status, 200, 'the secret is the one it was');

    await bed.clients.change(told['client_id']!, { scopes: ['system/Patient.r'] });
    assert.equal((await put({ ...same, scope: 'system/Patient.rs' })).status, 400, 'an operator has narrowed it');
  });

  it('wants approval anew for what grows in production, and for nothing else', async () => {
    const told = await registered(
      { ...app, initiate_login_uri: 'https://growth.example.uz/launch' },
      ofProduction.secret,
    );
    const [at, id] = [told['registration_client_uri']!, told['client_id']!];
    let access = told['registration_access_token'];
    const put = async (change: object): Promise<unknown> => {
      const { body, status, text } = await call('PUT', at, access, { ...asRequest(told), ...change });
      assert.equal(status, 200, text);
      access = String(body['registration_access_token']);
      return body['status'];
    };
    await bed.clients.approve(id);
    assert.equal(await put({ contacts: ['it@growth.example.uz'] }), 'approved');
    assert.equal(await put({ scope: 'openid launch/patient patient/Observation.rs' }), 'approved', 'less than before');
    for (const more of [
      { redirect_uris: ['https://growth.example.uz/cb', 'https://elsewhere.example.uz/cb'] },
      { client_name: 'Ministry of Health' },
      { scope: 'openid fhirUser launch/patient patient/*.rs' },
      { initiate_login_uri: 'https://elsewhere.example.uz' },
    ]) {
      assert.equal(await put(more), 'registered', JSON.stringify(more));
      await bed.clients.approve(id);
    }
    assert.match((await audited('client.changed')).at(-1)!.reason, /approval anew/);
  });

  it('ends it: the client, its tokens and its secret', async () => {
    const told = await registered(backend);
    const [at, access] = [told['registration_client_uri']!, told['registration_access_token']];
    assert.equal((await grant(told)).status, 200);
    assert.equal((await call('DELETE', at, access)).status, 204);
    assert.equal((await call('DELETE', at, access)).status, 401);
    assert.equal((await grant(told)).status, 401);
    const client = await bed.clients.find(told['client_id']!);
    assert.match(client!.disabledReason!, /itself/);
    assert.equal((await audited('client.deregistered')).at(-1)?.client_id, told['client_id']);
    const revoked = await bed.sql`select 1 from sso.revocation where subject = ${`client:${told['client_id']!}`}`;
    assert.equal(revoked.length, 1);
    await bed.clients.enable(told['client_id']!);
    assert.equal((await grant(told)).status, 401, 'the secret went with it');
  });

  it('is not there for a disabled client, nor for one that an operator registered', async () => {
    const told = await registered(backend);
    await bed.clients.disable(told['client_id']!);
    assert.equal((await call('GET', told['registration_client_uri']!, told['registration_access_token'])).status, 401);
    const { id, secret } = await newClient(bed.clients);
    assert.equal((await call('GET', `/oauth/register/${id}`, secret)).status, 401);
  });
});

describe('a registration token', () => {
  it('is needed, and opens nothing when it is unknown, has expired or was ended', async () => {
    const bare = await call('POST', '/oauth/register', undefined, backend);
    assert.deepEqual(
      [bare.status, bare.body['error'], bare.headers.get('www-authenticate')],
      [401, 'invalid_token', 'Bearer'],
    );
    const old = await token({ lifetime: 60 });
    const ended = await token();
    await tokens.end(ended.registrationToken.tokenId);
    ahead = 61_000;
    try {
      for (const secret of ['dhpi_nothing', old.secret, ended.secret]) {
        const got = await register(backend, secret);
        assert.deepEqual([got.status, got.body['error']], [401, 'invalid_token']);
        assert.match(got.headers.get('www-authenticate')!, /invalid_token/);
      }
    } finally {
      ahead = 0;
    }
  });

  it('registers as many clients as it says, of parallel ones too', async () => {
    const three = await token({ maxUses: 3 });
    const got = await Promise.all(Array.from({ length: 12 }, () => register(backend, three.secret)));
    assert.equal(got.filter(({ status }) => status === 201).length, 3);
    assert.ok(got.every(({ status }) => [201, 401, 429].includes(status)));
    const { state, uses } = await tokens.find(three.registrationToken.tokenId);
    assert.deepEqual([state, uses], ['used-up', 3]);
  });

  it('may not allow the administration, nor what is no scope', async () => {
    await assert.rejects(token({ scopes: ['admin/clients.write'] }), /command line only/);
    await assert.rejects(token({ scopes: ['everything'] }), /not a scope/);
    await assert.rejects(token({ scopes: [] }), /needs scopes/);
    await assert.rejects(token({ maxUses: 0 }), /1 to 1000/);
    await assert.rejects(token({ lifetime: 400 * 86_400 }), /a year/);
  });

  it('lies in the database as a hash, and so does what manages a registration', async () => {
    const told = await registered(backend);
    const rows = await bed.sql`
      select (select json_agg(t) from sso.registration_token t)::text as tokens,
             (select json_agg(c) from sso.client c)::text as clients, (select json_agg(a) from sso.audit_event a)::text as audit`;
    const text = JSON.stringify(rows);
    for (const secret of [usual.secret, told['client_secret']!, told['registration_access_token']!]) {
      assert.ok(!text.includes(secret));
    }
  });

  it('makes who tries many wrong ones wait', async () => {
    const { url: another } = await bed.start({ limits: { perClient: 100_000, perAddress: 100_000 } });
    const headers = { authorization: 'Bearer dhpi_wrong', 'content-type': 'application/json' };
    const statuses: number[] = [];
    for (let n = 0; n < 8; n += 1) {
      const response = await fetch(`${another}/oauth/register`, { method: 'POST', headers, body: '{}' });
      statuses.push(response.status);
      if (response.status === 429) assert.ok(Number(response.headers.get('retry-after')) > 0);
    }
    assert.ok(statuses.includes(429), statuses.join());
  });
});
