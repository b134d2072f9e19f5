/**
 * Consents at the FHIR server, where a policy enforces them: refused resources are absent from every interaction from the next request on,
 * and return as soon as the consent is withdrawn.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import { activatePolicies } from './policies.ts';
import { entriesOf, idsOf, put } from './searches.ts';

const profile = 'https://dhp.uz/fhir/core/StructureDefinition/uz-core-consent';
const enforced = { others: 'as-scoped', rules: [], consent: 'enforced', purposes: ['TREAT'] } as const;

let server: TestServer;
let clinic: string;
let doctor: string;
let patient: string;
let relative: string;
before(async () => {
  server = await startServer({ requireIfMatch: false, healthWorkers: 'as-scoped', validation: { level: 'off' } });
  clinic = await server.sso.token({ scope: 'system/*.cruds', client_id: 'clinic' });
  doctor = await server.sso.token({
    scope: 'user/*.cruds',
    client_id: 'portal',
    fhirUser: `${baseUrl}/Practitioner/d`,
  });
  patient = await server.sso.token({
    scope: 'patient/*.cruds',
    client_id: 'app',
    patient: 'p',
    fhirUser: `${baseUrl}/Patient/p`,
  });
  relative = await server.sso.token({
    scope: 'patient/*.rs',
    client_id: 'app',
    patient: 'p',
    fhirUser: `${baseUrl}/RelatedPerson/r`,
  });
  const subject = { reference: 'Patient/p' };
  await put(
    server,
    { resourceType: 'Practitioner', id: 'd' },
    { resourceType: 'Patient', id: 'p', name: [{ family: 'Karimov' }] },
    { resourceType: 'Patient', id: 'q', name: [{ family: 'Karimov' }] },
    { resourceType: 'RelatedPerson', id: 'r', patient: subject },
    { resourceType: 'Encounter', id: 'e', status: 'completed', subject },
    observed(),
    {
      resourceType: 'Observation',
      id: 'o2',
      status: 'final',
      code,
      subject: { reference: 'Patient/q' },
      hasMember: [{ reference: 'Observation/o' }],
    },
    {
      resourceType: 'Condition',
      id: 'c',
      clinicalStatus: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
      },
      subject,
      code: { coding: [{ system: 'urn:c', code: 'y' }] },
    },
    {
      resourceType: 'Binary',
      id: 'b',
      contentType: 'text/plain',
      data: 'eA==',
      securityContext: { reference: 'Observation/o' },
    },
    {
      ...{
        resourceType: 'Bundle',
        id: 'doc',
        type: 'document',
        identifier: { system: 'urn:i', value: '1' },
        timestamp: '2026-01-01T00:00:00Z',
      },
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
      resourceType: 'Group',
      id: 'g',
      type: 'person',
      membership: 'enumerated',
      member: [{ entity: subject }, { entity: { reference: 'Patient/q' } }],
    },
  );
  await server.store.buildConsents(); // so that they take effect with the policies
  await activatePolicies(server, JSON.stringify(enforced));
});
after(() => server.close());

const code = { coding: [{ system: 'urn:c', code: 'x' }] };
const observed = (): Record<string, unknown> => ({
  ...{ resourceType: 'Observation', id: 'o', status: 'final', code, subject: { reference: 'Patient/p' } },
  ...{ encounter: { reference: 'Encounter/e' }, performer: [{ reference: 'Practitioner/d' }] },
  effectiveDateTime: '2026-01-10',
});

async function ask(method: string, path: string, body?: object, by = clinic): Promise<Reply> {
  const kind = method === 'PATCH' ? 'json-patch+json' : 'fhir+json';
  const sent = body && { headers: { 'content-type': `application/${kind}` }, body: JSON.stringify(body) };
  return server.request(method, path, { token: by, ...sent });
}

const of = ({ status, code }: Reply): string => (status < 300 ? String(status) : `${String(status)} ${code}`);

/** Stores a Consent of the patient, as the patient does. */
async function consent(members: object, id = 'k'): Promise<void> {
  const body = { resourceType: 'Consent', id, status: 'active', subject: { reference: 'Patient/p' }, ...members };
  const reply = await ask('PUT', `/Consent/${id}`, body, patient);
  assert.ok(reply.status < 300, reply.text);
}
const withdrawn = (): Promise<void> => consent({ status: 'inactive', decision: 'deny' });

