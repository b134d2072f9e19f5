/** Requirements of an environment on resources, by the profiles and guides that are stored in it. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { FhirOptions } from '../src/index.ts';
import { send, statusesOf } from './bundles.ts';
import { baseUrl, patient, startServer, type Reply, type TestServer } from './environment.ts';

const url = 'http://example.org/StructureDefinition/named-patient';
const set = 'http://example.org/ValueSet/colours';

/** A Patient with a birth date. */
function profile(more: object = {}): Record<string, unknown> {
  return {
    resourceType: 'StructureDefinition',
    id: 'named-patient',
    url,
    name: 'NamedPatient',
    status: 'active',
    kind: 'resource',
    abstract: false,
    type: 'Patient',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
    derivation: 'constraint',
    differential: { element: [{ id: 'Patient.birthDate', path: 'Patient.birthDate', min: 1 }] },
    ...more,
  };
}

async function serverWith(t: TestContext, options: Partial<FhirOptions>): Promise<TestServer> {
  const server = await startServer({ requireIfMatch: false, ...options });
  t.after(() => server.close());
  return server;
}

async function stored(server: TestServer, ...resources: Record<string, unknown>[]): Promise<void> {
  for (const resource of resources) {
    const reply = await server.write('PUT', `/${String(resource['resourceType'])}/${String(resource['id'])}`, resource);
    assert.ok(reply.status === 201 || reply.status === 200, reply.text);
  }
}

/** The stable ids of what refuses a resource. */
function idsIn(reply: Reply): string[] {
  assert.deepEqual([reply.status, reply.code], [422, 'resource-invalid'], reply.text);
  const issues = reply.json['issue'] as { severity: string; details: { coding: { code: string }[] } }[];
  return issues.filter(({ severity }) => severity === 'error').map(({ details }) => details.coding[1]!.code);
}

const claiming = (more: object = {}): Record<string, unknown> => patient({ meta: { profile: [url] }, ...more });

test('a stored profile acts on the next write that claims it, changes with it, and is gone with it', async (t) => {
  const server = await serverWith(t, { validation: { unknownProfiles: 'error' } });
  assert.deepEqual(idsIn(await server.write('POST', '/Patient', claiming())), ['profile-unknown']);
  await stored(server, profile());
  assert.deepEqual(idsIn(await server.write('POST', '/Patient', claiming())), ['element-missing']);
  assert.equal((await server.write('POST', '/Patient', claiming({ birthDate: '1990-05-14' }))).status, 201);
  const batch = await send(server, 'batch', [
    { resource: claiming(), request: { method: 'POST', url: 'Patient' } },
    { resource: patient(), request: { method: 'POST', url: 'Patient' } },
  ]);
  assert.deepEqual(statusesOf(batch), ['422 Unprocessable Entity', '201 Created']);
  await stored(
    server,
    profile({ differential: { element: [{ id: 'Patient.photo', path: 'Patient.photo', min: 1 }] } }),
  );
  assert.match((await server.write('POST', '/Patient', claiming())).text, /photo is required/);
  await server.request('DELETE', '/StructureDefinition/named-patient');
  assert.deepEqual(idsIn(await server.write('POST', '/Patient', claiming())), ['profile-unknown']);
});

test('a required binding is to a stored value set of a stored code system', async (t) => {
  const server = await serverWith(t, {});
  const system = 'http://example.org/CodeSystem/colours';
  const bound = {
    id: 'Patient.maritalStatus',
    path: 'Patient.maritalStatus',
    binding: { strength: 'required', valueSet: set },
  };
  await stored(server, profile({ differential: { element: [bound] } }));
  const coloured = (code: string): Record<string, unknown> =>
    claiming({ maritalStatus: { coding: [{ system, code }] } });
  assert.equal(
    (await server.write('POST', '/Patient', coloured('blue'))).status,
    201,
    'the value set is not known yet',
  );
  const colours = (...codes: string[]): Record<string, unknown> => ({
    resourceType: 'CodeSystem',
    id: 'colours',
    url: system,
    status: 'active',
    content: 'complete',
    concept: codes.map((code) => ({ code })),
  });
  await stored(server, colours('red'), {
    resourceType: 'ValueSet',
    id: 'colours',
    url: set,
    status: 'active',
    compose: { include: [{ system }] },
  });
  assert.equal((await server.write('POST', '/Patient', coloured('red'))).status, 201);
  assert.deepEqual(idsIn(await server.write('POST', '/Patient', coloured('blue'))), [
    'code-unknown',
    'concept-not-in-value-set',
  ]);
  await stored(server, colours('red', 'blue'));
  assert.equal((await server.write('POST', '/Patient', coloured('blue'))).status, 201);
});

