/** Consents that name an organisation, and consents that name labels set by the server: who is refused what. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PolicySet } from '@dhp/access-policies';
import { baseUrl, startServer, type TestServer } from './environment.ts';
import { activateLabels } from './policies.ts';
import { entriesOf, put } from './searches.ts';

const policies: PolicySet = {
  ...{ others: 'as-scoped', rules: [], consent: 'enforced', purposes: ['TREAT'] },
  labels: {
    rules: [{ name: 'hiv', labels: ['urn:l|HIV'], codes: ['urn:c|hiv'] }],
    clearances: [{ name: 'all', who: { everyone: true }, labels: ['urn:l|HIV'] }],
  },
};

const organizations = ['hospital', 'department', 'ward', 'other', 'loose', 'unknown', 'circle', 'round'] as const;
type Who = (typeof organizations)[number] | 'nobody' | 'doctor' | 'member';

let server: TestServer;
let patient: string;
const tokens = new Map<Who, string>();
before(async () => {
  server = await startServer({ requireIfMatch: false, validation: { level: 'off' } });
  const of = (id: string, partOf?: string): Record<string, unknown> => ({
    ...{ resourceType: 'Organization', id, name: id },
    ...(partOf !== undefined && { partOf: { reference: `Organization/${partOf}` } }),
  });
  await put(server, of('hospital'), of('department', 'hospital'), of('ward', 'department'), of('other'));
  await put(server, of('loose', 'elsewhere'), of('circle', 'round'), of('round', 'circle'));
  await put(server, { resourceType: 'Patient', id: 'p' }, observation('plain', 'x'), observation('hiv', 'hiv'));
  await put(server, {
    ...{ resourceType: 'List', id: 'l', status: 'current', mode: 'working', subject: [{ reference: 'Patient/p' }] },
    entry: [{ item: { reference: 'Observation/hiv' } }],
  });
  for (const who of organizations)
    tokens.set(who, await token({ client_id: who, organization: `Organization/${who}` }));
  patient = await token({ scope: 'patient/*.cruds', client_id: 'app', patient: 'p' });
  tokens.set('nobody', await token({ client_id: 'nobody' }));
  const worker = { scope: 'user/*.cruds', policies: ['user/*.cruds'], client_id: 'portal' };
  for (const [who, place] of [
    ['doctor', 'ward'],
    ['member', 'other'],
  ] as const)
    tokens.set(
      who,
      await token({
        ...{ ...worker, fhirUser: `${baseUrl}/Practitioner/${who}`, roles: [`family-doctor Organization/${place}`] },
      }),
    );
  await server.store.buildConsents();
  await activateLabels(server, policies);
});
after(() => server.close());

const token = (claims: Record<string, unknown>): Promise<string> =>
  server.sso.token({ scope: 'system/*.cruds', ...claims });
const observation = (id: string, code: string): Record<string, unknown> => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { coding: [{ system: 'urn:c', code }] } },
  ...{ subject: { reference: 'Patient/p' } },
});
const actor = (reference: string): object => ({ actor: [{ reference: { reference } }] });

async function consent(members: object): Promise<void> {
  const subject = { reference: 'Patient/p' };
  const reply = await server.request('PUT', '/Consent/k', {
    ...{ token: patient, headers: { 'content-type': 'application/fhir+json' } },
    body: JSON.stringify({ resourceType: 'Consent', id: 'k', status: 'active', subject, ...members }),
  });
  assert.ok(reply.status < 300, reply.text);
}

/** Returns the callers who see a resource of the patient; a read and a search must agree. */
async function seeing(path = 'Observation/plain'): Promise<string> {
  const found: Who[] = [];
  for (const [who, token] of tokens) {
    const { status } = await server.request('GET', `/${path}`, { token });
    const [type, id] = path.split('/');
    const page = await server.request('GET', `/${type!}?_id=${id!}`, { token });
    assert.equal(entriesOf(page).length, status === 200 ? 1 : 0, `${who} ${path}`);
    if (status === 200) found.push(who);
  }
  return found.join(' ');
}

describe('a consent', () => {
  it('that refuses an organisation refuses its parts, and those of whom nobody knows', async () => {
    await consent({ decision: 'permit', provision: [actor('Organization/hospital')] });
    assert.equal(await seeing(), 'other circle round member');
    await consent({ decision: 'permit', provision: [actor('Organization/department')] });
    assert.equal(await seeing(), 'hospital other circle round member');
    await consent({ decision: 'permit', provision: [actor('Organization/round')] });
    assert.equal(await seeing(), 'hospital department ward other doctor member');
  });

  it('that permits an organisation permits it, and not what says by itself that it is a part', async () => {
    await consent({ decision: 'deny', provision: [actor('Organization/hospital')] });
    assert.equal(await seeing(), 'hospital');
    await consent({ decision: 'deny', provision: [actor('Organization/ward')] });
    assert.equal(await seeing(), 'ward doctor');
  });

  it('follows what an organisation is a part of, from the next request on', async () => {
    await consent({ decision: 'permit', provision: [actor('Organization/hospital')] });
    const ward = { resourceType: 'Organization', id: 'ward', name: 'ward' };
    await put(server, ward);
    assert.equal(await seeing(), 'ward other circle round doctor member');
    await put(server, { ...ward, partOf: { reference: 'Organization/hospital' } });
    assert.equal(await seeing(), 'other circle round member');
    await put(server, { ...ward, partOf: { reference: 'Organization/department' } });
  });

  it('that refuses what has a label refuses what the server has labelled, and what puts it together', async () => {
    for (const label of [{ system: 'urn:l', code: 'HIV' }, { code: 'HIV' }]) {
      await consent({ decision: 'permit', provision: [{ securityLabel: [label] }] });
      assert.equal(await seeing('Observation/hiv'), '');
      assert.equal(await seeing('List/l'), '');
      assert.equal(await seeing('Observation/plain'), [...tokens.keys()].join(' '));
    }
    const { id: _, ...sent } = observation('', 'hiv');
    const reply = await server.request('POST', '/Observation', {
      ...{ token: tokens.get('other')!, body: JSON.stringify(sent) },
      headers: { 'content-type': 'application/fhir+json' },
    });
    assert.equal(reply.status, 403, reply.text);
    await consent({ decision: 'permit', provision: [{ securityLabel: [{ system: 'urn:l', code: 'OTHER' }] }] });
    assert.equal(await seeing('Observation/hiv'), [...tokens.keys()].join(' '));
    await consent({ decision: 'deny', provision: [{ securityLabel: [{ system: 'urn:l', code: 'HIV' }] }] });
    assert.equal(await seeing('Observation/hiv'), [...tokens.keys()].join(' '), 'a permission by a label');
    assert.equal(await seeing('Observation/plain'), '');
  });
});
