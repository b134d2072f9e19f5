/**
 * Care relationships at the FHIR server for a role bound by a policy: a health worker sees the records of patients with a recorded care
 * relationship, from the next request until it ends. A relationship that the caller's own client wrote does not count.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { careTypes } from '@dhp/access-policies';
import { linkKinds, usualWindows } from '@dhp/care';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import { activatePolicies } from './policies.ts';
import { idsOf, put } from './searches.ts';

const care = { roles: ['family-doctor', 'surgeon'] };
const policies = { others: 'as-scoped', rules: [], care } as const;
const every = ['user/*.cruds', 'user/Provenance.cruds', 'user/AuditEvent.rs'];
const roles = ['family-doctor Organization/7'];
const claimsOf = (id: string): Record<string, unknown> => ({
  ...{ scope: 'user/*.cruds', client_id: 'clinic', sub: `account-${id}`, fhirUser: `${baseUrl}/Practitioner/${id}` },
  ...{ policies: every, roles },
});

let server: TestServer;
let doctor: string;
const others: Record<string, string> = {};
before(async () => {
  server = await startServer({ requireIfMatch: false, healthWorkers: 'as-scoped', validation: { level: 'off' } });
  const token = (claims: object): Promise<string> => server.sso.token({ ...claimsOf('d'), ...claims });
  doctor = await token({});
  Object.assign(others, {
    'a backend': await server.sso.token({
      scope: 'system/*.cruds',
      client_id: 'clinic',
      organization: 'Organization/9',
    }),
    'a role that is not bound': await token({ roles: ['registrar Organization/9'], sub: 'account-registrar' }),
    'a patient': await token({
      ...{ scope: 'patient/*.cruds', patient: 'p', fhirUser: `${baseUrl}/Patient/p` },
      policies: undefined,
    }),
  });
  await put(server, ...world());
  await server.store.buildCare(); // so that it takes effect with the policies
  await activatePolicies(server, JSON.stringify(policies));
});
after(() => server.close());

const code = { coding: [{ system: 'urn:c', code: 'x' }] };
const observed = (patient = 'p', id = 'o'): { resourceType: string; id: string } => ({
  ...{ resourceType: 'Observation', id, status: 'final', code, subject: { reference: `Patient/${patient}` } },
});

function world(): ({ resourceType: string; id: string } & Record<string, unknown>)[] {
  const subject = { reference: 'Patient/p' };
  return [
    { resourceType: 'Organization', id: '7', name: 'x' },
    { resourceType: 'Practitioner', id: 'd' },
    { resourceType: 'Practitioner', id: 'other' },
    { resourceType: 'Patient', id: 'p', name: [{ family: 'Karimov' }] },
    {
      resourceType: 'Patient',
      id: 'q',
      name: [{ family: 'Karimov' }],
      generalPractitioner: [{ reference: 'Practitioner/d' }],
    },
    { ...observed(), effectiveDateTime: '2026-01-10' },
    { ...observed('q', 'o2'), hasMember: [{ reference: 'Observation/o' }] },
    {
      resourceType: 'Binary',
      id: 'b',
      contentType: 'text/plain',
      data: 'eA==',
      securityContext: { reference: 'Observation/o' },
    },
    {
      ...{ resourceType: 'Bundle', id: 'doc', type: 'document', timestamp: '2026-01-01T00:00:00Z' },
      identifier: { system: 'urn:i', value: '1' },
      entry: [
        {
          fullUrl: `${baseUrl}/Composition/x`,
          resource: {
            ...{ resourceType: 'Composition', id: 'x', status: 'final', type: code, date: '2026-01-01', title: 'x' },
            ...{ subject: [subject], author: [{ reference: 'Practitioner/d' }] },
          },
        },
      ],
    },
    {
      ...{ resourceType: 'Group', id: 'g', type: 'person', membership: 'enumerated' },
      member: [{ entity: subject }, { entity: { reference: 'Patient/q' } }],
    },
  ];
}

async function ask(method: string, path: string, body?: object, by = doctor): Promise<Reply> {
  const kind = method === 'PATCH' ? 'json-patch+json' : 'fhir+json';
  const sent = body && { headers: { 'content-type': `application/${kind}` }, body: JSON.stringify(body) };
  return server.request(method, path, { token: by, ...sent });
}
const of = ({ status, code: word }: Reply): string => (status < 300 ? String(status) : `${String(status)} ${word}`);

/** The visit of the patient, as the registrar of the clinic keeps it. */
async function visit(members: object, by = others['a role that is not bound']!): Promise<void> {
  const body = {
    ...{ resourceType: 'Encounter', id: 'e', status: 'in-progress', subject: { reference: 'Patient/p' } },
    ...{ participant: [{ actor: { reference: 'Practitioner/d' } }], ...members },
  };
  const reply = await ask('PUT', '/Encounter/e', body, by);
  assert.ok(reply.status < 300, reply.text);
}
const cancelled = (): Promise<void> => visit({ status: 'cancelled' });

it('the document names the types that have windows', () => {
  assert.deepEqual(careTypes, Object.keys(usualWindows));
  assert.deepEqual(linkKinds.slice(0, careTypes.length), careTypes);
});

