/**
 * Criteria of every form: a `deny` rule with the same criteria hides and refuses exactly what a search with them finds, from the first
 * moment. The search of an unlimited client is the oracle. A write that the rule cannot decide about is refused.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { activatePolicies } from './policies.ts';
import { criteriaProblem } from '../src/access/policy-criteria.ts';
import { startServer, type TestServer } from './environment.ts';

const criteria = [
  'status=final',
  'status:not=final',
  'code=urn:c|HIV',
  'code:text=hidden',
  'code:code-text=hi',
  'code:missing=true',
  'code:in=urn:v',
  'category:below=urn:c|HIV',
  '_id=first',
  '_id=second,first',
  '_tag=urn:t|secret',
  '_tag:not=urn:t|secret',
  '_security=urn:t|secret',
  '_profile=urn:p',
  '_source=urn:s',
  '_language=uz',
  '_lastUpdated=ge2020-01-01',
  '_lastUpdated=lt2020-01-01',
  'subject=Patient/p',
  'subject:identifier=urn:i|1',
  'subject.name=nobody',
  'subject.name=Karimov',
  'subject.name:contains=arimo',
  'subject:Patient.identifier=urn:i|1',
  'patient._has:Condition:patient:code=urn:c|HIV',
  'identifier:of-type=urn:c|MR|7',
  'value-quantity=gt5',
  'value-string:contains=idde',
  'value-string:exact=A hidden word',
  'date=2024',
  'code-value-quantity=urn:c|HIV$gt5',
  'note-author:missing=true',
  '_content=hidden',
  '_text=hidden',
  '_text=narrative',
  '_filter=status eq final and code eq urn:c|HIV',
  '_list=l',
  '_in=Group/g',
] as const;

const base = {
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'urn:c', code: 'HIV', display: 'Hidden' }], text: 'hidden thing' },
  subject: { reference: 'Patient/p' },
};
const resources: readonly Readonly<Record<string, unknown>>[] = [
  { ...base, id: 'first' },
  {
    ...base,
    ...{ id: 'second', status: 'preliminary', code: { text: 'plain' }, effectiveDateTime: '2024-02-03' },
    valueString: 'A hidden word',
    meta: { tag: [{ system: 'urn:t', code: 'secret' }], profile: ['urn:p'], source: 'urn:s' },
    language: 'uz',
  },
  {
    ...base,
    ...{
      id: 'third',
      valueQuantity: { value: 7, unit: 'mg' },
      category: [{ coding: [{ system: 'urn:c', code: 'HIV' }] }],
    },
    meta: { security: [{ system: 'urn:t', code: 'secret' }] },
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">a hidden narrative</div>' },
    subject: { identifier: { system: 'urn:i', value: '1' } },
  },
  { ...base, id: 'fourth', code: { text: 'plain' }, note: [{ text: `${'word '.repeat(3_000)} hidden` }] },
];

let server: TestServer;
let used: readonly string[];
const client = (n: number): Promise<string> => server.sso.token({ scope: 'system/*.cruds', client_id: `client-${n}` });
const tokens: string[] = [];

before(async () => {
  server = await startServer({ requireIfMatch: false });
  const given = [
    { resourceType: 'Patient', id: 'p', name: [{ family: 'Karimov' }], identifier: [{ system: 'urn:i', value: '1' }] },
    {
      ...{ resourceType: 'Condition', id: 'c', subject: { reference: 'Patient/p' } },
      code: { coding: [{ system: 'urn:c', code: 'HIV' }] },
      clinicalStatus: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
      },
    },
    {
      ...{ resourceType: 'CodeSystem', id: 'c', url: 'urn:c', status: 'active', content: 'complete' },
      concept: [{ code: 'HIV' }],
    },
    { resourceType: 'ValueSet', id: 'v', url: 'urn:v', status: 'active', compose: { include: [{ system: 'urn:c' }] } },
  ];
  for (const resource of given) {
    const reply = await server.write('PUT', `/${resource.resourceType}/${resource.id}`, resource);
    assert.equal(reply.status, 201, reply.text);
  }
  used = criteria.filter((one) => criteriaProblem('Observation', one, ['read']) === undefined);
  assert.ok(used.length >= 30, used.join('\n'));
  await activatePolicies(server, {
    others: 'as-scoped',
    rules: used.map((one, n) => ({
      ...{ name: `rule-${n}`, effect: 'deny', who: { client: [`client-${n}`] }, types: ['Observation'] },
      ...{ interactions: ['create', 'read', 'update', 'delete', 'search'], criteria: one },
    })),
  });
  for (let n = 0; n < used.length; n += 1) tokens.push(await client(n));
});
after(() => server.close());

for (const resource of resources) {
  test(`Observation/${String(resource['id'])} is hidden by all criteria that find it, from the first moment`, async () => {
    const path = `/Observation/${String(resource['id'])}`;
    assert.equal((await server.write('PUT', path, resource)).status, 201);
    const seen = await Promise.all(tokens.map(async (token) => (await server.request('GET', path, { token })).status));
    const problems: string[] = [];
    for (const [n, one] of used.entries()) {
      const found = await server.request('GET', `/Observation?${encodeURI(one)}&_id=${String(resource['id'])}`);
      const matches = found.text.includes(`"id":"${String(resource['id'])}"`);
      if (seen[n] !== (matches ? 404 : 200)) problems.push(`${one}: found ${matches}, read ${seen[n]}`);
      const headers = { 'content-type': 'application/fhir+json' };
      const sent = { token: tokens[n]!, headers, body: JSON.stringify(resource) };
      const isTold = criteriaProblem('Observation', one, ['create', 'update']) === undefined;
      const { status: updated } = await server.request('PUT', path, sent);
      const copy = JSON.stringify({ ...resource, id: undefined });
      const { status: created } = await server.request('POST', '/Observation', { ...sent, body: copy });
      const isOpen = (status: number, expected: boolean, done: number): boolean =>
        expected ? status === done || (!isTold && status === 403) : status === 403 || status === 404;
      if (!isOpen(updated, !matches, 200)) problems.push(`${one}: found ${matches}, update ${updated}`);
      if (!isOpen(created, !matches || one.startsWith('_id'), 201))
        problems.push(`${one}: found ${matches}, create ${created}`);
    }
    assert.deepEqual(problems, []);
  });
}

test('a transaction is refused where the criteria lead to what it writes, and that does not tell', async () => {
  const token = tokens[used.indexOf('patient._has:Condition:patient:code=urn:c|HIV')]!;
  const patient = { resourceType: 'Patient', name: [{ family: 'Aliyev' }] };
  const observation = (to: string) => ({ ...base, subject: { reference: to }, code: { text: 'plain' } });
  const transaction = (...entries: { fullUrl?: string; resource: { resourceType: string } }[]) => ({
    ...{ resourceType: 'Bundle', type: 'transaction' },
    entry: entries.map((entry) => ({ ...entry, request: { method: 'POST', url: entry.resource.resourceType } })),
  });
  const post = async (bundle: object) => {
    const headers = { 'content-type': 'application/fhir+json' };
    const reply = await server.request('POST', '/', { token, headers, body: JSON.stringify(bundle) });
    return reply.status < 300 ? reply.status : `${reply.status} ${reply.code}`;
  };
  const fullUrl = 'urn:uuid:7b1e0b0c-55e1-4c56-9c54-6a1a7a0f6d10';
  assert.equal(await post(transaction({ resource: patient })), 200);
  assert.equal(
    await post(transaction({ fullUrl, resource: patient }, { resource: observation(fullUrl) })),
    '403 policy-refuses',
  );
  assert.equal(await post(transaction({ resource: observation('Patient/p') })), '403 policy-refuses');
  await server.write('PUT', '/Patient/other', { ...patient, id: 'other' });
  assert.equal(await post(transaction({ resource: observation('Patient/other') })), 200);
});
