/** An EHR launch opens no record that the roles of the signed-in person do not permit: launching software × role × launch context. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { openPolicies } from '@dhp/accounts/policies';
import { authorizeAddress, Browser, pkce } from './browser.ts';
import { decodeJwt } from './jose.ts';
import { recordsStub } from './records-stub.ts';
import { newClient, postForm, testBed, type Answer } from './support.ts';

const records = await recordsStub();
const bed = await testBed();
const { url } = await bed.start({ patients: undefined, fhirUrls: { playground: records.url } } as object);
const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
const policies = openPolicies(bed.sql, { actor: 'cli:tester' });
const environment = 'playground' as const;
const password = 'correct horse battery';
const redirectUri = 'https://growth.example.uz/cb';
const scope = 'openid launch launch/encounter patient/*.rs offline_access';

const of = (patient: string): object => ({ subject: { reference: `Patient/${patient}` } });
records.put({ resourceType: 'Patient', id: 'seen' });
records.put({ resourceType: 'Patient', id: 'of-another-clinic' });
records.put({ resourceType: 'Patient', id: 'inactive', active: false });
records.put({ resourceType: 'Patient', id: 'merged', link: [{ type: 'replaced-by' }] });
records.remove('Patient/deleted');
records.put({ resourceType: 'Encounter', id: 'visit', ...of('seen') });
records.put({ resourceType: 'Encounter', id: 'visit-of-another', ...of('of-another-clinic') });
records.put({ resourceType: 'ServiceRequest', id: 'order', ...of('seen') });

/**
 * The FHIR server's rules, simplified: with the clinic's policy everything except resources of another clinic, without a role everything.
 */
const clinic = 'user/*.rs?organization=Organization/clinic';
records.isSeenWith = (reference, given) =>
  given === undefined || ((given as string[]).includes(clinic) && !reference.includes('another'));

await policies.set({ role: 'doctor', environment, scopes: ['user/*.rs?organization={organization}'] });
for (const [username, role, organization] of [
  ['without-role', undefined, ''],
  ['doctor', 'doctor', 'clinic'],
  ['doctor-elsewhere', 'doctor', 'elsewhere'],
  ['role-without-policy', 'cleaner', 'clinic'],
] as const) {
  const identities = [{ environment, type: 'Practitioner' as const, fhir_id: username }];
  await accounts.create({ username, name: 'Laylo Rahimova', password, identities });
  if (role !== undefined) await policies.give({ username, environment, role, organization });
}

const application = await newClient(bed.clients, {
  grants: ['authorization_code', 'refresh_token'],
  scopes: scope.split(' '),
  redirectUris: [redirectUri],
  public: true,
});
const launchers = {
  'software that launches alone': await newClient(bed.clients, { scopes: ['dhp.launch'] }),
  'software that reads everything': await newClient(bed.clients, { scopes: ['dhp.launch', 'system/*.cruds'] }),
};

interface Launched {
  /** Error of the authorization, when it was refused. */
  error: string | null;
  description: string | null;
  tokens: Answer | undefined;
  browser: Browser;
}

async function launch(
  by: keyof typeof launchers,
  username: string,
  context: Record<string, string>,
  answer = 'allow',
): Promise<Launched> {
  const { client_id: id = '', client_secret: secret = '' } = launchers[by].form;
  const form = { client_id: id, client_secret: secret, application: application.id, ...context };
  const registered = await postForm(`${url}/oauth/launch`, form);
  assert.equal(registered.status, 201, registered.text);
  const { verifier, query } = pkce();
  const request = { client_id: application.id, response_type: 'code', redirect_uri: redirectUri, scope, ...query };
  const browser = new Browser(url);
  let page = await browser.get(authorizeAddress({ ...request, launch: String(registered.body['launch']) }));
  page = await browser.submit(page, { username, password }, 'login');
  if (page.text.includes('value="allow"')) page = await browser.submit(page, {}, answer);
  const back = new URL(page.address).searchParams;
  const code = back.get('code');
  const exchange = { grant_type: 'authorization_code', client_id: application.id, redirect_uri: redirectUri };
  const tokens =
    code === null ? undefined : await postForm(`${url}/oauth/token`, { ...exchange, code, code_verifier: verifier });
  return { error: back.get('error'), description: back.get('error_description'), tokens, browser };
}

const contexts: Record<string, { context: Record<string, string>; there: boolean; mine: boolean }> = {
  'a patient of the clinic': { context: { patient: 'seen' }, there: true, mine: true },
  'a patient of another clinic': { context: { patient: 'of-another-clinic' }, there: true, mine: false },
  'a patient who does not exist': { context: { patient: 'nobody' }, there: false, mine: false },
  'a patient who was deleted': { context: { patient: 'deleted' }, there: false, mine: false },
  'an inactive patient': { context: { patient: 'inactive' }, there: false, mine: false },
  'a patient who was merged': { context: { patient: 'merged' }, there: false, mine: false },
  'a patient and the visit': { context: { patient: 'seen', encounter: 'visit' }, there: true, mine: true },
  'a visit of another patient': {
    ...{ there: false, mine: false },
    context: { patient: 'seen', encounter: 'visit-of-another' },
  },
  'a visit that does not exist': { context: { patient: 'seen', encounter: 'none' }, there: false, mine: false },
  'a visit of another clinic alone': { context: { encounter: 'visit-of-another' }, there: true, mine: false },
  'an order in fhirContext': {
    ...{ there: true, mine: true },
    context: { patient: 'seen', fhir_context: JSON.stringify([{ reference: 'ServiceRequest/order' }]) },
  },
  'an order that does not exist in fhirContext': {
    ...{ there: false, mine: false },
    context: { patient: 'seen', fhir_context: JSON.stringify([{ reference: 'ServiceRequest/none' }]) },
  },
};

