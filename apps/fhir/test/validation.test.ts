/** Every write stores only what conforms, and says what does not. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { entriesOf, observation, post, put, send, statusesOf } from './bundles.ts';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false });
});
after(() => server.close());

interface Finding {
  severity: string;
  code: string;
  details: { coding: { system: string; code: string }[]; text: string };
  diagnostics?: string;
  expression?: string[];
  extension?: { url: string; valueInteger: number }[];
}

const issuesOf = (reply: Pick<Reply, 'json'>): Finding[] => reply.json['issue'] as Finding[];
const fhirJson = { 'content-type': 'application/fhir+json' };
const vitalSigns = 'http://hl7.org/fhir/StructureDefinition/bodyweight';

/** The stable id of a finding and where it is: `element-missing Observation 3:7`. */
function shown({ details, expression, extension }: Finding): string {
  const id = details.coding.find(({ system }) => system === 'urn:dhp:validation')?.code ?? '-';
  const place = (extension ?? []).map(({ valueInteger }) => valueInteger).join(':');
  return `${id} ${expression?.[0] ?? '-'} ${place}`.trimEnd();
}

describe('a create that does not conform', () => {
  const body = '{\n  "resourceType": "Observation",\n  "status": "finished",\n  "colour": "red"\n}';
  const refused = (language: string): Promise<Reply> =>
    server.request('POST', '/Observation', { headers: { ...fhirJson, 'accept-language': language }, body });

  test('is 422; each finding has an id, an element, a line and a column', async () => {
    const reply = await refused('en');
    assert.deepEqual([reply.status, reply.code], [422, 'resource-invalid']);
    assert.deepEqual(issuesOf(reply).map(shown), [
      'code-not-in-value-set Observation.status 3:13',
      'unknown-element Observation 4:13',
      'element-missing Observation 1:1',
    ]);
    assert.deepEqual(
      issuesOf(reply).map(({ severity, code }) => `${severity} ${code}`),
      ['error code-invalid', 'error structure', 'error structure'],
    );
  });

  test('says what to do in the language of the caller, and to the developer in English', async () => {
    for (const [language, letters] of [
      ['uz', /[a-z]/],
      ['ru', /[а-я]/],
    ] as const) {
      const [first] = issuesOf(await refused(language));
      assert.match(first!.details.text, letters);
      assert.doesNotMatch(first!.details.text, /is not in the value set/);
      assert.match(first!.diagnostics ?? '', /^Line 3, column 13: The code finished is not in the value set/);
    }
  });

  test('in XML has no line and column of a JSON that nobody wrote', async () => {
    const xml = '<Observation xmlns="http://hl7.org/fhir"><status value="finished"/></Observation>';
    const headers = { 'content-type': 'application/fhir+xml', accept: 'application/fhir+json' };
    const reply = await server.request('POST', '/Observation', { headers, body: xml });
    assert.deepEqual([reply.status, reply.code], [422, 'resource-invalid']);
    assert.deepEqual(issuesOf(reply).map(shown), [
      'code-not-in-value-set Observation.status',
      'element-missing Observation',
    ]);
  });

  test('stores nothing', async () => {
    const { total } = (await server.request('GET', '/Observation?_total=accurate')).json;
    assert.equal(total, 0);
  });
});

test('profiles that a resource claims are checked; of one that is not known it is warned', async () => {
  const weight = observation('Patient/x', { meta: { profile: [vitalSigns] } });
  const reply = await server.write('POST', '/Observation', weight);
  assert.deepEqual([reply.status, reply.code], [422, 'resource-invalid']);
  assert.match(reply.text, /bodyweight/);
  const meta = { profile: ['http://example.org/StructureDefinition/none'] };
  const prefer = { prefer: 'return=OperationOutcome' };
  const stored = await server.write('POST', '/Patient', patient({ meta }), prefer);
  assert.equal(stored.status, 201, stored.text);
  assert.deepEqual(issuesOf(stored).map(shown), ['- -', 'profile-unknown Patient.meta.profile[0]']);
  assert.equal(issuesOf(stored)[1]!.severity, 'warning');
});

