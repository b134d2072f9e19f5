/** The administration over HTTP: scopes, reasons, every act of the table, approval, and its description. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeJwt, exportJWK, generateKeyPair } from 'jose';
import { openAccounts } from '@dhp/accounts';
import { checkAnswer, type Description } from './openapi.ts';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { issuer, newClient, postForm, testBed, type Answer } from './support.ts';

const bed = await testBed();
const { url } = await bed.start({ send: () => Promise.resolve() });
const all = [
  'admin/audit.read',
  'admin/clients.approve',
  ...['clients', 'users', 'sessions', 'keys', 'policies', 'access-policies', 'broken-glass'].flatMap((part) => [
    `admin/${part}.read`,
    `admin/${part}.write`,
  ]),
];
const operator = await newClient(bed.clients, { scopes: [...all, 'system/*.cruds'] });

async function tokenFor(scope: string): Promise<string> {
  const { status, body } = await postForm(`${url}/oauth/token`, { ...operator.form, scope });
  assert.equal(status, 200, JSON.stringify(body));
  return String(body['access_token']);
}
const full = await tokenFor(all.join(' '));
const approver = await newClient(bed.clients, { scopes: ['admin/clients.approve'] });

/** The description of the interface, to which every answer of this file is held. */
const description = (await (await fetch(`${url}/admin/openapi.json`)).json()) as Description;
const answered = new Set<string>();

