import assert from 'node:assert/strict';
import { openPolicies } from '@dhp/accounts/policies';
import { pkce } from '../../../apps/sso/test/browser.ts';
import type { Answer } from '../../../apps/sso/test/support.ts';
import { backendToken, bearer, isOk } from '../expect.ts';
import { makeClient, type Fixture } from '../clients.ts';
import { people, type PersonName } from '../people.ts';
import { row, type Section } from '../row.ts';
import { playground, type World } from '../world.ts';

const scope = 'openid fhirUser launch launch/encounter patient/*.rs';

/** An application that is launched, and the software that launches it. */
async function parties(w: World): Promise<{ app: Fixture; software: Fixture }> {
  const app = await makeClient(w.clients, {
    name: 'Is launched',
    grants: ['authorization_code'],
    scopes: scope.split(' '),
    redirectUris: ['https://launched.uz/cb'],
    public: true,
    details: { initiate_login_uri: 'https://launched.uz/launch' },
  });
  return { app, software: await makeClient(w.clients, { name: 'Launches', scopes: ['dhp.launch'] }) };
}

/** Returns the URL that the software of the health worker opens: the launch URL of the application, with `iss` and `launch`. */
async function launchUrl(
  w: World,
  { app, software }: { app: Fixture; software: Fixture },
  context: Record<string, string>,
): Promise<URL> {
  const { client_id, client_secret } = software.form;
  const answer = await w.post('/oauth/launch', { client_id, client_secret, application: app.id, ...context });
  assert.equal(answer.status, 201, answer.text);
  return new URL(String(answer.body['launch_url']));
}

/**
 * Acts as the application whose launch URL was opened.
 * @returns its tokens, or the reason why there are none
 */
async function follow(w: World, app: Fixture, opened: URL, person: PersonName): Promise<Answer | string> {
  const [iss, launch] = [opened.searchParams.get('iss')!, opened.searchParams.get('launch')!];
  const query = { client_id: app.id, redirect_uri: app.redirectUri, scope, aud: iss, launch, state: 'xyz' };
  const signedIn = await w.signIn(query, person);
  const error = signedIn.back.searchParams.get('error');
  return error ?? w.exchange(signedIn, { client_id: app.id, redirect_uri: app.redirectUri });
}

async function tokensOf(got: Promise<Answer | string>): Promise<Record<string, unknown>> {
  const answer = await got;
  if (typeof answer === 'string') throw new Error(`no tokens: ${answer}`);
  return isOk(answer);
}

async function put(w: World, resource: { resourceType: string; id: string; [member: string]: unknown }): Promise<void> {
  const headers = { ...bearer(await backendToken(w)), 'content-type': 'application/fhir+json' };
  const path = `/${resource.resourceType}/${resource.id}`;
  const { status, text } = await w.fhir(playground, path, headers, { method: 'PUT', body: JSON.stringify(resource) });
  // Another row may have stored it before; an unconditional update of what is there is refused.
  assert.ok([200, 201, 412].includes(status), text);
}

/** Stores the records that applications are launched with. */
async function launchRecords(w: World): Promise<void> {
  const subject = { reference: 'Patient/p-1' };
  await put(w, { resourceType: 'Patient', id: 'p-1', gender: 'male' });
  await put(w, { resourceType: 'Encounter', id: 'e-1', status: 'in-progress', subject });
  await put(w, { resourceType: 'ImagingStudy', id: 'study-1', status: 'available', subject });
}

/** Two patients, of whom the second doctor sees the first one alone. */
async function records(w: World): Promise<void> {
  for (const id of ['org-1', 'org-2']) await put(w, { resourceType: 'Organization', id, name: id });
  for (const [id, organization] of [
    ['seen', 'org-1'],
    ['unseen', 'org-2'],
  ] as const) {
    await put(w, { resourceType: 'Patient', id, managingOrganization: { reference: `Organization/${organization}` } });
  }
  const policies = openPolicies(w.sql, { actor: 'cli:checklist' });
  const role = 'checklist-doctor';
  await policies.set({ role, environment: 'playground', scopes: ['user/Patient.rs?organization={organization}'] });
  await policies.give({ username: people.doctor2.username, environment: 'playground', role, organization: 'org-1' });
}