test('production asks for the profile that a guide makes mandatory, and for those that the operator names', async (t) => {
  const organization = profile({
    id: 'o',
    url: `${url}-organization`,
    type: 'Organization',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Organization',
    differential: { element: [{ id: 'Organization.contact', path: 'Organization.contact', min: 1 }] },
  });
  const guide = {
    resourceType: 'ImplementationGuide',
    id: 'ig',
    url: 'http://example.org/ImplementationGuide/ig',
    name: 'Guide',
    status: 'active',
    packageId: 'example.guide',
    fhirVersion: ['5.0.0'],
    global: [{ type: 'Patient', profile: url }],
  };
  const mandatoryProfiles = new Map([['Organization', `${url}-organization`]]);
  for (const environment of ['production', 'playground'] as const) {
    const server = await serverWith(t, { environment, validation: { mandatoryProfiles } });
    await stored(server, profile(), organization, guide);
    const replies = [
      await server.write('POST', '/Patient', patient()),
      await server.write('POST', '/Organization', { resourceType: 'Organization', name: 'x' }),
    ];
    if (environment === 'production') assert.deepEqual(replies.map(idsIn), [['element-missing'], ['element-missing']]);
    else
      assert.deepEqual(
        replies.map(({ status }) => status),
        [201, 201],
      );
  }
});

test('where meta.profile is required, a resource of a type that has profiles claims one of them', async (t) => {
  const server = await serverWith(t, { validation: { metaProfile: 'required' } });
  assert.equal((await server.write('POST', '/Patient', patient())).status, 201, 'there is none yet');
  await stored(server, profile());
  const bare = await server.write('POST', '/Patient', patient({ birthDate: '1990-05-14' }));
  assert.deepEqual(idsIn(bare), ['profile-required']);
  assert.ok(bare.sentence.includes(url), bare.sentence);
  assert.equal((await server.write('POST', '/Patient', claiming({ birthDate: '1990-05-14' }))).status, 201);
  assert.equal((await server.write('POST', '/Basic', { resourceType: 'Basic', code: { text: 'x' } })).status, 201);
});

test('nobody defines otherwise what R5 defines', async (t) => {
  const server = await serverWith(t, {});
  const bodyWeight = 'http://hl7.org/fhir/StructureDefinition/bodyweight';
  const baseDefinition = 'http://hl7.org/fhir/StructureDefinition/Observation';
  const differential = { element: [{ id: 'Observation', path: 'Observation' }] };
  await stored(server, profile({ url: bodyWeight, type: 'Observation', id: 'mine', baseDefinition, differential }));
  const weight = { resourceType: 'Observation', status: 'final', code: { text: 'x' }, meta: { profile: [bodyWeight] } };
  assert.ok(idsIn(await server.write('POST', '/Observation', weight)).length > 0);
});

test('a coding has a code of its system and one of its displays, wherever it stands, as the operator asks', async (t) => {
  const system = 'http://example.org/CodeSystem/colours';
  const colours = {
    resourceType: 'CodeSystem',
    id: 'colours',
    url: system,
    status: 'active',
    content: 'complete',
    concept: [{ code: 'red', display: 'Red', designation: [{ language: 'uz', value: 'Qizil' }] }],
  };
  const coded = (coding: object): Record<string, unknown> => ({ resourceType: 'Basic', code: { coding: [coding] } });
  const replies = async (validation: FhirOptions['validation'] & object): Promise<Reply[]> => {
    const server = await serverWith(t, { validation });
    await stored(server, colours);
    const all: Reply[] = [];
    for (const coding of [
      { system, code: 'red', display: 'qizil' },
      { system, code: 'red', display: 'Blue' },
      { system, code: 'blue' },
      { system: 'http://example.org/CodeSystem/unknown', code: 'blue' },
    ]) {
      all.push(await server.write('POST', '/Basic', coded(coding), { prefer: 'return=OperationOutcome' }));
    }
    return all;
  };
  const usual = await replies({});
  assert.deepEqual(
    usual.map(({ status }) => status),
    [201, 201, 422, 201],
  );
  assert.match(usual[1]!.text, /"display-wrong"/);
  assert.deepEqual(idsIn(usual[2]!), ['code-unknown']);
  assert.doesNotMatch(usual[3]!.text, /code-system-unknown/);
  const server = await serverWith(t, {});
  const weighed = (code: string): Promise<Reply> =>
    server.write('POST', '/Observation', {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'weight' },
      valueQuantity: { value: 1, system: 'http://unitsofmeasure.org', code },
    });
  assert.equal((await weighed('mm[Hg]')).status, 201);
  const one = { system: 'http://unitsofmeasure.org', code: '1', display: 'one' };
  assert.equal((await server.write('POST', '/Basic', coded(one))).status, 201);
  assert.deepEqual(idsIn(await weighed('mgg')), ['code-unknown']);
  const strict = await replies({ displays: 'error', unknownCodes: 'warning' });
  assert.deepEqual(
    strict.map(({ status }) => status),
    [201, 422, 201, 201],
  );
  assert.match(strict[2]!.text, /"code-unknown"/);
});