const disclose = {
  action: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentaction', code: 'disclose' }] }],
};
const optOut = { meta: { profile: [profile] }, decision: 'deny', provision: [disclose] };

describe('an opt-out', () => {
  const requests: readonly (readonly [method: string, path: string, before: string, refused: string, body?: object])[] =
    [
      ['GET', '/Observation/o', '200', '404 resource-not-found'],
      ['GET', '/Observation/o/_history', '200', '404 resource-not-found'],
      ['GET', '/Observation/o/_history/1', '200', '404 version-not-found'],
      ['GET', '/Patient/p', '200', '404 resource-not-found'],
      ['GET', '/Patient/p/$everything', '200', '404 resource-not-found'],
      ['GET', '/Encounter/e/$everything', '200', '404 resource-not-found'],
      ['GET', '/Binary/b', '200', '404 resource-not-found'],
      ['GET', '/Bundle/doc', '200', '404 resource-not-found'],
      ['GET', '/Group/g', '200', '404 resource-not-found'],
      ['GET', '/Practitioner/d', '200', '200'],
      ['GET', '/Patient/q', '200', '200'],
      ['PUT', '/Observation/o', '200', '404 resource-not-found', observed()],
      ['PATCH', '/Observation/o', '200', '404 resource-not-found', [{ op: 'add', path: '/language', value: 'uz' }]],
    ];

  it('hides the record in every interaction, at the next request, until it is withdrawn', async () => {
    for (const [method, path, open, , body] of requests) assert.equal(of(await ask(method, path, body)), open, path);
    await consent(optOut);
    for (const [method, path, , refused, body] of requests)
      assert.equal(of(await ask(method, path, body)), refused, `${method} ${path}`);
    await withdrawn();
    for (const [method, path, open, , body] of requests) assert.equal(of(await ask(method, path, body)), open, path);
  });

  const searches: readonly (readonly [path: string, open: string, refused: string])[] = [
    ['/Observation?_sort=_id', 'Observation/o Observation/o2', 'Observation/o2'],
    ['/Patient?name=karimov&_sort=_id', 'Patient/p Patient/q', 'Patient/q'],
    ['/Observation?patient.name=karimov&_sort=_id', 'Observation/o Observation/o2', 'Observation/o2'],
    ['/Observation?has-member.status=final', 'Observation/o2', ''],
    ['/Patient?_has:Observation:patient:code=x&_sort=_id', 'Patient/p Patient/q', 'Patient/q'],
    ['/Observation?_id=o2&_include=Observation:has-member', 'Observation/o2 Observation/o', 'Observation/o2'],
    ['/Practitioner?_id=d&_revinclude=Observation:performer', 'Practitioner/d Observation/o', 'Practitioner/d'],
    ['/Patient/p/*?_sort=_id', 'Condition/c Encounter/e Group/g Observation/o Patient/p RelatedPerson/r', ''],
    ['/Group', 'Group/g', ''],
    ['/Bundle', 'Bundle/doc', ''],
    ['/Bundle?composition.type=x', 'Bundle/doc', ''],
    ['/?_type=Condition,Encounter&_sort=_id', 'Condition/c Encounter/e', ''],
  ];

  it('leaves it out of searches, chains, includes, totals and histories', async () => {
    await withdrawn();
    const found = async (path: string): Promise<string> => {
      const ids = entriesOf(await ask('GET', path)).map(
        ({ resource }) => `${resource.resourceType}/${String(resource.id)}`,
      );
      return ids
        .filter((id) => !id.startsWith('Consent/'))
        .sort()
        .join(' ');
    };
    const sorted = (ids: string): string => ids.split(' ').sort().join(' ');
    for (const [path, open] of searches) assert.equal(await found(path), sorted(open), path);
    await consent(optOut);
    for (const [path, , refused] of searches) assert.equal(await found(path), sorted(refused), path);
    assert.equal((await ask('GET', '/Observation?_summary=count')).json['total'], 1);
    const history = entriesOf(await ask('GET', '/_history?_count=100')).map(
      ({ resource }) => `${resource.resourceType}/${String(resource.id)}`,
    );
    assert.deepEqual(
      history.filter((id) => /\/(o|p|e|c|g|doc|k)$/.test(id)),
      [],
    );
    assert.ok(history.includes('Observation/o2'));
  });

  it('refuses to write about the patient, and says why', async () => {
    await consent(optOut);
    const observation = {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'z' },
      subject: { reference: 'Patient/p' },
    };
    assert.equal(of(await ask('POST', '/Observation', observation)), '403 consent-refuses');
    const transaction = {
      ...{ resourceType: 'Bundle', type: 'transaction' },
      entry: [{ resource: observation, request: { method: 'POST', url: 'Observation' } }],
    };
    assert.equal(of(await ask('POST', '/', transaction)), '403 consent-refuses');
    assert.equal(of(await ask('DELETE', '/Observation/o')), '404 resource-not-found');
    assert.equal(
      of(await ask('PATCH', '/Observation?code=x&subject=Patient/p', [{ op: 'add', path: '/language', value: 'uz' }])),
      '404 criteria-no-match',
    );
    // If the refused client could write a permission, it would open the record again.
    const opened = {
      resourceType: 'Consent',
      status: 'active',
      ...{ meta: { profile: [profile] } },
      subject: { reference: 'Patient/p' },
      decision: 'permit',
      manager: [{ reference: 'Practitioner/d' }],
    };
    assert.equal(of(await ask('POST', '/Consent', opened, doctor)), '403 consent-refuses');
  });

  it('hides nothing from the patient, nor the Consent from those who manage it', async () => {
    await consent({ ...optOut, manager: [{ reference: 'Practitioner/d' }] });
    for (const path of ['/Patient/p', '/Observation/o', '/Consent/k', '/Patient/p/$everything'])
      assert.equal(of(await ask('GET', path, undefined, patient)), '200', path);
    assert.equal(of(await ask('GET', '/Consent/k', undefined, doctor)), '200');
    assert.deepEqual(idsOf(await ask('GET', '/Consent', undefined, doctor)), ['Consent/k']);
    assert.equal(of(await ask('GET', '/Patient/p', undefined, doctor)), '404 resource-not-found');
    assert.equal(of(await ask('GET', '/Consent/k')), '404 resource-not-found');
  });

  it('hides it from a relative to whom nothing is granted', async () => {
    await consent(optOut);
    assert.equal(of(await ask('GET', '/Observation/o', undefined, relative)), '404 resource-not-found');
    await consent({ decision: 'permit', grantee: [{ reference: 'RelatedPerson/r' }] }, 'grant');
    assert.equal(of(await ask('GET', '/Observation/o', undefined, relative)), '200');
    assert.equal(of(await ask('GET', '/Observation/o', undefined, doctor)), '404 resource-not-found');
    await consent({ status: 'inactive', decision: 'permit' }, 'grant');
    assert.equal(of(await ask('GET', '/Observation/o', undefined, relative)), '404 resource-not-found');
  });
});