describe('a patient for whom the health worker does not care', () => {
  const requests: readonly (readonly [method: string, path: string, open: string, hidden: string, body?: object])[] = [
    ['GET', '/Observation/o', '200', '404 resource-not-found'],
    ['GET', '/Observation/o/_history', '200', '404 resource-not-found'],
    ['GET', '/Observation/o/_history/1', '200', '404 version-not-found'],
    ['GET', '/Patient/p', '200', '404 resource-not-found'],
    ['GET', '/Patient/p/$everything', '200', '404 resource-not-found'],
    ['GET', '/Encounter/e', '200', '404 resource-not-found'],
    ['GET', '/Binary/b', '200', '404 resource-not-found'],
    ['GET', '/Bundle/doc', '200', '404 resource-not-found'],
    ['GET', '/Group/g', '200', '404 resource-not-found'],
    ['GET', '/Practitioner/d', '200', '200'],
    ['GET', '/Patient/q', '200', '200'],
    ['PUT', '/Observation/o', '200', '404 resource-not-found', observed()],
    ['PATCH', '/Observation/o', '200', '404 resource-not-found', [{ op: 'add', path: '/language', value: 'uz' }]],
  ];

  it('is hidden in every interaction, until a visit is recorded, and again when it is cancelled', async () => {
    await cancelled();
    for (const [method, path, , hidden, body] of requests)
      assert.equal(of(await ask(method, path, body)), hidden, `${method} ${path}`);
    await visit({});
    for (const [method, path, open, , body] of requests) assert.equal(of(await ask(method, path, body)), open, path);
    await cancelled();
    for (const [method, path, , hidden, body] of requests)
      assert.equal(of(await ask(method, path, body)), hidden, `${method} ${path}`);
  });

  const searches: readonly (readonly [path: string, open: string, hidden: string])[] = [
    ['/Observation?_sort=_id', 'Observation/o Observation/o2', 'Observation/o2'],
    ['/Patient?name=karimov&_sort=_id', 'Patient/p Patient/q', 'Patient/q'],
    ['/Observation?_id=o2&_include=Observation:has-member', 'Observation/o2 Observation/o', 'Observation/o2'],
    ['/Observation?has-member.code=x', 'Observation/o2', ''],
    ['/Patient?_has:Observation:patient:code=x&_sort=_id', 'Patient/p Patient/q', 'Patient/q'],
    ['/Bundle?_id=doc', 'Bundle/doc', ''],
    ['/Group', 'Group/g', ''],
  ];

  it('is found by no search, chain, include or total', async () => {
    for (const isOpen of [false, true]) {
      await (isOpen ? visit({}) : cancelled());
      for (const [path, open, hidden] of searches) {
        const reply = await ask('GET', `${path}${path.includes('?') ? '&' : '?'}_total=accurate`);
        assert.equal(reply.status, 200, reply.text);
        const found = [...idsOf(reply), ...idsOf(reply, 'include')];
        assert.equal(found.join(' '), isOpen ? open : hidden, path);
        assert.equal(reply.json['total'], idsOf(reply).length, path);
      }
    }
  });

  it('is no Binary that a search finds', async () => {
    assert.equal(of(await ask('GET', '/Binary')), '403 policy-refuses');
  });

  it('is open to those whom no bound role names', async () => {
    await cancelled();
    for (const [who, token] of Object.entries(others))
      assert.equal(of(await ask('GET', '/Observation/o', undefined, token)), '200', who);
  });
});