test('vital signs meet the profile of R5 in production, or where the operator asks for it', async (t) => {
  const heartRate = {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] },
    ],
    effectiveDateTime: '2026-01-01',
    valueQuantity: { value: 60, system: 'http://unitsofmeasure.org', code: '/min' },
  };
  const of = async (options: Partial<FhirOptions>): Promise<Reply> =>
    (await serverWith(t, options)).write('POST', '/Observation', heartRate);
  assert.ok(idsIn(await of({ environment: 'production', referenceIntegrity: 'allow' })).includes('element-missing'));
  assert.ok(idsIn(await of({ validation: { vitalSigns: 'required' } })).includes('element-missing'));
  assert.equal((await of({})).status, 201);
});

test('national identifiers are looked into in the playground and in production, in three languages', async (t) => {
  const sid = 'https://dhp.uz/fhir/core/sid';
  const body = (pinfl: string, district = '1726269'): Record<string, unknown> =>
    patient({
      gender: 'male',
      birthDate: '1997-11-02',
      identifier: [{ system: `${sid}/pid/uz/ni`, value: pinfl }],
      address: [{ country: 'UZ', state: '1726', district }],
    });
  for (const environment of ['playground', 'production'] as const) {
    const server = await serverWith(t, { environment, referenceIntegrity: 'allow' });
    const write = (resource: Record<string, unknown>, language = 'en'): Promise<Reply> =>
      server.write('POST', '/Patient', resource, { prefer: 'return=OperationOutcome', 'accept-language': language });
    const good = await write(body('30211975910033'));
    assert.equal(good.status, 201, good.text);
    assert.doesNotMatch(good.text, /national-/);
    for (const [language, number, place] of [
      ['en', 'does not have the form of this identifier', 'is not in the region'],
      ['ru', 'не соответствует формату', 'не относится к области'],
      ['uz', 'shakliga mos emas', 'viloyatiga kirmaydi'],
    ] as const) {
      const reply = await write(body('3021197591003', '1703202'), language);
      assert.deepEqual(idsIn(reply), ['national-identifier', 'national-district']);
      const issues = reply.json['issue'] as { expression: string[]; details: { text: string } }[];
      assert.deepEqual(
        issues.map(({ expression }) => expression[0]),
        ['Patient.identifier[0].value', 'Patient.address[0].district'],
      );
      assert.ok(issues[0]!.details.text.includes(number), issues[0]!.details.text);
      assert.ok(issues[1]!.details.text.includes(place), issues[1]!.details.text);
    }
    const doubtful = await write(body('30211975910034'));
    assert.equal(doubtful.status, 201, doubtful.text);
    assert.match(doubtful.text, /"national-pinfl-check-digit"/);
  }
  const strict = await serverWith(t, { validation: { nationalIdentifiers: 'error' } });
  const refused = await strict.write('POST', '/Patient', body('30211975910034'));
  assert.deepEqual(idsIn(refused), ['national-pinfl-check-digit']);
});

const named = patient({ id: 'named', birthDate: '1990-05-14' });
const nameless = patient({ id: 'nameless' });
const ofNamed = 'http://example.org/StructureDefinition/of-named-patient';
/** Observations of patients with a birth date. */
const observationProfile = {
  ...{ resourceType: 'StructureDefinition', id: 'of-named-patient', url: ofNamed, name: 'OfNamed', status: 'active' },
  ...{ kind: 'resource', abstract: false, type: 'Observation', derivation: 'constraint' },
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Observation',
  differential: {
    element: [
      { id: 'Observation.subject', path: 'Observation.subject', type: [{ code: 'Reference', targetProfile: [url] }] },
    ],
  },
};
const observation = (reference: string): Record<string, unknown> => ({
  ...{ resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference } },
  meta: { profile: [ofNamed] },
});