const roles: Record<string, (one: { there: boolean; mine: boolean }) => boolean> = {
  'without-role': ({ there }) => there,
  doctor: ({ there, mine }) => there && mine,
  'doctor-elsewhere': () => false,
  'role-without-policy': () => false,
};

for (const by of Object.keys(launchers) as (keyof typeof launchers)[]) {
  describe(`a launch by ${by}`, () => {
    for (const [username, isAllowed] of Object.entries(roles)) {
      it(`for ${username} opens what the roles show`, async () => {
        for (const [what, { context, ...kind }] of Object.entries(contexts)) {
          const { error, description, tokens } = await launch(by, username, context);
          if (!isAllowed(kind)) {
            assert.deepEqual([what, error, tokens], [what, 'access_denied', undefined]);
            assert.match(description ?? '', /may not see what the application was launched with/);
            continue;
          }
          assert.equal(tokens?.status, 200, `${what} ${error ?? ''}`);
          assert.equal(tokens.body['patient'], context['patient'], what);
          const claims = decodeJwt(String(tokens.body['access_token']));
          if (context['patient'] !== undefined) assert.equal(claims['patient_policies'], true, what);
          assert.deepEqual(claims['policies'], username === 'doctor' ? [clinic] : undefined, what);
        }
      });
    }
  });
}

describe('a launch', () => {
  const by = 'software that launches alone';

  it('that is refused names the reference in the audit trail alone', async () => {
    const { description } = await launch(by, 'doctor', { patient: 'of-another-clinic' });
    assert.doesNotMatch(description ?? '', /of-another-clinic/);
    const [event] = await bed.sql<{ reason: string; client_id: string }[]>`
      select reason, client_id from sso.audit_event where event = 'launch.refused' order by id desc limit 1`;
    assert.deepEqual({ ...event }, { reason: 'Patient/of-another-clinic', client_id: application.id });
  });

  it('in an emergency is for the FHIR server to decide, which the token tells the roles', async () => {
    const context = { patient: 'of-another-clinic', practitioner: 'doctor', purpose_of_use: 'ETREAT' };
    const { tokens } = await launch(by, 'doctor', { ...context, purpose_reason: 'unconscious, seen by the ward' });
    assert.equal(tokens?.status, 200, tokens?.text);
    const claims = decodeJwt(String(tokens.body['access_token']));
    assert.deepEqual(
      [claims['patient'], claims['patient_policies'], claims['policies']],
      ['of-another-clinic', true, [clinic]],
    );
    assert.equal((claims['emergency'] as { reason: string }).reason, 'unconscious, seen by the ward');
    const { error } = await launch(by, 'doctor-elsewhere', { ...context, purpose_reason: 'unconscious, in the ward' });
    assert.equal(error, 'access_denied', 'for another person than the one who is named');
  });

  it('is checked once more when the person allows it', async () => {
    const { client_id: id = '', client_secret: secret = '' } = launchers[by].form;
    const form = { client_id: id, client_secret: secret, application: application.id, patient: 'seen' };
    const registered = await postForm(`${url}/oauth/launch`, form);
    const request = { client_id: application.id, response_type: 'code', redirect_uri: redirectUri, scope };
    const browser = new Browser(url);
    const asked = { ...request, ...pkce().query, launch: String(registered.body['launch']), prompt: 'consent' };
    let page = await browser.submit(
      await browser.get(authorizeAddress(asked)),
      { username: 'doctor', password },
      'login',
    );
    assert.match(page.text, /value="allow"/);
    records.hide('Patient/seen');
    page = await browser.submit(page, {}, 'allow');
    records.show('Patient/seen');
    assert.equal(new URL(page.address).searchParams.get('error'), 'access_denied');
  });

  it('waits for records that do not answer', async () => {
    records.failing = 500;
    const { error } = await launch(by, 'doctor', { patient: 'seen' });
    records.failing = undefined;
    assert.equal(error, 'temporarily_unavailable');
  });

  it('ends with what the roles show, at the next refresh', async () => {
    const { tokens } = await launch(by, 'doctor', { patient: 'seen', encounter: 'visit' });
    const refresh = (refreshToken: unknown): Promise<Answer> =>
      postForm(`${url}/oauth/token`, {
        ...{ grant_type: 'refresh_token', client_id: application.id, refresh_token: String(refreshToken) },
      });
    const renewed = await refresh(tokens!.body['refresh_token']);
    assert.equal(renewed.status, 200, renewed.text);
    assert.equal(decodeJwt(String(renewed.body['access_token']))['patient_policies'], true);
    records.hide('Encounter/visit');
    const refused = await refresh(renewed.body['refresh_token']);
    records.show('Encounter/visit');
    assert.deepEqual([refused.status, refused.body['error']], [400, 'invalid_grant'], refused.text);
  });

  it('is not answered in silence with what another launch had', async () => {
    const { browser } = await launch(by, 'doctor', { patient: 'seen' });
    const request = { client_id: application.id, response_type: 'code', redirect_uri: redirectUri, scope };
    const asked = { ...request, ...pkce().query, launch: 'another', prompt: 'none' };
    const back = new URL((await browser.get(authorizeAddress(asked))).address).searchParams;
    assert.equal(back.get('code'), null);
    assert.match(back.get('error') ?? '', /required$/);
  });
});