async function call(method: string, path: string, body?: unknown, token: string | null = full): Promise<Answer> {
  const response = await fetch(`${url}/admin${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const found = checkAnswer(description, {
    method,
    path: `/admin${path.split('?', 1)[0]!}`,
    status: response.status,
    text,
    body,
  });
  if (found !== undefined) answered.add(found);
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  } as Answer;
}

const reason = 'as the ministry asked';

async function audited(event: string): Promise<{ actor: string; reason: string }[]> {
  return bed.sql`select actor, reason from sso.audit_event where event = ${event} order by id`;
}

describe('who may administer', () => {
  it('has a token for the SSO itself with the scope of the act', async () => {
    assert.equal(decodeJwt(full)['aud'], issuer);
    const { status, body } = await call('GET', '/clients', undefined, null);
    assert.deepEqual([status, body['error']], [401, 'invalid_token']);
    const reader = await tokenFor('admin/clients.read');
    assert.equal((await call('GET', '/clients', undefined, reader)).status, 200);
    const refused = await call('POST', '/clients', { reason }, reader);
    assert.deepEqual([refused.status, refused.body['error']], [403, 'insufficient_scope']);
    assert.equal((await call('GET', '/users', undefined, reader)).status, 403);
  });

  it('is not who has a token of a FHIR environment, and the other way round', async () => {
    const fhir = await tokenFor('system/*.cruds');
    assert.notEqual(decodeJwt(fhir)['aud'], issuer);
    assert.equal((await call('GET', '/clients', undefined, fhir)).status, 401);
    const mixed = await tokenFor('system/*.cruds admin/clients.read');
    assert.ok(!String(decodeJwt(mixed)['scope']).includes('admin/'), 'a token is for one of them');
    const plain = await newClient(bed.clients);
    const asked = await postForm(`${url}/oauth/token`, { ...plain.form, scope: 'admin/clients.write' });
    assert.equal(asked.body['error'], 'invalid_scope');
  });
});

describe('clients', () => {
  it('are registered, found, changed, given secrets, disabled and enabled, each with a reason', async () => {
    const bare = await call('POST', '/clients', { client_name: 'Clinic 7', scope: 'system/Patient.rs' });
    assert.deepEqual([bare.status, bare.body['error']], [400, 'invalid_request']);
    assert.match(String(bare.body['error_description']), /reason/);
    const made = await call('POST', '/clients', { client_name: 'Clinic 7', scope: 'system/Patient.rs', reason });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const { client_id: id, client_secret: secret } = made.body as Record<string, string>;
    const grant = { grant_type: 'client_credentials', client_id: id!, client_secret: secret! };
    assert.equal((await postForm(`${url}/oauth/token`, grant)).status, 200);

    const found = await call('GET', '/clients?q=clinic%207');
    assert.deepEqual([found.body['total'], (found.body['clients'] as unknown[]).length], [1, 1]);
    assert.ok(!JSON.stringify(found.body).includes('client_secret"'));
    const changed = await call('PATCH', `/clients/${id!}`, { scope: 'system/Patient.r', reason });
    assert.deepEqual([changed.status, changed.body['scope']], [200, 'system/Patient.r']);
    assert.equal((await call('PATCH', `/clients/${id!}`, { scope: 'nonsense', reason })).status, 400);
    const rotated = await call('POST', `/clients/${id!}/rotate-secret`, { reason });
    assert.notEqual(rotated.body['client_secret'], secret);
    assert.equal((await postForm(`${url}/oauth/token`, grant)).status, 401);
    assert.equal((await call('POST', `/clients/${id!}/disable`, { reason })).body['status'], 'disabled');
    assert.equal((await call('POST', `/clients/${id!}/enable`, { reason })).status, 200);
    assert.equal((await call('GET', '/clients/nothing')).status, 404);
    const nul = await call('GET', '/sessions?client_id=a%00b');
    assert.deepEqual([nul.status, String(nul.body['error_description']).includes('client_id')], [400, true]);
    assert.equal((await call('POST', '/clients/nothing/disable', { reason })).status, 404);

    for (const event of ['client.created', 'client.changed', 'client.secret-rotated', 'client.disabled']) {
      const last = (await audited(event)).at(-1);
      assert.equal(last?.actor, `client:${operator.id}`, event);
      assert.match(last.reason, /as the ministry asked/, event);
    }
  });

  it('of production wait for approval, and are told to', async () => {
    const scope = 'system/Patient.rs';
    const made = await call('POST', '/clients', { client_name: 'Hospital', environment: 'production', scope, reason });
    assert.equal(made.body['status'], 'registered');
    const { client_id: id = '', client_secret: secret = '' } = made.body as Record<string, string>;
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: secret };
    const waiting = await postForm(`${url}/oauth/token`, form);
    assert.deepEqual([waiting.status, waiting.body['error']], [400, 'unauthorized_client']);
    assert.match(String(waiting.body['error_description']), /wait/);
    const guess = await postForm(`${url}/oauth/token`, { ...form, client_secret: 'wrong' });
    assert.equal(guess.status, 401, 'only who has the secret learns it');
    const listed = await call('GET', '/clients?environment=production&status=registered');
    assert.equal(listed.body['total'], 1);
    const own = await call('POST', `/clients/${id}/approve`, { reason });
    assert.deepEqual([own.status, own.body['error']], [403, 'access_denied'], 'not by who registered it');
    const asOther = await postForm(`${url}/oauth/token`, approver.form);
    const approved = await call('POST', `/clients/${id}/approve`, { reason }, String(asOther.body['access_token']));
    assert.deepEqual([approved.body['status'], approved.body['approved_by']], ['approved', `client:${approver.id}`]);
    assert.equal((await postForm(`${url}/oauth/token`, form)).status, 200);
  });

  it('get no power over the administration by it', async () => {
    const made = await call('POST', '/clients', { client_name: 'X', scope: 'admin/clients.write', reason });
    assert.equal(made.status, 403);
    const changed = await call('PATCH', `/clients/${operator.id}`, { scope: all.join(' '), reason });
    assert.equal(changed.status, 403);
  });
});

describe('people, roles and sessions', () => {
  it('are administered', async () => {
    const identities = [{ environment: 'playground', reference: 'Practitioner/pr-1' }];
    const made = await call('POST', '/users', { username: 'aziza', name: 'Aziza Karimova', identities, reason });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const password = String(made.body['password']);
    assert.equal((await call('GET', '/users?q=karim')).body['total'], 1);

    const role = { role: 'doctor', organization: 'o-1', reason };
    const given = await call('POST', '/users/aziza/roles', role);
    assert.deepEqual([given.status, (given.body['roles'] as unknown[]).length], [201, 1]);
    const taken = await call(
      'DELETE',
      `/users/aziza/roles?role=doctor&organization=o-1&reason=${encodeURIComponent(reason)}`,
    );
    assert.equal(taken.status, 204);

    const redirectUri = 'https://clinic.example.uz/cb';
    const app = await newClient(bed.clients, {
      grants: ['authorization_code'],
      scopes: ['openid', 'user/*.rs'],
      redirectUris: [redirectUri],
      public: true,
    });
    const request = { client_id: app.id, response_type: 'code', redirect_uri: redirectUri, scope: 'openid user/*.rs' };
    assert.ok(Number(new Date(String(made.body['password_expires_at']))) > Date.now() + 71 * 3600_000);
    const person = { username: 'aziza', password, own: 'quiet words on paper' };
    await signIn(new Browser(url), authorizeAddress({ ...request, ...pkce().query }), person);
    assert.equal((await call('GET', '/users/aziza')).body['password_expires_at'], undefined);
    const { body } = await call('GET', '/sessions?username=aziza');
    const sessions = body['sessions'] as { session_id: string }[];
    assert.equal(sessions.length, 1);
    const path = `/sessions/${sessions[0]!.session_id}`;
    assert.equal((await call('DELETE', path)).status, 400, 'without a reason');
    assert.equal((await call('DELETE', `${path}?reason=stolen+telephone`)).status, 204);
    assert.equal((await call('DELETE', `${path}?reason=stolen+telephone`)).status, 404);
    assert.deepEqual((await call('GET', '/sessions?username=aziza')).body['sessions'], []);
    assert.equal((await audited('session.ended')).at(-1)?.reason, 'stolen telephone');
    const again = new Browser(url);
    await signIn(again, authorizeAddress({ ...request, ...pkce().query }), { username: 'aziza', password: person.own });
    assert.deepEqual((await call('POST', '/users/aziza/sign-out', { reason })).body, { ended: 1 });
    assert.equal((await audited('account.signed-out')).at(-1)?.reason, reason);
    assert.equal((await call('POST', '/users/aziza/disable', { reason })).status, 200);
    assert.equal((await call('GET', '/users/nobody')).status, 404);
  });
});

describe('a person', () => {
  it('is changed, with reason and record', async () => {
    const made = { username: 'olim', name: 'Olim', email: 'olim@example.uz', reason };
    assert.equal((await call('POST', '/users', made)).status, 201);
    const identities = [{ environment: 'playground', reference: 'Patient/p-9' }];
    const changed = await call('PATCH', '/users/olim', { name: 'Olim Usmonov', email: null, identities, reason });
    assert.deepEqual([changed.status, changed.body['name'], changed.body['email']], [200, 'Olim Usmonov', undefined]);
    assert.deepEqual(changed.body['identities'], identities);
    const kept = await call('PATCH', '/users/olim', { email: 'o@example.uz', reason });
    assert.deepEqual([kept.body['name'], kept.body['identities']], ['Olim Usmonov', identities]);
    assert.equal((await call('PATCH', '/users/olim', { email: 'nowhere', reason })).status, 400);
    assert.equal((await call('PATCH', '/users/nobody', { name: 'X', reason })).status, 404);
    assert.equal((await audited('account.changed')).at(-1)?.reason, reason);
  });

  it('who waits for wrong passwords is seen and let in', async () => {
    const accounts = openAccounts(bed.sql);
    for (let n = 0; n < 5; n += 1) await accounts.authenticate('olim', 'wrong', '192.0.2.7');
    assert.ok((await call('GET', '/users/olim')).body['locked_until']);
    assert.equal((await call('POST', '/users/olim/unlock', { reason })).status, 200);
    assert.equal((await call('GET', '/users/olim')).body['locked_until'], undefined);
    assert.equal((await audited('account.unlocked')).length, 1);
  });

  it('who lost codes or passkeys gets rid of them, and who lost the password a link', async () => {
    const { account_id: id } = (
      await bed.sql<{ account_id: string }[]>`select account_id from sso.account where username = 'olim'`
    )[0]!;
    await bed.sql`insert into sso.recovery_code values (${id}, ${Buffer.alloc(32)}, now())`;
    await bed.sql`insert into sso.passkey values ('c', ${id}, '', 0, 'key', now())`;
    const ways = async (): Promise<object> => (await call('GET', '/users/olim')).body['signs_in_by'] as object;
    const some = { password: true, codes: false, recovery_codes_left: 1, passkeys: 1, links: [] };
    assert.deepEqual(await ways(), some);
    assert.equal((await call('POST', '/users/olim/reset-factors', { reason })).status, 200);
    assert.deepEqual(await ways(), { ...some, recovery_codes_left: 0, passkeys: 0 });
    const { status, body } = await call('POST', '/users/olim/reset-link', { reason });
    assert.equal(status, 201);
    const link = new URL(String(body['link']));
    assert.equal(link.origin, issuer);
    const form = { token: link.searchParams.get('token')!, new: 'a quite new password' };
    await postForm(`${url}/password/new`, form);
    assert.ok('account' in (await openAccounts(bed.sql).authenticate('olim', form.new, '192.0.2.8')));
    const paper = await call('POST', '/users/olim/paper-code', { reason });
    assert.deepEqual([paper.status, paper.body['address']], [201, `${issuer}/invited`]);
    assert.match(String(paper.body['code']), /^[2-9B-Z]{4}-[2-9B-Z]{4}-[2-9B-Z]{5}$/);
    await call('POST', '/users/olim/disable', { reason });
    assert.equal((await call('POST', '/users/olim/reset-link', { reason })).status, 400);
    assert.equal((await call('POST', '/users/olim/paper-code', { reason })).status, 400);
  });

  it('loses a wrong link to an identity system, with the PINFL that would make it again', async () => {
    const { account_id: id } = (
      await bed.sql<{ account_id: string }[]>`select account_id from sso.account where username = 'olim'`
    )[0]!;
    await bed.sql`insert into sso.upstream_link values ('oneid', ${Buffer.alloc(32)}, ${id}, now())`;
    await bed.sql`update sso.account set pinfl_hash = ${Buffer.alloc(32)} where account_id = ${id}`;
    assert.equal((await call('DELETE', '/users/olim/links/oneid?reason=of+another')).status, 204);
    assert.equal((await call('DELETE', '/users/olim/links/oneid?reason=of+another')).status, 404);
    const [row] = await bed.sql`select pinfl_hash from sso.account where account_id = ${id}`;
    assert.equal(row!['pinfl_hash'], null);
    assert.equal((await audited('account.unlinked')).at(-1)?.reason, 'oneid: of another');
  });

  it('has a link and a record of the old rule, which an operator confirms or rejects', async () => {
    const { accountId } = (await openAccounts(bed.sql).find('olim'))!;
    await bed.sql`insert into sso.unconfirmed_link values ('oneid', ${Buffer.alloc(32, 7)}, ${accountId}, now())`;
    await bed.sql`insert into sso.unconfirmed_identity values (${accountId}, 'production', 'RelatedPerson', 'old-1')`;
    const listed = await call('GET', '/unconfirmed');
    assert.equal(listed.status, 200);
    assert.deepEqual(
      (listed.body['people'] as { username: string }[]).map(({ username }) => username),
      ['olim'],
    );
    const record = { environment: 'production', reference: 'RelatedPerson/old-1' };
    for (const wrong of [{}, { upstream: 'oneid', ...record }, { reference: 'RelatedPerson/old-1' }])
      assert.equal((await call('POST', '/users/olim/confirm', { ...wrong, reason })).status, 400);
    assert.equal((await call('POST', '/users/olim/confirm', { upstream: 'oneid', reason: ' ' })).status, 400);
    assert.equal((await call('POST', '/users/olim/confirm', { upstream: 'other', reason })).status, 404);
    const left = await call('POST', '/users/olim/confirm', { ...record, reason });
    assert.deepEqual([left.status, left.body['identities']], [200, []]);
    const none = await call('POST', '/users/olim/reject', { upstream: 'oneid', reason });
    assert.deepEqual([none.status, none.body['links']], [200, []]);
    await bed.sql`delete from sso.account_identity where fhir_id = 'old-1'`;
  });

  it('has a record when a source or an operator says so', async () => {
    const { id: client } = await newClient(bed.clients, { environment: 'production' });
    const source = { client_id: client, environment: 'production', resource_type: 'Patient' };
    for (const wrong of [{}, { ...source, resource_type: 'Group' }, { ...source, environment: 'playground' }])
      assert.equal((await call('POST', '/identity-sources', { ...wrong, reason })).status, 400);
    assert.equal((await call('POST', '/identity-sources', { ...source, client_id: 'nobody', reason })).status, 404);
    assert.equal((await call('POST', '/identity-sources', { ...source, reason })).status, 201);
    const { identity_sources: listed } = (await call('GET', '/identity-sources')).body as {
      identity_sources: Record<string, string>[];
    };
    assert.deepEqual([listed[0]!['client_id'], listed[0]!['reason'], listed.length], [client, reason, 1]);
    const query = new URLSearchParams({ ...source, reason }).toString();
    assert.equal((await call('DELETE', `/identity-sources?${query}`)).status, 204);
    assert.equal((await call('DELETE', `/identity-sources?${query}`)).status, 404);

    const { accountId } = (await openAccounts(bed.sql).find('olim'))!;
    const [row] = await bed.sql<{ case_id: string }[]>`
      insert into sso.identity_case (case_id, account_id, environment, type, kind, fhir_ids, pinfl_hash, opened_at)
      values (gen_random_uuid(), ${accountId}, 'production', 'Practitioner', 'unproven', '{case-1}', ${Buffer.alloc(32)}, now())
      returning case_id`;
    const { identity_cases: open } = (await call('GET', '/identity-cases')).body as { identity_cases: object[] };
    assert.equal(open.length, 1);
    const path = `/identity-cases/${row!.case_id}/decide`;
    assert.equal((await call('POST', path, { id: 'case-2', reason })).status, 400);
    assert.equal((await call('POST', path, { id: 'case-1', reason })).status, 204);
    assert.equal((await call('POST', path, { id: 'case-1', reason })).status, 404);
    assert.equal((await call('POST', '/identity-cases/1/decide', { reason })).status, 404);
    assert.equal((await bed.sql`delete from sso.account_identity where fhir_id = 'case-1' returning 1`).length, 1);
  });

  it('is found among many by name, state, record and role, a page at a time', async () => {
    for (let n = 0; n < 7; n += 1) {
      const identities = [{ environment: 'production', reference: `Practitioner/many-${String(n)}` }];
      await call('POST', '/users', { username: `many-${String(n)}`, name: `Many ${String(n)}`, identities, reason });
    }
    await call('POST', '/users/many-3/disable', { reason });
    const role = { environment: 'production', role: 'nurse', organization: 'o-1', reason };
    await call('POST', '/users/many-4/roles', role);
    const names = async (query: string): Promise<string[]> => {
      const { status, body } = await call('GET', `/users?q=many&${query}`);
      assert.equal(status, 200, JSON.stringify(body));
      return (body['users'] as { username: string }[]).map(({ username }) => username);
    };
    const all = Array.from({ length: 7 }, (_, n) => `many-${String(n)}`);
    assert.deepEqual(await names('environment=production'), all);
    assert.deepEqual(await names('environment=playground'), []);
    assert.deepEqual(await names('status=disabled'), ['many-3']);
    assert.deepEqual(await names('reference=Practitioner/many-5'), ['many-5']);
    assert.deepEqual(await names('role=nurse'), ['many-4']);
    assert.deepEqual(await names('count=3'), all.slice(0, 3));
    assert.deepEqual(await names('count=3&after=many-2'), all.slice(3, 6));
    const last = await call('GET', '/users?q=many&count=3&after=many-5');
    assert.deepEqual([last.body['total'], last.body['next']], [7, undefined]);
    for (const wrong of ['status=tired', 'count=1.5', 'after=nobody', 'environment=nowhere']) {
      assert.equal((await call('GET', `/users?${wrong}`)).status, 400, wrong);
    }
  });
});

describe('a client', () => {
  it('is changed in all that may change, and in nothing else', async () => {
    const key = (await generateKeyPair('ES384')).publicKey;
    const jwks = { keys: [{ ...(await exportJWK(key)), kid: 'k1', alg: 'ES384', use: 'sig' }] };
    const made = await call('POST', '/clients', { client_name: 'Signer', scope: 'system/*.rs', jwks, reason });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const path = `/clients/${String(made.body['client_id'])}`;
    const more = { grant_types: ['client_credentials', 'authorization_code'], redirect_uris: ['https://a.uz/cb'] };
    const change = {
      ...more,
      client_name: 'Signer 2',
      scope: 'system/*.rs openid',
      post_logout_redirect_uris: ['https://a.uz/bye'],
      backchannel_logout_uri: 'https://a.uz/told',
      jwks_uri: 'https://a.uz/jwks',
      dpop_bound_access_tokens: true,
      minimal_authorize: true,
      hex_challenge: true,
      require_pkce: true,
    };
    const { status, body } = await call('PATCH', path, { ...change, reason });
    assert.equal(status, 200, JSON.stringify(body));
    for (const [name, value] of Object.entries(change)) assert.deepEqual(body[name], value, name);
    const told = await call('PATCH', path, { backchannel_logout_uri: null, dpop_bound_access_tokens: false, reason });
    assert.deepEqual([told.body['backchannel_logout_uri'], told.body['dpop_bound_access_tokens']], [undefined, false]);
    assert.equal(told.body['jwks_uri'], change.jwks_uri, 'what is not said stays');
    assert.equal((await call('PATCH', path, { environment: 'production', reason })).status, 400);
    assert.equal((await call('PATCH', path, { redirect_uris: ['javascript:1'], reason })).status, 400);
    const secretOne = await call('POST', '/clients', { client_name: 'Other', scope: 'system/*.rs', reason });
    const other = `/clients/${String(secretOne.body['client_id'])}`;
    assert.equal((await call('PATCH', other, { jwks, reason })).status, 400, 'keys do not replace a secret');
  });

  it('is found a page at a time', async () => {
    for (let n = 0; n < 5; n += 1)
      await newClient(bed.clients, { name: `Page ${String(n)}`, clientId: `p-${String(n)}` });
    const first = await call('GET', '/clients?q=PAGE&count=2');
    const ids = ({ body }: Answer): string[] =>
      (body['clients'] as { client_id: string }[]).map((one) => one.client_id);
    assert.deepEqual([ids(first), first.body['total'], first.body['next']], [['p-0', 'p-1'], 5, 'p-1']);
    assert.deepEqual(ids(await call('GET', '/clients?q=page&count=3&after=p-1')), ['p-2', 'p-3', 'p-4']);
    assert.equal((await call('GET', '/clients?after=nothing')).status, 400);
    assert.equal((await call('GET', '/clients?status=tired')).status, 400);
  });
});

describe('an invitation', () => {
  it('is a link for who has no address, for an account without a password; else it is sent', async () => {
    const person = { username: 'mehmon', name: 'Mehmon', invite: true, reason };
    const other = { ...person, username: 'mehmon2', email: 'mehmon@example.uz', language: 'ru' };
    const sent = await call('POST', '/users', other);
    assert.deepEqual([sent.body['invitation_sent'], sent.body['invitation']], [true, undefined]);
    const { status, body } = await call('POST', '/users', person);
    assert.equal(status, 201);
    assert.match(String(body['invitation']), /\/password\/new\?token=[\w-]{43}$/);
    assert.equal(body['password'], undefined);
    const shown = await call('GET', '/users/mehmon');
    assert.equal((shown.body['signs_in_by'] as { password: boolean }).password, false);
  });

  it('goes with no password, and in a language that there is', async () => {
    const person = { username: 'kimdir', name: 'Kimdir', invite: true, reason };
    assert.equal((await call('POST', '/users', { ...person, password: 'a long password 7' })).status, 400);
    assert.equal((await call('POST', '/users', { ...person, language: 'fr' })).status, 400);
    assert.equal((await call('GET', '/users/kimdir')).status, 404);
  });
});

describe('keys and policies', () => {
  it('are listed and changed', async () => {
    const before = (await call('GET', '/keys')).body['keys'] as unknown[];
    const made = await call('POST', '/keys', { alg: 'ES256', reason });
    assert.deepEqual([made.status, made.body['state']], [201, 'published']);
    const { body } = await call('GET', '/keys');
    assert.equal((body['keys'] as unknown[]).length, before.length + 1);
    assert.ok(!JSON.stringify(body).includes('private'));
    assert.match((await audited('key.added'))[0]!.reason, /ES256 .*: as the ministry asked/);

    const scopes = ['user/Patient.rs?organization={organization}'];
    assert.equal((await call('PUT', '/policies/playground/doctor', { scopes, reason })).status, 200);
    const { policies } = (await call('GET', '/policies')).body as { policies: { scopes: string[] }[] };
    assert.deepEqual(policies[0]?.scopes, scopes);
    assert.equal((await call('PUT', '/policies/playground/doctor', { scopes: ['system/*.rs'], reason })).status, 400);
    assert.equal((await call('PUT', '/policies/nowhere/doctor', { scopes, reason })).status, 400);
    assert.equal((await call('DELETE', '/policies/playground/doctor?reason=no+longer')).status, 204);
  });
});

describe('the audit trail', () => {
  interface Found {
    link: { relation: string; url: string }[];
    entry: { resource: Record<string, unknown> }[];
  }
  const search = async (query: Record<string, string>): Promise<Found> => {
    const { status, body } = await call('GET', `/audit-events?${new URLSearchParams(query).toString()}`);
    assert.equal(status, 200, JSON.stringify(body));
    return body as unknown as Found;
  };
  const idsOf = ({ entry }: Found): unknown[] => entry.map(({ resource }) => resource['id']);

  it('is searched as AuditEvents, the newest first, page by page', async () => {
    const began = new Date();
    const minutes = (n: number): string => new Date(began.getTime() + n * 60_000).toISOString();
    await bed.sql`
      insert into sso.audit_event (recorded, event, reason, client_id, address, correlation_id, actor)
      select ${began}::timestamptz + n * interval '1 minute', 'sign-in.refused', 'wrong-password', 'audited-client',
             '10.9.0.0'::inet + n, 'request-' || n, 'cli:auditor'
      from generate_series(1, 5) n`;
    const first = await search({ client_id: 'audited-client', count: '2' });
    const next = first.link.find(({ relation }) => relation === 'next')!.url;
    const second = await search(Object.fromEntries(new URL(next).searchParams));
    const third = await search(Object.fromEntries(new URL(second.link.at(-1)!.url).searchParams));
    const ids = [first, second, third].flatMap(idsOf);
    assert.equal(new Set(ids).size, 5);
    assert.equal(third.link.length, 1, 'the last page');
    const { resource } = first.entry[0]!;
    assert.equal(resource['resourceType'], 'AuditEvent');
    assert.equal(Date.parse(String(resource['recorded'])), Date.parse(minutes(5)));
    assert.equal((await search({ request: 'request-3' })).entry.length, 1);
    assert.equal((await search({ address: '10.9.0.4/31', event: 'sign-in.refused' })).entry.length, 2);
    assert.equal((await search({ actor: 'cli:auditor', since: minutes(2), until: minutes(4) })).entry.length, 2);
    assert.equal((await search({ event: 'key.retired', client_id: 'audited-client' })).entry.length, 0);
  });

  it('holds that it was read, by whom, by what, and how much', async () => {
    await search({ client_id: 'audited-client', count: '3' });
    const last = (await audited('audit.exported')).at(-1);
    assert.deepEqual(last, { actor: `client:${operator.id}`, reason: '3 records of clientId=audited-client&count=3' });
  });

  it('is for who has the scope for it, which nothing else contains and nobody writes with', async () => {
    const others = await tokenFor(all.filter((scope) => !scope.includes('audit')).join(' '));
    assert.equal((await call('GET', '/audit-events', undefined, others)).status, 403);
    assert.equal((await call('POST', '/audit-events', { reason })).status, 405);
    const scope = 'admin/audit.read';
    assert.equal((await call('POST', '/clients', { client_name: 'X', scope, reason })).status, 403);
  });

  it('says what it cannot be searched by', async () => {
    const wrong = [
      'address=nowhere',
      'since=yesterday',
      'since=2026-03-01',
      'after=x',
      'count=0',
      'person=',
      'colour=red',
    ];
    for (const query of wrong)
      assert.ok([400, 404].includes((await call('GET', `/audit-events?${query}`)).status), query);
    assert.equal((await call('GET', '/audit-events?person=nobody.at.all')).status, 404);
  });
});

describe('a registration token', () => {
  it('is made, listed, shown and ended', async () => {
    const asked = { name: 'Software house', scope: 'system/Patient.rs', max_uses: 2, expires_in: 3600, reason };
    const made = await call('POST', '/registration-tokens', asked);
    assert.deepEqual([made.status, made.body['state'], made.body['max_uses']], [201, 'live', 2]);
    assert.match(String(made.body['token']), /^dhpi_/);
    const id = String(made.body['token_id']);
    const { body } = await call('GET', '/registration-tokens');
    assert.deepEqual([body['total'], JSON.stringify(body).includes(String(made.body['token']))], [1, false]);
    assert.equal((await call('GET', `/registration-tokens/${id}`)).body['uses'], 0);
    const ended = await call('POST', `/registration-tokens/${id}/end`, { reason });
    assert.deepEqual([ended.body['state'], ended.body['ended_by']], ['ended', `client:${operator.id}`]);
    assert.equal((await audited('registration-token.ended')).at(-1)?.reason, `${id}: ${reason}`);
    assert.equal((await call('GET', '/registration-tokens/none')).status, 404);
    assert.equal((await call('POST', '/registration-tokens', { ...asked, max_uses: '2' })).status, 400);
    assert.equal((await call('POST', '/registration-tokens', { ...asked, scope: 'admin/keys.write' })).status, 403);
  });
});

describe('access policies and broken glass', () => {
  it('answer as they are described', async () => {
    const path = '/access-policies/playground';
    assert.equal((await call('GET', path)).body['version'], 2);
    assert.equal((await call('GET', `${path}/versions`)).status, 200);
    assert.equal((await call('GET', `${path}/versions/1`)).status, 200);
    const faulty = await call('POST', `${path}/check`, { policies: 'wrong', language: 'uz' });
    assert.deepEqual((faulty.body['faults'] as { line: number }[])[0]!.line, 3);
    const tried = await call('POST', `${path}/try`, { policies: '{}', purpose: 'HRESCH' });
    assert.deepEqual((tried.body['losses'] as { who: object }[])[0]!.who, {
      authority: 'system',
      clients: ['dhp-sso'],
      number_of_clients: 1,
      roles: [],
    });
    const asked = { resource: 'Observation/7', client_id: operator.id };
    assert.equal((await call('POST', `${path}/explain`, asked)).body['permitted'], false);
    assert.equal((await call('POST', `${path}/explain`, { ...asked, username: 'no.body' })).status, 400);
    assert.equal((await call('POST', `${path}/explain`, { ...asked, client_id: 'none' })).status, 400);
    assert.equal((await call('POST', `${path}/activate`, { policies: '{}', base: 2, reason })).body['version'], 3);
    assert.equal((await call('POST', `${path}/activate`, { policies: '{}', base: 1, reason })).status, 409);
    assert.equal((await call('POST', `${path}/activate`, { policies: '{}', reason })).status, 400, 'without a base');
    for (const base of [-1, 1.5, 2 ** 31])
      assert.equal((await call('POST', `${path}/activate`, { policies: '{}', base, reason })).status, 400);
    assert.equal((await call('POST', `${path}/rollback`, { base: 2, reason })).body['version'], 1);
    assert.equal((await call('GET', '/access-policies/elsewhere')).status, 400);
    assert.equal((await audited('access-policies.activated')).at(-1)?.reason, `version 3 in playground: ${reason}`);

    const { body } = await call('GET', '/broken-glass/playground?all=true');
    assert.equal((body['glass'] as { id: string }[])[0]!.id, '7');
    const review = { verdict: 'justified', reason };
    assert.equal((await call('POST', '/broken-glass/playground/7/review', review)).status, 200);
    assert.equal((await call('POST', '/broken-glass/playground/8/review', review)).status, 403);
    assert.equal((await call('POST', '/broken-glass/playground/7/review', { ...review, verdict: 'fine' })).status, 400);
  });
});

describe('a request', () => {
  it('is refused with what nobody knows, and with what is no JSON', async () => {
    assert.equal((await call('GET', '/clients?colour=red')).status, 400);
    assert.equal((await call('POST', '/keys', { alg: 'none', reason })).status, 400);
    assert.equal((await call('POST', '/keys', { alg: 'ES256', reason, more: 1 })).status, 400);
    assert.equal((await call('POST', '/keys', [])).status, 400);
    assert.equal((await call('GET', '/clients?count=0')).status, 400);
    const headers = { authorization: `Bearer ${full}`, 'content-type': 'application/json' };
    const broken = await fetch(`${url}/admin/keys`, { method: 'POST', headers, body: '{' });
    assert.equal(broken.status, 400);
    assert.equal((await call('PUT', '/keys', { reason })).status, 405);
  });
});

// Comes last of those that send the token: it retires the key that signed it, which the server notices sooner or later.
describe('acts that no other test here needs', () => {
  it('answer as they are described', async () => {
    const made = await call('POST', '/users', { username: 'rare', name: 'Rare', reason });
    const { password, ...user } = made.body;
    assert.equal(typeof password, 'string');
    assert.equal((await call('POST', '/users/rare/enable', { reason })).body['sub'], user['sub']);
    assert.equal(typeof (await call('POST', '/users/rare/set-password', { reason })).body['password'], 'string');
    assert.deepEqual((await call('GET', '/users/rare/roles')).body, { roles: [] });
    const client = await newClient(bed.clients);
    assert.equal((await call('GET', `/clients/${client.id}`)).body['status'], 'approved');
    assert.equal((await call('POST', `/clients/${client.id}/drop-old-secret`, { reason })).body['live_secrets'], 1);
    assert.equal((await call('POST', `/clients/${client.id}/sign-out`, { reason })).status, 200);
    // A key that has signed and no longer does.
    await bed.sql`update sso.signing_key set signs_from = now() - interval '1 second' where alg = 'ES256'`;
    const { keys } = (await call('GET', '/keys')).body as { keys: { kid: string; state: string }[] };
    const old = keys.find(({ state }) => state === 'verifying')!;
    assert.equal((await call('POST', `/keys/${old.kid}/retire`, { reason })).status, 204);
  });
});

describe('the interface', () => {
  it('was tried whole by this file: every act was answered as it is described', () => {
    const described = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    assert.deepEqual([...answered].sort(), described.sort());
  });

  it('describes itself, every act with its scope', async () => {
    const response = await fetch(`${url}/admin/openapi.json`);
    const { openapi, paths } = (await response.json()) as {
      openapi: string;
      paths: Record<string, Record<string, { security: { token: string[] }[]; operationId: string }>>;
    };
    assert.equal(openapi, '3.1.0');
    const operations = Object.values(paths).flatMap((path) => Object.values(path));
    for (const { security } of operations) assert.ok(all.includes(security[0]!.token[0]!));
    assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods)) {
        const { status } = await call(
          method.toUpperCase(),
          path.replace('/admin', '').replaceAll(/[{}]/g, ''),
          undefined,
          null,
        );
        assert.equal(status, 401, `${method} ${path} is there, and wants a token`);
      }
    }
  });
});