test('what a reference leads to here must meet the profile that is asked of it, as it is now', async (t) => {
  const server = await serverWith(t, { validation: { level: 'guide' } });
  await stored(server, profile(), observationProfile, named, nameless);
  const create = (reference: string): Promise<Reply> => server.write('POST', '/Observation', observation(reference));
  assert.equal((await create('Patient/named')).status, 201);
  const refused = await create('Patient/nameless');
  assert.deepEqual(idsIn(refused), ['reference-target-profile']);
  assert.deepEqual((refused.json['issue'] as { expression: string[] }[])[0]?.expression, ['Observation.subject']);
  assert.deepEqual(idsIn(await create(`${baseUrl}/Patient/nameless`)), ['reference-target-profile']);
  for (const elsewhere of ['http://example.org/fhir/Patient/nameless', 'Patient/nobody'])
    assert.notEqual((await create(elsewhere)).code, 'resource-invalid', elsewhere);
  // Mended, it is met at once; so it is where a profile changes.
  await stored(server, { ...nameless, birthDate: '2000-01-01' });
  assert.equal((await create('Patient/nameless')).status, 201);
  await stored(
    server,
    profile({ differential: { element: [{ id: 'Patient.photo', path: 'Patient.photo', min: 1 }] } }),
  );
  assert.deepEqual(idsIn(await create('Patient/named')), ['reference-target-profile']);
});

test('targets of references: in updates, patches, batches and transactions, and what is written together', async (t) => {
  const server = await serverWith(t, { validation: { level: 'guide' } });
  await stored(server, profile(), observationProfile, named, nameless);
  const wrong = observation('Patient/nameless');
  assert.deepEqual(idsIn(await server.write('PUT', '/Observation/o', { ...wrong, id: 'o' })), [
    'reference-target-profile',
  ]);
  await stored(server, { ...observation('Patient/named'), id: 'o' });
  const patched = await server.request('PATCH', '/Observation/o', {
    headers: { 'content-type': 'application/json-patch+json' },
    body: JSON.stringify([{ op: 'replace', path: '/subject/reference', value: 'Patient/nameless' }]),
  });
  assert.deepEqual(idsIn(patched), ['reference-target-profile']);
  const entries = [wrong, observation('Patient/named')].map((resource) => ({
    resource,
    request: { method: 'POST', url: 'Observation' },
  }));
  assert.deepEqual(statusesOf(await send(server, 'batch', entries)), ['422 Unprocessable Entity', '201 Created']);
  assert.deepEqual(idsIn(await send(server, 'transaction', entries)), ['reference-target-profile']);
  const together = await send(server, 'transaction', [
    {
      fullUrl: 'urn:uuid:6d0b1f4e-6c4d-4ac6-a0a5-7d7c2f1c0a11',
      resource: patient({ birthDate: '1990-05-14' }),
      request: { method: 'POST', url: 'Patient' },
    },
    {
      resource: observation('urn:uuid:6d0b1f4e-6c4d-4ac6-a0a5-7d7c2f1c0a11'),
      request: { method: 'POST', url: 'Observation' },
    },
  ]);
  assert.deepEqual(statusesOf(together), ['201 Created', '201 Created']);
});