export const launchContexts: Section = {
  letter: 'P (continued)',
  title: 'SMART App Launch 2.2, what is in context',
  rows: [
    row('SM-03', 'M', 'fhirContext is a list of objects with reference, canonical or identifier', async (w) => {
      const both = await parties(w);
      await launchRecords(w);
      const fhirContext = [
        { reference: 'ImagingStudy/study-1' },
        { canonical: 'https://forms.uz/Questionnaire/phq-9|1.0', role: 'https://forms.uz/role/fill-in' },
        { identifier: { system: 'https://lab.uz/orders', value: '77' }, type: 'ServiceRequest' },
      ];
      const context = { patient: 'p-1', fhir_context: JSON.stringify(fhirContext) };
      const got = await tokensOf(follow(w, both.app, await launchUrl(w, both, context), 'doctor1'));
      assert.deepEqual(got['fhirContext'], fhirContext);
      const { client_id, client_secret } = both.software.form;
      const wrong = [
        { reference: 'https://elsewhere.uz/fhir/Patient/1' },
        { reference: 'Patient/2' },
        { type: 'Device' },
        'x',
      ];
      for (const one of wrong) {
        const refused = await w.post('/oauth/launch', {
          ...{ client_id, client_secret, application: both.app.id, fhir_context: JSON.stringify([one]) },
        });
        assert.deepEqual([refused.status, refused.body['error']], [400, 'invalid_request'], JSON.stringify(one));
      }
      const without = await tokensOf(follow(w, both.app, await launchUrl(w, both, { patient: 'p-1' }), 'doctor1'));
      assert.ok(!('fhirContext' in without));
    }),
    row(
      'SM-04',
      'M',
      'an EHR launch: patient and encounter of it; single use, for that person and application',
      async (w) => {
        const both = await parties(w);
        await launchRecords(w);
        const context = { patient: 'p-1', encounter: 'e-1', practitioner: 'pr-1' };
        const opened = await launchUrl(w, both, context);
        assert.equal(opened.origin + opened.pathname, 'https://launched.uz/launch');
        assert.equal(opened.searchParams.get('iss'), playground);
        const other = await parties(w);
        assert.equal(await follow(w, other.app, opened, 'doctor1'), 'access_denied', 'another application');
        assert.equal(await follow(w, both.app, opened, 'doctor2'), 'access_denied', 'another person');
        const got = await tokensOf(follow(w, both.app, opened, 'doctor1'));
        assert.deepEqual([got['patient'], got['encounter']], ['p-1', 'e-1']);
        assert.equal(await follow(w, both.app, opened, 'doctor1'), 'access_denied', 'a second use');
      },
    ),
    row('SM-06', 'M', 'a doctor who may not see the chosen patient: access_denied', async (w) => {
      await records(w);
      const { id, redirectUri } = w.of.SPA;
      const { verifier, query } = pkce();
      const asked = { client_id: id, redirect_uri: redirectUri, scope: 'openid launch/patient patient/*.rs', ...query };
      const choose = async (patient: string): Promise<URL> => {
        const browser = w.browser();
        const path = `/oauth/authorize?${new URLSearchParams({ response_type: 'code', ...asked }).toString()}`;
        let page = await browser.submit(await browser.get(path), people.doctor2, 'login');
        assert.match(page.text, /Choose a patient/);
        page = await browser.submit(page, { patient }, 'choose');
        if (page.text.includes('value="allow"')) page = await browser.submit(page, {}, 'allow');
        return new URL(page.address);
      };
      const refused = await choose('unseen');
      assert.equal(refused.searchParams.get('error'), 'access_denied', refused.href);
      const back = await choose('seen');
      const got = await w.exchange({ back, verifier }, { client_id: id, redirect_uri: redirectUri });
      assert.equal(isOk(got)['patient'], 'seen');
    }),
  ],
};
