/** EHR launch (SMART App Launch 2.2): software of a health worker launches an application for a patient and an encounter. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { openAccounts } from '@dhp/accounts';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { newClient, postForm, recordsInUse, testBed, type Answer } from './support.ts';

const bed = await testBed();
const encounterOfOne = { subject: { reference: 'Patient/p-1' } };
const { url } = await bed.start({ patients: { ...recordsInUse, resource: async () => encounterOfOne } });
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
const doctor = { username: 'aziza', password: 'correct horse battery' };
const nurse = { username: 'nodira', password: 'another long password' };
const patient = { username: 'olim', password: 'staple and then some' };
const identity = (type: 'Practitioner' | 'Patient', id: string) => ({
  identities: [{ environment: 'playground' as const, type, fhir_id: id }],
});
await accounts.create({ ...doctor, name: 'Aziza Karimova', ...identity('Practitioner', 'pr-1') });
await accounts.create({ ...nurse, name: 'Nodira Aliyeva', ...identity('Practitioner', 'pr-2') });
await accounts.create({ ...patient, name: 'Olim Usmonov', ...identity('Patient', 'p-9') });

const redirectUri = 'https://growth.example.uz/cb';
const scope = 'openid fhirUser launch launch/encounter patient/*.rs';
const application = await newClient(bed.clients, {
  grants: ['authorization_code', 'refresh_token'],
  scopes: [...scope.split(' '), 'launch/patient', 'offline_access'],
  redirectUris: [redirectUri],
  public: true,
});
const software = await newClient(bed.clients, { scopes: ['dhp.launch', 'system/*.rs'] });
const stranger = await newClient(bed.clients, { scopes: ['system/*.rs'] });

function register(fields: Record<string, string>, by = software): Promise<Answer> {
  const { client_id: id = '', client_secret: secret = '' } = by.form;
  const form = { client_id: id, client_secret: secret, application: application.id, ...fields };
  return postForm(`${url}/oauth/launch`, form);
}

async function launched(fields: Record<string, string> = {}): Promise<string> {
  const answer = await register({ patient: 'p-1', encounter: 'e-1', ...fields });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  assert.ok(Number(answer.body['expires_in']) > 0);
  return String(answer.body['launch']);
}

async function open(launch: string, person = doctor, asked = scope): Promise<{ back: URL; verifier: string }> {
  const { verifier, query } = pkce();
  const request = { client_id: application.id, response_type: 'code', redirect_uri: redirectUri, scope: asked, launch };
  return { back: await signIn(new Browser(url), authorizeAddress({ ...request, ...query }), person), verifier };
}

async function tokens(launch: string, person = doctor, asked = scope): Promise<Answer> {
  const { back, verifier } = await open(launch, person, asked);
  return postForm(`${url}/oauth/token`, {
    ...{ grant_type: 'authorization_code', client_id: application.id, redirect_uri: redirectUri },
    ...{ code: back.searchParams.get('code') ?? '', code_verifier: verifier },
  });
}

describe('EHR launch', () => {
  it('gives the application the patient and the encounter, and tokens for them', async () => {
    const style = 'https://clinic.example.uz/style.json';
    const context = { need_patient_banner: 'false', smart_style_url: style, intent: 'order-review' };
    const { status, body } = await tokens(await launched(context));
    assert.equal(status, 200, JSON.stringify(body));
    const { patient: of, encounter, need_patient_banner: banner, smart_style_url: styled, intent } = body;
    assert.deepEqual([of, encounter, banner, styled, intent], ['p-1', 'e-1', false, style, 'order-review']);
    const claims = decodeJwt(String(body['access_token']));
    assert.deepEqual([claims['patient'], claims['encounter']], ['p-1', 'e-1']);
    assert.match(String(body['scope']), /launch.*patient\/\*\.rs/);
  });

  it('keeps the context when the token is renewed', async () => {
    const first = await tokens(await launched(), doctor, `${scope} offline_access`);
    const refresh = String(first.body['refresh_token']);
    const form = { grant_type: 'refresh_token', client_id: application.id, refresh_token: refresh };
    const again = await postForm(`${url}/oauth/token`, form);
    assert.equal(again.body['patient'], 'p-1', JSON.stringify(again.body));
    assert.equal(decodeJwt(String(again.body['access_token']))['patient'], 'p-1');
  });

  it('is used once, also by two browsers, and each launch has its own context', async () => {
    const launch = await launched();
    assert.equal((await tokens(launch)).status, 200);
    const { back } = await open(launch);
    assert.equal(back.searchParams.get('code'), null);
    assert.equal(back.searchParams.get('error'), 'access_denied');
    const other = await tokens(await launched({ patient: 'p-2', encounter: '' }));
    assert.equal(other.body['patient'], 'p-2');
  });

  it('is for health workers, and for the one who is named', async () => {
    const refusal = async (launch: string, person: typeof doctor): Promise<string | null> =>
      (await open(launch, person)).back.searchParams.get('error');
    assert.equal(await refusal(await launched(), patient), 'access_denied', 'a patient gets no record of another one');
    assert.equal(await refusal(await launched({ practitioner: 'pr-1' }), nurse), 'access_denied');
    assert.equal((await tokens(await launched({ practitioner: 'pr-2' }), nurse)).status, 200);
    assert.equal(await refusal('unknown', doctor), 'access_denied');
  });

  it('states an emergency of one patient for a health worker who is named, with a reason', async () => {
    const emergency = { purpose_of_use: 'ETREAT', purpose_reason: 'Bemor hushsiz: oʻtkir', practitioner: 'pr-1' };
    const before = Math.floor(Date.now() / 1000);
    const { status, body } = await tokens(await launched(emergency));
    assert.equal(status, 200, JSON.stringify(body));
    const claims = decodeJwt(String(body['access_token']));
    const { reason, since } = claims['emergency'] as { reason: string; since: number };
    assert.deepEqual([claims['patient'], reason], ['p-1', 'Bemor hushsiz: oʻtkir']);
    assert.ok(since >= before && since <= Date.now() / 1000, String(since));
    const plain = await tokens(await launched({ practitioner: 'pr-1' }));
    assert.equal(decodeJwt(String(plain.body['access_token']))['emergency'], undefined);
    const wrong: Record<string, string>[] = [
      { purpose_of_use: 'TREAT' },
      { purpose_of_use: '' },
      { purpose_reason: '' },
      { purpose_reason: 'too short' },
      { purpose_reason: '1234567890' },
      { purpose_reason: 'x'.repeat(501) },
      { practitioner: '' },
      { patient: '' },
    ];
    for (const change of wrong) {
      const answer = await register({ patient: 'p-1', ...emergency, ...change });
      assert.deepEqual([answer.status, answer.body['error']], [400, 'invalid_request'], JSON.stringify(change));
    }
    const { purpose_of_use: _, ...reasonAlone } = emergency;
    assert.equal((await register({ patient: 'p-1', ...reasonAlone })).status, 400);
    const [event] = await bed.sql<{ reason: string }[]>`
      select reason from sso.audit_event where event = 'launch.registered' and reason like '%emergency%' limit 1`;
    assert.equal(event?.reason, `for ${application.id}, in an emergency`);
  });

  it('is registered by trusted clients for applications of their environment', async () => {
    const refused = async (answer: Promise<Answer>): Promise<unknown[]> => {
      const { status, body } = await answer;
      return [status, body['error']];
    };
    assert.deepEqual(await refused(register({}, stranger)), [403, 'unauthorized_client']);
    assert.deepEqual(await refused(register({ client_secret: 'wrong' })), [401, 'invalid_client']);
    assert.deepEqual(await refused(register({ application: 'nothing' })), [400, 'invalid_request']);
    assert.deepEqual(await refused(register({ application: stranger.id })), [400, 'invalid_request']);
    assert.deepEqual(await refused(register({ patient: 'a b' })), [400, 'invalid_request']);
    assert.deepEqual(await refused(register({ smart_style_url: 'javascript:x' })), [400, 'invalid_request']);
    const events = await bed.sql`select reason from sso.audit_event where event = 'launch.registered'`;
    assert.ok(events.length > 0);
  });
});