test('targets of references: nobody learns from a write what a resource is like that he may not read', async (t) => {
  const server = await serverWith(t, { validation: { level: 'guide' }, healthWorkers: 'as-scoped' });
  await stored(server, profile(), observationProfile, named, nameless);
  const create = async (scope: string, reference: string): Promise<number> => {
    const token = await server.sso.token({ scope });
    const headers = { 'content-type': 'application/fhir+json' };
    const body = JSON.stringify(observation(reference));
    return (await server.request('POST', '/Observation', { token, headers, body })).status;
  };
  const reads = 'system/Observation.c system/Patient.r';
  const [someOnly, none] = ['system/Observation.c system/Patient.r?_id=named', 'system/Observation.c'];
  assert.deepEqual([await create(reads, 'Patient/named'), await create(reads, 'Patient/nameless')], [201, 422]);
  assert.deepEqual([await create(someOnly, 'Patient/named'), await create(someOnly, 'Patient/nameless')], [201, 201]);
  assert.deepEqual([await create(none, 'Patient/named'), await create(none, 'Patient/nameless')], [201, 201]);
  assert.equal(await create(reads, 'Patient/nameless'), 422, 'what one does not see is no answer for the other');
  const token = await server.sso.token({ scope: none });
  const entries = [{ resource: observation('Patient/nameless'), request: { method: 'POST', url: 'Observation' } }];
  for (const type of ['batch', 'transaction'] as const) {
    const reply = await server.request('POST', '/', {
      token,
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ resourceType: 'Bundle', type, entry: entries }),
    });
    assert.deepEqual(statusesOf(reply), ['201 Created'], `${type} ${reply.text}`);
  }
  const parameters = {
    resourceType: 'Parameters',
    parameter: [{ name: 'resource', resource: observation('Patient/nameless') }],
  };
  const told = await server.request('POST', '/Observation/$validate', {
    token,
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify(parameters),
  });
  assert.doesNotMatch(told.text, /reference-target-profile/);
});

test('targets of references by policy: a warning of $validate, or nothing', async (t) => {
  const ask = async (validation: NonNullable<FhirOptions['validation']>): Promise<(string | undefined)[]> => {
    const server = await serverWith(t, { validation });
    await stored(server, profile(), observationProfile, nameless);
    assert.equal((await server.write('POST', '/Observation', observation('Patient/nameless'))).status, 201);
    const { json } = await server.write('POST', '/Observation/$validate', observation('Patient/nameless'));
    const issues = json['issue'] as { severity: string; details: { coding: { code: string }[] } }[];
    return issues
      .filter(({ details }) => details.coding.at(-1)?.code === 'reference-target-profile')
      .map(({ severity }) => severity);
  };
  assert.deepEqual(await ask({}), ['warning']);
  assert.deepEqual(await ask({ level: 'guide', referenceTargets: 'ignore' }), []);
});

test('a resource with very many references: each target is looked at, and a wrong one found among them', async (t) => {
  const server = await serverWith(t, { validation: { level: 'guide' } });
  const member = {
    ...{ id: 'Group.member.entity', path: 'Group.member.entity' },
    type: [{ code: 'Reference', targetProfile: [url] }],
  };
  const group = 'http://example.org/StructureDefinition/named-group';
  const groupProfile = {
    ...observationProfile,
    ...{ id: 'named-group', url: group, name: 'NamedGroup', type: 'Group', differential: { element: [member] } },
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Group',
  };
  const ids = Array.from({ length: 450 }, (_, n) => `member-${n}`);
  await stored(server, profile(), groupProfile);
  const put = ids.map((id, n) => ({
    resource: patient({ id, ...(n !== 449 && { birthDate: '1990-05-14' }) }),
    request: { method: 'PUT', url: `Patient/${id}` },
  }));
  assert.equal((await send(server, 'transaction', put)).status, 200);
  const groupOf = (members: readonly string[]): Record<string, unknown> => ({
    ...{ resourceType: 'Group', type: 'person', membership: 'enumerated', meta: { profile: [group] } },
    member: members.map((id) => ({ entity: { reference: `Patient/${id}` } })),
  });
  assert.equal((await server.write('POST', '/Group', groupOf(ids.slice(0, 449)))).status, 201);
  const refused = await server.write('POST', '/Group', groupOf(ids));
  assert.deepEqual(idsIn(refused), ['reference-target-profile']);
  assert.deepEqual((refused.json['issue'] as { expression: string[] }[])[0]?.expression, ['Group.member[449].entity']);
});

test('the targets of a large resource are looked at while small ones are validated beside it', async (t) => {
  const server = await serverWith(t, { validation: { level: 'guide' }, bodyLimit: 4_194_304 });
  await stored(server, profile(), observationProfile, nameless, patient({ id: 'other' }));
  const note = Array.from({ length: 40 }, () => ({ text: 'long '.repeat(10_000) }));
  const over = new AbortController();
  const large = server.write('POST', '/Observation', { ...observation('Patient/nameless'), note }).finally(() => {
    over.abort();
  });
  const small: Reply[] = [];
  while (!over.signal.aborted) small.push(await server.write('POST', '/Observation', observation('Patient/other')));
  assert.deepEqual(idsIn(await large), ['reference-target-profile']);
  assert.ok(small.length > 0);
  for (const reply of small) assert.deepEqual(idsIn(reply), ['reference-target-profile']);
});