describe('a consent whose subject leads to no patient here', () => {
  const subjects: Readonly<Record<string, object | undefined>> = {
    'an identifier alone': { identifier: { system: 'urn:pinfl', value: '12345678901234' } },
    'an identifier and a type': { type: 'Patient', identifier: { system: 'urn:pinfl', value: '12345678901234' } },
    'a contained patient': { reference: '#p' },
    'a group': { reference: 'Group/g' },
    'a patient elsewhere': { reference: 'https://elsewhere.example/Patient/p' },
    'a patient below another path of this server': { reference: `${baseUrl}/other/Patient/p` },
    'a place in a Bundle': { reference: 'urn:uuid:6f0a1c4e-7b1d-4e9d-9a55-2f5a0d8f5a11' },
    'a search': { reference: 'Patient?identifier=urn:pinfl|1' },
    'words alone': { display: 'Karimov' },
    nobody: undefined,
  };
  const contained = [{ resourceType: 'Patient', id: 'p' }];
  const of = (subject: object | undefined): object => ({
    ...{ resourceType: 'Consent', id: 'n', status: 'active', decision: 'deny', contained },
    ...(subject !== undefined && { subject }),
  });
  const bundle = (entry: object): object => ({ resourceType: 'Bundle', type: 'transaction', entry: [entry] });
  const told = ({ status, code, text }: Reply): string =>
    `${String(status)} ${code}${text.includes('Consent.subject') ? ' Consent.subject' : ''}`;

  for (const [name, subject] of Object.entries(subjects))
    it(`is refused: ${name}`, async () => {
      await withdrawn();
      const refused = '422 consent-subject-unresolved Consent.subject';
      assert.equal(told(await ask('PUT', '/Consent/n', of(subject))), refused);
      assert.equal(told(await ask('POST', '/Consent', of(subject))), refused);
      const draft = { ...of(subject), status: 'draft' };
      assert.ok((await ask('PUT', '/Consent/n', draft)).status < 300, 'a draft');
      const activate = [{ op: 'replace', path: '/status', value: 'active' }];
      assert.equal(told(await ask('PATCH', '/Consent/n', activate)), refused);
      if (name === 'a search' || name === 'a place in a Bundle') return; // there these are links
      const put = { resource: of(subject), request: { method: 'PUT', url: 'Consent/n' } };
      assert.equal(told(await ask('POST', '/', bundle(put))), refused);
    });

  it('holds where it leads to one in another way', async () => {
    for (const subject of [{ reference: `${baseUrl}/Patient/p` }, { reference: 'Patient/p/_history/1' }]) {
      await withdrawn();
      const body = { resourceType: 'Consent', id: 'k', status: 'active', decision: 'deny', subject };
      assert.ok((await ask('PUT', '/Consent/k', body, patient)).status < 300, JSON.stringify(subject));
      assert.equal((await ask('GET', '/Observation/o')).status, 404, JSON.stringify(subject));
    }
    await withdrawn();
    const body = { resourceType: 'Consent', id: 'm', status: 'active', decision: 'deny' };
    const resource = { ...body, subject: { reference: 'Patient?_id=p' } };
    const reply = await ask('POST', '/', bundle({ resource, request: { method: 'PUT', url: 'Consent/m' } }), patient);
    assert.equal(reply.status, 200, reply.text);
    assert.equal((await ask('GET', '/Observation/o')).status, 404, 'a search in a transaction');
    await consent({ status: 'inactive', decision: 'deny' }, 'm');
  });
});