test('an update, plain and conditional, is checked', async () => {
  const wrong = patient({ id: 'u1', gender: 'm' });
  for (const [method, path, headers] of [
    ['PUT', '/Patient/u1', {}],
    ['PUT', '/Patient?_id=u1', {}],
    ['POST', '/Patient', { 'if-none-exist': '_id=u1' }],
  ] as const) {
    const reply = await server.write(method, path, wrong, headers);
    assert.deepEqual([reply.status, reply.code], [422, 'resource-invalid'], path);
    assert.equal(shown(issuesOf(reply)[0]!).split(' ', 2).join(' '), 'code-not-in-value-set Patient.gender');
  }
  assert.equal((await server.request('GET', '/Patient/u1')).status, 404);
});

test('what a patch makes is checked, and nothing changes when it does not conform', async () => {
  await server.write('PUT', '/Patient/p1', patient({ id: 'p1' }));
  const body = JSON.stringify([{ op: 'add', path: '/gender', value: 'm' }]);
  const headers = { 'content-type': 'application/json-patch+json' };
  for (const path of ['/Patient/p1', '/Patient?_id=p1']) {
    const reply = await server.request('PATCH', path, { headers, body });
    assert.deepEqual([reply.status, reply.code], [422, 'resource-invalid'], path);
    assert.deepEqual(issuesOf(reply).map(shown), ['code-not-in-value-set Patient.gender']);
  }
  const meta = { profile: [vitalSigns] };
  const parameters = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: meta }] };
  const added = await server.write('POST', '/Patient/p1/$meta-add', parameters);
  assert.deepEqual([added.status, added.code], [422, 'resource-invalid'], 'a profile of another type');
  assert.equal((await server.request('GET', '/Patient/p1')).json['gender'], undefined);
});

describe('in a Bundle', () => {
  const entries = [
    put('b1'),
    {
      ...post(observation('Patient/b1', { status: 'finished' })),
      fullUrl: 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0',
    },
    { ...put('b2', { gender: 'm' }) },
  ];

  test('a transaction tells of all entries, each placed in the Bundle, and stores nothing', async () => {
    const body = `{"resourceType":"Bundle","type":"transaction","entry":[\n${entries.map((one) => JSON.stringify(one)).join(',\n')}]}`;
    const reply = await server.request('POST', '', { headers: fhirJson, body });
    assert.deepEqual([reply.status, reply.code], [422, 'resource-invalid']);
    const column = (line: number, text: string): number => body.split('\n')[line - 1]!.indexOf(text) + 1;
    assert.deepEqual(issuesOf(reply).map(shown).sort(), [
      `code-not-in-value-set Bundle.entry[1].resource.ofType(Observation).status 3:${column(3, '"finished"')}`,
      `code-not-in-value-set Bundle.entry[2].resource.ofType(Patient).gender 4:${column(4, '"m"')}`,
    ]);
    assert.equal((await server.request('GET', '/Patient/b1')).status, 404);
  });

  test('a batch refuses the entries that do not conform, and stores the others', async () => {
    const reply = await send(server, 'batch', entries);
    assert.deepEqual(statusesOf(reply), ['201 Created', '422 Unprocessable Entity', '422 Unprocessable Entity']);
    const outcome = entriesOf(reply)[1]!.response.outcome as unknown as Record<string, unknown>;
    assert.match(
      shown(issuesOf({ json: outcome })[0]!),
      /^code-not-in-value-set Bundle\.entry\[1\]\.resource\.ofType\(Observation\)\.status 1:\d+$/,
    );
  });
});

test('of very many findings the answer tells 100, the errors first, and how many there are', async () => {
  const name = Array.from({ length: 5000 }, () => ({ use: 'x', family: 'Karimov' }));
  const reply = await server.write('POST', '/Patient', patient({ name }));
  assert.equal(reply.status, 422);
  const issues = issuesOf(reply);
  assert.equal(issues.length, 101);
  // Of which the validator has kept 1,000.
  assert.match(issues[100]!.details.text, /has 5000 errors/);
});

test('where validation is off anything is stored', async (t) => {
  const open = await startServer({ validation: { level: 'off' } });
  t.after(() => open.close());
  assert.equal((await open.write('POST', '/Observation', { resourceType: 'Observation' })).status, 201);
});

test('a profile that is not known can be an error', async (t) => {
  const strict = await startServer({ validation: { unknownProfiles: 'error' } });
  t.after(() => strict.close());
  const meta = { profile: ['http://example.org/StructureDefinition/none'] };
  const reply = await strict.write('POST', '/Patient', patient({ meta }));
  assert.deepEqual([reply.status, reply.code], [422, 'resource-invalid']);
});
