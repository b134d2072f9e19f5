/** Launches that developers register for their own applications: by whom, for what, and how they are limited. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeJwt } from 'jose';
import { openAccounts } from '@dhp/accounts';
import { authorizeAddress, Browser, pkce, signIn } from './browser.ts';
import { developersBed, makeOrganization, type Developer } from './developers-bed.ts';
import { playground, postForm, recordsInUse, type Answer } from './support.ts';

const citizens = [
  {
    pinfl: '30211975910033',
    firstName: 'Olim',
    surname: 'Usmonov',
    is: 'patient' as const,
    id: 'p-1',
    encounter: 'e-1',
  },
  { pinfl: '30211975910044', firstName: 'Aziza', surname: 'Karimova', is: 'health-worker' as const, id: 'pr-1' },
];
const { bed, url, developer } = await developersBed({
  developers: { organizations: 3, applicationsOfPerson: 50, applicationsOfOrganization: 50 },
  patients: { ...recordsInUse, resource: async () => ({ subject: { reference: 'Patient/p-1' } }) },
  testOneId: { clientId: 'dhp', clientSecret: 'secret-of-the-test', citizens },
});
const redirectUri = 'https://growth.example.uz/cb';
const doctor = { username: 'doctor', password: 'correct horse battery' };
await openAccounts(bed.sql, { actor: 'cli:tester' }).create({
  ...{ ...doctor, name: 'Aziza Karimova' },
  identities: [{ environment: 'playground', type: 'Practitioner', fhir_id: 'pr-1' }],
});

const aziza = await developer('aziza');
const clinic = await makeOrganization(aziza);
const thief = await developer('thief');

async function register(asked: object = {}, who: Developer = aziza): Promise<string> {
  const details = { client_name: 'Growth', kind: 'single-page', task: 'health-worker', redirect_uris: [redirectUri] };
  const { status, body } = await who.ask(`/organizations/${clinic}/applications`, { ...details, ...asked });
  assert.equal(status, 201, JSON.stringify(body));
  return String(body['client_id']);
}

const launch = (id: string, asked: object = { patient: 'p-1', encounter: 'e-1' }, who = aziza): Promise<Answer> =>
  who.ask(`/applications/${id}/launch`, asked);

const refusal = ({ status, body }: Answer): unknown[] => [status, body['kind']];

async function open(client: string, value: string, person: { username: string; password: string }): Promise<URL> {
  const { query } = pkce();
  const asked = {
    client_id: client,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid launch user/*.rs',
  };
  return signIn(new Browser(url), authorizeAddress({ ...asked, launch: value, ...query }), person);
}

describe('a launch that a developer registers', () => {
  it('opens the own application with its context, for a health worker who may see it', async () => {
    const id = await register();
    const made = await launch(id);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    assert.deepEqual([made.body['iss'], made.body['launch_url'], made.body['expires_in']], [playground, null, 300]);
    const { verifier, query } = pkce();
    const asked = { client_id: id, response_type: 'code', redirect_uri: redirectUri, scope: 'openid launch user/*.rs' };
    const address = authorizeAddress({ ...asked, launch: String(made.body['launch']), ...query });
    const back = await signIn(new Browser(url), address, doctor);
    const { status, body } = await postForm(`${url}/oauth/token`, {
      ...{ grant_type: 'authorization_code', client_id: id, redirect_uri: redirectUri, code_verifier: verifier },
      code: back.searchParams.get('code') ?? '',
    });
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual([body['patient'], body['encounter']], ['p-1', 'e-1']);
    const claims = decodeJwt(String(body['access_token']));
    assert.equal(claims.aud, playground);
    assert.equal(claims['emergency'], undefined);
  });

  it('is good once, and for the health worker whom it names', async () => {
    const id = await register();
    const other = await launch(id, { patient: 'p-1', practitioner: 'pr-9' });
    const refused = await open(id, String(other.body['launch']), doctor);
    assert.equal(refused.searchParams.get('code'), null);
    const made = await launch(id);
    assert.ok((await open(id, String(made.body['launch']), doctor)).searchParams.has('code'));
    assert.equal((await open(id, String(made.body['launch']), doctor)).searchParams.get('code'), null);
  });

  it('leads to the launch address, which the developer sets, changes and takes away', async () => {
    const at = 'https://growth.example.uz/launch?theme=blue';
    const id = await register({ initiate_login_uri: at });
    const { body } = await launch(id);
    const to = new URL(String(body['launch_url']));
    assert.deepEqual(
      [
        to.origin + to.pathname,
        to.searchParams.get('theme'),
        to.searchParams.get('iss'),
        to.searchParams.get('launch'),
      ],
      ['https://growth.example.uz/launch', 'blue', playground, body['launch']],
    );
    assert.equal((await aziza.ask(`/applications/${id}`)).body['initiate_login_uri'], at);
    const wrong = await aziza.ask(`/applications/${id}/change`, { initiate_login_uri: 'http://growth.example.uz/' });
    assert.deepEqual(refusal(wrong), [400, 'invalid-address']);
    const gone = await aziza.ask(`/applications/${id}/change`, { initiate_login_uri: '' });
    assert.deepEqual([gone.status, gone.body['initiate_login_uri']], [200, null]);
    assert.equal((await launch(id)).body['launch_url'], null);
  });

  it('is refused to others, for other applications, and for what is no id', async () => {
    const id = await register();
    assert.deepEqual(refusal(await launch(id, {}, thief)), [404, 'not-found']);
    for (const asked of [{ kind: 'backend', task: 'laboratory', redirect_uris: [] }, { task: 'own-record' }]) {
      const answer = await launch(await register(asked));
      assert.deepEqual(refusal(answer), [409, 'not-launchable']);
    }
    for (const wrong of ['Patient/p-1', '../x', 'x'.repeat(65), 'a b', 7, ['p-1']])
      assert.equal((await launch(id, { patient: wrong })).status, 400, JSON.stringify(wrong));
    assert.equal((await aziza.ask(`/applications/${id}/revoke`, {})).status, 200);
    assert.deepEqual(refusal(await launch(id)), [409, 'already-revoked']);
  });

  it('is refused for an application of production, also an approved one', async () => {
    const id = await register();
    const checklist = { profiles: 'Patient', tests: 'all of them', contacts: ['a@example.uz'] };
    const asked = await aziza.ask(`/applications/${id}/production`, checklist);
    assert.equal(asked.status, 201, JSON.stringify(asked.body));
    assert.deepEqual(refusal(await launch(String(asked.body['client_id']))), [409, 'not-launchable']);
  });

  it('states no emergency, whatever is sent with it', async () => {
    const id = await register();
    const more = { purpose_of_use: 'ETREAT', purpose_reason: 'the patient is unconscious', emergency: { reason: 'x' } };
    const { status } = await launch(id, { patient: 'p-1', practitioner: 'pr-1', ...more });
    assert.equal(status, 201);
    const rows = await bed.sql<{ emergency: unknown }[]>`select emergency from sso.launch where client_id = ${id}`;
    assert.deepEqual(
      rows.map(({ emergency }) => emergency),
      [null],
    );
  });

  it('has an event with the developer as its actor, and counts among the calls', async () => {
    const eager = await developer('eager');
    const organization = await makeOrganization(eager, 'Eager');
    const made = await eager.ask(`/organizations/${organization}/applications`, {
      ...{ client_name: 'E', kind: 'single-page', task: 'health-worker', redirect_uris: [redirectUri] },
    });
    const id = String(made.body['client_id']);
    assert.equal((await launch(id, { patient: 'p-1' }, eager)).status, 201);
    const [event] = await bed.sql<{ reason: string; username: string; actor: string }[]>`
      select reason, username, actor from sso.audit_event join sso.account using (account_id)
      where event = 'launch.registered' and client_id = ${id}`;
    assert.equal(event!.username, 'eager');
    assert.match(event!.actor, /^account:/);
    const began = performance.now();
    const statuses = await Promise.all(
      Array.from({ length: 200 }, async () => (await launch(id, { patient: 'p-1' }, eager)).status),
    );
    if (performance.now() - began < 30_000) assert.ok(statuses.includes(409));
    const open = await bed.sql<
      { count: number }[]
    >`select count(*)::int as count from sso.launch where client_id = ${id}`;
    assert.ok(open[0]!.count <= 181, String(open[0]!.count));
  });
});

describe('test people', () => {
  it('are listed for who is signed in, with their records', async () => {
    const { status, body } = await thief.ask('/test-people');
    assert.equal(status, 200);
    assert.deepEqual(body['people'], [
      { as: '30211975910033', name: 'Olim Usmonov', is: 'patient', id: 'p-1', encounter: 'e-1' },
      { as: '30211975910044', name: 'Aziza Karimova', is: 'health-worker', id: 'pr-1', encounter: null },
    ]);
  });
});