describe('a write of a health worker', () => {
  it('about another patient is refused', async () => {
    await cancelled();
    const create = await ask('POST', '/Observation', { ...observed(), id: undefined });
    assert.equal(of(create), '403 care-refuses');
    assert.equal(of(await ask('PUT', '/Observation/o2', { ...observed(), id: 'o2' })), '403 care-refuses');
    assert.equal(of(await ask('POST', '/Observation', { ...observed('q'), id: undefined })), '201');
  });

  it('opens no record by an own link, whatever it is', async () => {
    await cancelled();
    const subject = { reference: 'Patient/p' };
    const me = { reference: 'Practitioner/d' };
    const links: readonly object[] = [
      { resourceType: 'Encounter', status: 'in-progress', subject, participant: [{ actor: me }] },
      { resourceType: 'EpisodeOfCare', status: 'active', patient: subject, careManager: me },
      { resourceType: 'CareTeam', status: 'active', subject, participant: [{ member: me }] },
      { resourceType: 'ServiceRequest', status: 'active', intent: 'order', subject, performer: [me] },
      { resourceType: 'Task', status: 'accepted', intent: 'order', for: subject, owner: me },
      { resourceType: 'Appointment', status: 'booked', participant: [{ actor: subject }, { actor: me }] },
    ];
    for (const link of links) {
      const { resourceType } = link as { resourceType: string };
      assert.equal(of(await ask('POST', `/${resourceType}`, link)), '403 care-refuses', resourceType);
      const entry = [{ request: { method: 'POST', url: resourceType }, resource: link }];
      const bundle = await ask('POST', '/', { resourceType: 'Bundle', type: 'transaction', entry });
      assert.equal(of(bundle), '403 care-refuses', `a transaction with ${resourceType}`);
    }
    const patient = { resourceType: 'Patient', id: 'p', generalPractitioner: [me] };
    assert.equal(of(await ask('PUT', '/Patient/p', patient)), '404 resource-not-found');
    assert.equal(of(await ask('GET', '/Observation/o')), '404 resource-not-found');
  });

  it('moves no own visit to another patient', async () => {
    const mine = { resourceType: 'Encounter', status: 'in-progress', subject: { reference: 'Patient/q' } };
    const made = await ask('POST', '/Encounter', {
      ...mine,
      participant: [{ actor: { reference: 'Practitioner/d' } }],
    });
    assert.equal(made.status, 201, made.text);
    const path = `/Encounter/${String(made.json['id'])}`;
    const moved = [{ op: 'replace', path: '/subject/reference', value: 'Patient/p' }];
    assert.equal(of(await ask('PATCH', path, moved)), '403 care-refuses');
    assert.equal(of(await ask('PATCH', path, [{ op: 'remove', path: '/subject' }])), '200');
    assert.equal(
      of(await ask('PATCH', path, [{ op: 'add', path: '/subject', value: { reference: 'Patient/p' } }])),
      '403 care-refuses',
    );
  });

  it('makes the writer no member of what is linked', async () => {
    await visit({
      participant: [{ actor: { reference: 'PractitionerRole/their' } }],
      careTeam: [{ reference: 'CareTeam/their' }],
    });
    const role = { resourceType: 'PractitionerRole', id: 'their', practitioner: { reference: 'Practitioner/d' } };
    const team = {
      ...{ resourceType: 'CareTeam', id: 'their', status: 'active' },
      participant: [{ member: { reference: 'Practitioner/d' } }],
    };
    for (const resource of [role, team]) {
      const path = `/${resource.resourceType}/their`;
      assert.ok((await ask('PUT', path, resource)).status < 300);
      assert.equal(of(await ask('GET', '/Observation/o')), '404 resource-not-found', path);
      // The same for a relationship written by somebody else.
      const kept = await ask('PUT', path, { ...resource, language: 'uz' }, others['a role that is not bound']);
      assert.ok(kept.status < 300, kept.text);
      assert.equal(of(await ask('GET', '/Observation/o')), '200', path);
      assert.ok((await ask('DELETE', path, undefined, others['a backend'])).status < 300);
      assert.equal(of(await ask('GET', '/Observation/o')), '404 resource-not-found', path);
    }
  });

  it('does not keep the record open when the visit is over', async () => {
    const past = { start: '2020-01-01', end: '2020-01-02' };
    await visit({});
    await visit({ actualPeriod: { start: new Date(Date.now() - 86_400_000).toISOString() } }, doctor);
    assert.equal(of(await ask('GET', '/Observation/o')), '200', 'what the registrar has written stays');
    await visit({ status: 'completed', actualPeriod: past });
    assert.equal(of(await ask('GET', '/Observation/o')), '404 resource-not-found');
    const again = { resourceType: 'Encounter', id: 'e', status: 'in-progress', subject: { reference: 'Patient/p' } };
    assert.equal(of(await ask('PUT', '/Encounter/e', again)), '404 resource-not-found');
  });
});

describe('an organisation', () => {
  it('cares by its health workers, by the position that the token names', async () => {
    await visit({ participant: [], serviceProvider: { reference: 'Organization/7' } });
    assert.equal(of(await ask('GET', '/Observation/o')), '200');
    const elsewhere = await server.sso.token({ ...claimsOf('d'), roles: ['family-doctor Organization/8'] });
    assert.equal(of(await ask('GET', '/Observation/o', undefined, elsewhere)), '404 resource-not-found');
    // A PractitionerRole in the organisation is no position.
    const role = {
      ...{ resourceType: 'PractitionerRole', id: 'said', practitioner: { reference: 'Practitioner/d' } },
      organization: { reference: 'Organization/7' },
    };
    assert.ok((await ask('PUT', '/PractitionerRole/said', role, others['a backend'])).status < 300);
    assert.equal(of(await ask('GET', '/Observation/o', undefined, elsewhere)), '404 resource-not-found');
  });
});

describe('a document of policies', () => {
  it('may leave types open, and acts within a second', async () => {
    await cancelled();
    await activatePolicies(server, JSON.stringify({ ...policies, care: { ...care, except: ['Patient'] } }));
    assert.equal(of(await ask('GET', '/Patient/p')), '200');
    assert.equal(of(await ask('GET', '/Observation/o')), '404 resource-not-found');
    await activatePolicies(server, JSON.stringify({ others: 'as-scoped', rules: [] }));
    assert.equal(of(await ask('GET', '/Observation/o')), '200');
    await activatePolicies(server, JSON.stringify({ ...policies, care: { roles: ['nurse'] } }));
    assert.equal(of(await ask('GET', '/Observation/o')), '200');
    await activatePolicies(server, JSON.stringify(policies));
    assert.equal(of(await ask('GET', '/Observation/o')), '404 resource-not-found');
  });
});