it('holds for what begins after its answer, whatever runs beside', async () => {
  for (let round = 0; round < 5; round += 1) {
    await withdrawn();
    const beside = Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        n % 2 === 0 ? ask('GET', '/Observation?_total=accurate') : ask('PUT', '/Observation/o', observed()),
      ),
    );
    await consent(optOut);
    const [page, read, write] = await Promise.all([
      ...[ask('GET', '/Observation?_total=accurate'), ask('GET', '/Observation/o')],
      ask('PUT', '/Observation/o', { ...observed(), language: 'uz' }),
    ]);
    assert.deepEqual(idsOf(page), ['Observation/o2']);
    assert.equal(page.json['total'], 1);
    assert.deepEqual([of(read!), of(write!)], ['404 resource-not-found', '404 resource-not-found']);
    for (const reply of await beside) assert.ok(reply.status < 500, reply.text);
    await withdrawn();
    assert.equal((await ask('GET', '/Observation/o')).json['language'], undefined, 'nothing was written');
  }
});

describe('a consent of R5', () => {
  const seen = async (by: string): Promise<string> => {
    const reads = await Promise.all(
      ['/Observation/o', '/Condition/c', '/Encounter/e'].map((path) => ask('GET', path, undefined, by)),
    );
    const byReads = reads.map(({ status }) => (status === 200 ? '+' : '-')).join('');
    const found = idsOf(await ask('GET', '/?_type=Observation,Condition,Encounter&_count=50', undefined, by));
    const bySearch = ['Observation/o', 'Condition/c', 'Encounter/e']
      .map((id) => (found.includes(id) ? '+' : '-'))
      .join('');
    assert.equal(bySearch, byReads, 'a search finds what can be read');
    return byReads;
  };
  const actor = (reference: string): object => ({ actor: [{ reference: { reference } }] });

  /** For the clinic and the doctor: Observation, Condition, Encounter. */
  const cases: Readonly<Record<string, readonly [consent: object, clinic: string, doctor: string]>> = {
    'that refuses all': [{ decision: 'deny' }, '---', '---'],
    'that permits all': [{ decision: 'permit' }, '+++', '+++'],
    'that refuses, but one practitioner': [{ decision: 'deny', provision: [actor('Practitioner/d')] }, '---', '+++'],
    'that permits, but not one practitioner': [
      { decision: 'permit', provision: [actor('Practitioner/d')] },
      '+++',
      '---',
    ],
    'that permits, but not one client': [
      {
        decision: 'permit',
        provision: [{ actor: [{ reference: { identifier: { system: 'urn:dhp:sso:client', value: 'clinic' } } }] }],
      },
      ...(['---', '+++'] as const),
    ],
    'that permits, but not observations': [
      { decision: 'permit', provision: [{ resourceType: [{ code: 'Observation' }] }] },
      '-++',
      '-++',
    ],
    'that permits, but not a code': [
      { decision: 'permit', provision: [{ code: [{ coding: [{ system: 'urn:c', code: 'y' }] }] }] },
      ...(['+-+', '+-+'] as const),
    ],
    'that permits, but not what is of an encounter': [
      {
        decision: 'permit',
        provision: [{ data: [{ meaning: 'dependents', reference: { reference: 'Encounter/e' } }] }],
      },
      ...(['-+-', '-+-'] as const),
    ],
    'that permits, but not what somebody has done': [
      {
        decision: 'permit',
        provision: [{ data: [{ meaning: 'authoredby', reference: { reference: 'Practitioner/d' } }] }],
      },
      ...(['-++', '-++'] as const),
    ],
    'that refuses, but what is of a month': [
      { decision: 'deny', provision: [{ dataPeriod: { start: '2026-01', end: '2026-01' } }] },
      ...(['+--', '+--'] as const),
    ],
    'that permits, but not for research': [
      { decision: 'permit', provision: [{ purpose: [{ code: 'HRESCH' }] }] },
      ...(['+++', '+++'] as const),
    ],
    'with provisions in provisions': [
      {
        decision: 'permit',
        provision: [{ resourceType: [{ code: 'Observation' }], provision: [actor('Practitioner/d')] }],
      },
      ...(['-++', '+++'] as const),
    ],
    'of a time that is over': [{ decision: 'deny', period: { end: '2020-01-01' } }, '+++', '+++'],
    'with an action that is only reading': [{ decision: 'permit', provision: [disclose] }, '---', '---'],
    'that was made in error': [{ status: 'entered-in-error', decision: 'deny' }, '+++', '+++'],
  };
  for (const [name, [members, ofClinic, ofDoctor]] of Object.entries(cases))
    it(name, async () => {
      await consent(members);
      assert.equal(await seen(clinic), ofClinic);
      assert.equal(await seen(doctor), ofDoctor);
      assert.equal(await seen(patient), '+++');
    });

  it('that is deleted refuses nothing any more', async () => {
    await consent({ decision: 'deny' }, 'gone');
    await withdrawn();
    assert.equal(await seen(clinic), '---');
    assert.equal(of(await ask('DELETE', '/Consent/gone', undefined, patient)), '200');
    assert.equal(await seen(clinic), '+++');
  });
});

it('without a policy that enforces consents they refuse nothing', async () => {
  await consent(optOut);
  await activatePolicies(server, JSON.stringify({ others: 'as-scoped', rules: [] }));
  assert.equal(of(await ask('GET', '/Observation/o')), '200');
  await activatePolicies(server, JSON.stringify(enforced));
  assert.equal(of(await ask('GET', '/Observation/o')), '404 resource-not-found');
});
