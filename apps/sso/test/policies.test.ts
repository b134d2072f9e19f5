/** Roles of people and the policies of roles: administered, audited, and carried by access tokens. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { openAccounts } from '@dhp/accounts';
import { openPolicies, PolicyError } from '@dhp/accounts/policies';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { newClient, postForm, testBed } from './support.ts';

const bed = await testBed();
const { url } = await bed.start();
const policies = openPolicies(bed.sql, { actor: 'cli:tester', resourceTypes: ['Patient', 'Observation'] });
const doctor = { username: 'aziza', password: 'correct horse battery' };
await openAccounts(bed.sql, { actor: 'cli:tester' }).create({
  ...doctor,
  name: 'Aziza Karimova',
  identities: [{ environment: 'playground', type: 'Practitioner', fhir_id: 'pr-1' }],
});
const redirectUri = 'https://clinic.example.uz/cb';
const app = await newClient(bed.clients, {
  grants: ['authorization_code'],
  scopes: ['openid', 'fhirUser', 'user/*.rs'],
  redirectUris: [redirectUri],
  public: true,
});

/** The claims of an access token for the person. */
async function claims(scope = 'openid user/*.rs'): Promise<Record<string, unknown>> {
  const { verifier, query } = pkce();
  const request = { client_id: app.id, response_type: 'code', redirect_uri: redirectUri, scope, ...query };
  const back = await signIn(new Browser(url), authorizeAddress(request), doctor);
  const answer = await postForm(`${url}/oauth/token`, {
    ...{ grant_type: 'authorization_code', client_id: app.id, redirect_uri: redirectUri, code_verifier: verifier },
    code: back.searchParams.get('code') ?? '',
  });
  return decodeJwt(String(answer.body['access_token']));
}

const held = { username: 'aziza', environment: 'playground', role: 'family-doctor', organization: 'clinic' } as const;

describe('an access token', () => {
  it('carries what the roles of the person permit, with the references put in', async () => {
    assert.equal((await claims())['policies'], undefined, 'nobody without a role');
    await policies.give({ ...held, reason: 'hired' });
    assert.deepEqual((await claims())['policies'], [], 'a role without a policy permits nothing');
    assert.deepEqual((await claims())['roles'], ['family-doctor Organization/clinic'], 'the role itself');
    await policies.set({
      role: 'family-doctor',
      environment: 'playground',
      scopes: ['user/Patient.rs?organization={organization}', 'user/Observation.rs?performer={practitioner}'],
    });
    assert.deepEqual((await claims())['policies'], [
      'user/Patient.rs?organization=Organization/clinic',
      'user/Observation.rs?performer=Practitioner/pr-1',
    ]);
    for (const claim of ['policies', 'roles'])
      assert.equal((await claims('openid fhirUser'))[claim], undefined, 'not asked for');
    await policies.set({ role: 'family-doctor', environment: 'production', scopes: ['user/*.cruds'] });
    assert.equal((await claims())['policies'] instanceof Array, true);
    assert.ok(!JSON.stringify((await claims())['policies']).includes('*'), 'of its own environment only');
    await policies.remove({ role: 'family-doctor', environment: 'playground', reason: 'mistake' });
    assert.deepEqual((await claims())['policies'], []);
    await policies.take(held);
    for (const claim of ['policies', 'roles']) assert.equal((await claims())[claim], undefined);
  });
});

describe('an access token of a client that acts for itself', () => {
  it('names the organisation with which the client was registered, and no other token does', async () => {
    const organizationOf = async (changes: Parameters<typeof newClient>[1]): Promise<unknown> => {
      const { form } = await newClient(bed.clients, changes);
      const { body } = await postForm(`${url}/oauth/token`, form);
      return decodeJwt(String(body['access_token']))['organization'];
    };
    assert.equal(await organizationOf({ organization: 'clinic' }), 'Organization/clinic');
    assert.equal(await organizationOf({}), undefined);
    await bed.clients.change(app.id, { organization: 'clinic' });
    assert.equal((await claims())['organization'], undefined, 'a person acts for the organisations of the roles');
  });
});

describe('administration', () => {
  it('refuses what is no role, no policy, nobody', async () => {
    const set = (role: string, ...scopes: string[]): Promise<unknown> =>
      policies.set({ role, environment: 'playground', scopes });
    const wrong = [
      set('Family Doctor', 'user/*.rs'),
      set('doctor'),
      set('doctor', 'system/*.rs'),
      set('doctor', 'user/Animal.rs'),
      set('doctor', 'user/Patient.rs?organization={clinic}'),
      policies.remove({ role: 'nothing', environment: 'playground' }),
      policies.give({ ...held, username: 'nobody' }),
      policies.give({ ...held, organization: 'a b' }),
      policies.take({ ...held, role: 'nurse' }),
    ];
    for (const result of await Promise.allSettled(wrong)) {
      assert.ok(result.status === 'rejected' && result.reason instanceof PolicyError, JSON.stringify(result));
    }
  });

  it('leaves an audit event for each act, with who and why', async () => {
    const rows = await bed.sql<{ event: string; actor: string; reason: string }[]>`
      select event, actor, reason from sso.audit_event where event like 'policy.%' or event like 'account.role-%' order by id`;
    assert.deepEqual(rows[0], {
      event: 'account.role-given',
      actor: 'cli:tester',
      reason: 'family-doctor in Organization/clinic of the playground: hired',
    });
    const removed = rows.find(({ event }) => event === 'policy.removed');
    assert.equal(removed?.reason, 'family-doctor in playground: mistake');
    assert.equal(rows.at(-1)?.event, 'account.role-taken');
  });
});

describe('the right to read the trail of requests', () => {
  it('is a word of a policy, which a token carries, and of no role that organisations give', async () => {
    const officer = { role: 'data-protection', environment: 'playground' } as const;
    const scopes = ['user/Patient.rs', 'dhp.audit'];
    await assert.rejects(policies.set({ ...officer, scopes, delegated: true }), PolicyError);
    await policies.set({ ...officer, scopes });
    const given = { ...held, role: officer.role };
    await policies.give(given);
    assert.deepEqual((await claims())['policies'], scopes);
    await policies.take(given);
    await policies.set({ ...officer, scopes: ['user/Patient.rs'], delegated: true });
    await assert.rejects(policies.set({ ...officer, scopes }), PolicyError, 'it is delegated already');
    assert.deepEqual((await policies.list()).find(({ role }) => role === officer.role)?.scopes, ['user/Patient.rs']);
    await policies.set({ ...officer, scopes, delegated: false });
    await policies.remove(officer);
  });
});

describe('the right to write national identifiers', () => {
  it('is a word of a policy, which a token carries, and of the types that have them alone', async () => {
    const registrar = { role: 'registrar', environment: 'playground' } as const;
    for (const word of [
      'dhp.national-identifiers/Observation',
      'dhp.national-identifiers',
      'dhp.national-identifiers/',
      'dhp.x/Patient',
    ])
      await assert.rejects(policies.set({ ...registrar, scopes: ['user/Patient.rs', word] }), PolicyError, word);
    const scopes = ['user/Patient.crus', 'dhp.national-identifiers/Patient'];
    await policies.set({ ...registrar, scopes });
    const given = { ...held, role: 'registrar' };
    await policies.give(given);
    assert.deepEqual((await claims())['policies'], scopes);
    await policies.take(given);
    await policies.remove({ ...registrar, reason: 'end of the test' });
  });
});
