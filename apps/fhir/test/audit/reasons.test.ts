/** The record of a refused request names the rule that refused it, even if the answer is the same as for a missing resource. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { ReadRule } from '../../src/access/read-rules.ts';
import { readRules } from '../../src/access/read-rules.ts';
import { writeRules } from '../../src/access/write-rules.ts';
import { baseUrl, type Reply } from '../environment.ts';
import { activateLabels } from '../policies.ts';
import { startAudited, type Audited } from './audited.ts';

/** Hides one Basic from a client, as an additional factor. */
const hidesOne: ReadRule = {
  name: 'hides-one',
  refuses: ['resource-not-found'],
  leaves: (_, { clientId }) => {
    const rule = { op: 'not', of: { op: 'id', any: ['kept-away'] } } as const;
    return (_permission, type) => type !== 'Basic' || clientId !== 'outsider' || rule;
  },
};

let server: Audited;
before(async () => {
  server = await startAudited({
    ...{ accessRules: { read: [hidesOne] }, referenceIntegrity: 'enforce' },
    signatures: { keys: '{"keys":[]}', unchecked: 'refuse' },
  });
  const all = await server.sso.token({ scope: 'system/*.cruds system/Provenance.cruds' });
  const put = async (resource: { resourceType: string; id: string } & Record<string, unknown>): Promise<void> => {
    const path = `/${resource.resourceType}/${resource.id}`;
    const headers = { 'content-type': 'application/fhir+json' };
    const reply = await server.request('PUT', path, { token: all, headers, body: JSON.stringify(resource) });
    assert.equal(reply.status, 201, reply.text);
  };
  await put({ resourceType: 'Patient', id: 'a' });
  await put({ resourceType: 'Patient', id: 'b' });
  await put({ resourceType: 'Practitioner', id: 'd' });
  await put({ resourceType: 'Basic', id: 'of-b', code: { text: 'x' }, subject: { reference: 'Patient/b' } });
  await put({ resourceType: 'Basic', id: 'kept-away', code: { text: 'x' } });
  await put({ resourceType: 'Patient', id: 'c' });
  await put({ resourceType: 'Basic', id: 'of-c', code: { text: 'x' }, subject: { reference: 'Patient/c' } });
  await put({
    ...{ resourceType: 'Consent', id: 'no', status: 'active', decision: 'permit', subject: { reference: 'Patient/c' } },
    provision: [{ actor: [{ reference: { identifier: { system: 'urn:dhp:sso:client', value: 'refused' } } }] }],
  });
  await put({ resourceType: 'Basic', id: 'shown', code: { text: 'x' } });
  await put({ ...image, id: 'of-b', securityContext: { reference: 'Basic/of-b' } });
  await put({ ...provenance, id: 'kept' });
  const who = { client: ['limited'] };
  const interactions = ['read', 'search', 'create', 'update', 'delete'] as const;
  await server.store.buildConsents();
  await put({ resourceType: 'Basic', id: 'of-d', code: { coding: [{ system: 'urn:c', code: 'hiv' }] } });
  await server.store.buildCare();
  await activateLabels(server, {
    ...{ others: 'as-scoped', consent: 'enforced', care: { roles: ['doctor'] } },
    labels: { rules: [{ name: 'hiv', labels: ['urn:l|HIV'], codes: ['urn:c|hiv'] }], clearances: [] },
    rules: [
      { name: 'x', effect: 'deny', who, types: ['Basic'], interactions, criteria: '_id=kept-away,kept' },
      { name: 'y', effect: 'deny', who, types: ['Practitioner'], interactions },
      {
        ...{ name: 'z', effect: 'limit', who: { client: ['partly'] }, types: ['Basic'], interactions: [] },
        ...{ hide: ['subject'], readOnly: ['created'] },
      },
    ],
  });
});
after(() => server.close());

const image = { resourceType: 'Binary', contentType: 'text/plain', data: 'eA==' };
const provenance = {
  ...{ resourceType: 'Provenance', target: [{ reference: 'Patient/a' }], recorded: '2026-01-01T00:00:00Z' },
  agent: [{ who: { reference: 'Patient/a' } }],
};
const pinfl = [{ system: 'https://dhp.uz/fhir/core/sid/pid/uz/ni', value: '32107934930018' }];
const ofPatient = { scope: 'patient/*.cruds', patient: 'a' };
const every = { scope: 'system/*.cruds system/Provenance.cruds' };
const worker = { scope: 'user/*.cruds', fhirUser: `${baseUrl}/Practitioner/d`, policies: ['user/*.cruds'] };

const bound = { ...worker, roles: ['doctor Organization/7'] };
const basic = { resourceType: 'Basic', id: 'shown', code: { text: 'x' } };

interface Case {
  readonly rule: string;
  readonly claims: Record<string, unknown>;
  readonly ask: readonly [method: string, path: string, body?: Record<string, unknown>];
  readonly status: number;
}
const outsider = { scope: 'system/*.rs?_id=kept-away,shown,of-b', client_id: 'outsider' };

const cases: Readonly<Record<string, Case>> = {
  'a type that no scope gives': {
    ...{ rule: 'scopes', claims: { scope: 'system/Patient.rs' }, status: 403 },
    ask: ['GET', '/Basic/shown'],
  },
  'a search of such a type': {
    ...{ rule: 'scopes', claims: { scope: 'system/Patient.rs' }, status: 403 },
    ask: ['GET', '/Basic'],
  },
  'a resource outside of the scopes': {
    ...{ rule: 'scopes', claims: ofPatient, status: 404 },
    ask: ['GET', '/Basic/of-b'],
  },
  'an earlier version of it': {
    ...{ rule: 'scopes', claims: ofPatient, status: 404 },
    ask: ['GET', '/Basic/of-b/_history/1'],
  },
  'its history': { ...{ rule: 'scopes', claims: ofPatient, status: 404 }, ask: ['GET', '/Basic/of-b/_history'] },
  'a write of it': {
    ...{ rule: 'scopes', claims: ofPatient, status: 404 },
    ask: ['PUT', '/Basic/of-b', { resourceType: 'Basic', id: 'of-b', code: { text: 'y' } }],
  },
  'a deletion of it': { ...{ rule: 'scopes', claims: ofPatient, status: 404 }, ask: ['DELETE', '/Basic/of-b'] },
  'a Binary of what may not be seen': {
    ...{ rule: 'security-context', claims: ofPatient, status: 404 },
    ask: ['GET', '/Binary/of-b'],
  },
  'a record of what happened': {
    ...{ rule: 'records-kept', claims: every, status: 405 },
    ask: ['DELETE', '/Provenance/kept'],
  },
  'a national identifier': {
    ...{ rule: 'national-identifiers', claims: worker, status: 403 },
    ask: ['PUT', '/Patient/a', { resourceType: 'Patient', id: 'a', identifier: pinfl }],
  },
  'a reference to nothing': {
    ...{ rule: 'references', claims: every, status: 422 },
    ask: ['POST', '/Basic', { resourceType: 'Basic', code: { text: 'x' }, subject: { reference: 'Patient/none' } }],
  },
  'a search parameter that is none': {
    ...{ rule: 'search-parameters', claims: every, status: 422 },
    ask: [
      'POST',
      '/SearchParameter',
      {
        ...{ resourceType: 'SearchParameter', url: 'urn:x', name: 'x', status: 'active', description: 'x', code: 'x' },
        ...{ processingMode: 'normal', base: ['Patient'], type: 'string', expression: 'Patient.(' },
      },
    ],
  },
  'a topic that cannot fire': {
    ...{ rule: 'subscription-topics', claims: every, status: 422 },
    ask: [
      'POST',
      '/SubscriptionTopic',
      {
        ...{ resourceType: 'SubscriptionTopic', url: 'urn:x', status: 'active' },
        resourceTrigger: [{ resource: 'Patient', fhirPathCriteria: '%current.(' }],
      },
    ],
  },
  'what a policy leaves out': {
    ...{ rule: 'access-policies', claims: { ...every, client_id: 'limited' }, status: 404 },
    ask: ['GET', '/Basic/kept-away'],
  },
  'a type that a policy leaves out': {
    ...{ rule: 'access-policies', claims: { ...every, client_id: 'limited' }, status: 403 },
    ask: ['GET', '/Practitioner'],
  },
  'a write that a policy leaves out': {
    ...{ rule: 'access-policies', claims: { ...every, client_id: 'limited' }, status: 404 },
    ask: ['DELETE', '/Basic/kept-away'],
  },
  'a version to be that a policy leaves out': {
    ...{ rule: 'access-policies', claims: { ...every, client_id: 'limited' }, status: 403 },
    ask: ['PUT', '/Basic/kept', { resourceType: 'Basic', id: 'kept', code: { text: 'x' } }],
  },
  'a read of another patient': {
    ...{ rule: 'care', claims: bound, status: 404 },
    ask: ['GET', '/Basic/of-c'],
  },
  'a create about another patient': {
    ...{ rule: 'care', claims: bound, status: 403 },
    ask: ['POST', '/Basic', { resourceType: 'Basic', code: { text: 'x' }, subject: { reference: 'Patient/c' } }],
  },
  'a read that a consent refuses': {
    ...{ rule: 'consent', claims: { ...every, client_id: 'refused' }, status: 404 },
    ask: ['GET', '/Basic/of-c'],
  },
  'a create that a consent refuses': {
    ...{ rule: 'consent', claims: { ...every, client_id: 'refused' }, status: 403 },
    ask: ['POST', '/Basic', { resourceType: 'Basic', code: { text: 'x' }, subject: { reference: 'Patient/c' } }],
  },
  'an update that a consent refuses': {
    ...{ rule: 'consent', claims: { ...every, client_id: 'refused' }, status: 404 },
    ask: ['PUT', '/Basic/of-c', { resourceType: 'Basic', id: 'of-c', code: { text: 'x' } }],
  },
  'an update that carries what is hidden': {
    ...{ rule: 'hidden-elements', claims: { ...every, client_id: 'partly' }, status: 403 },
    ask: ['PUT', '/Basic/shown', { ...basic, subject: { reference: 'Patient/a' } }],
  },
  'an element that is read-only': {
    ...{ rule: 'read-only-elements', claims: { ...every, client_id: 'partly' }, status: 403 },
    ask: ['PUT', '/Basic/shown', { ...basic, created: '2026-01-01' }],
  },
  'a read of what has a label': {
    ...{ rule: 'label', claims: every, status: 404 },
    ask: ['GET', '/Basic/of-d'],
  },
  'a create of what gets a label': {
    ...{ rule: 'label', claims: every, status: 403 },
    ask: ['POST', '/Basic', { resourceType: 'Basic', code: { coding: [{ system: 'urn:c', code: 'hiv' }] } }],
  },
  'a signature that cannot be verified': {
    ...{ rule: 'signatures', claims: { ...every, scope: 'system/*.cruds system/Provenance.cruds' }, status: 422 },
    ask: ['POST', '/Provenance', { ...provenance, signature: [{ sigFormat: 'application/jose', data: 'eA==' }] }],
  },
  'what another factor hides': {
    ...{ rule: 'hides-one', claims: outsider, status: 404 },
    ask: ['GET', '/Basic/kept-away'],
  },
};

async function send(claims: Record<string, unknown>, [method, path, body]: Case['ask']): Promise<Reply> {
  const token = await server.sso.token(claims);
  const sent = body && { body: JSON.stringify(body) };
  const headers = { 'content-type': 'application/fhir+json', ...(method === 'PUT' && { 'if-match': 'W/"1"' }) };
  return server.request(method, path, { token, headers, ...sent });
}

async function recorded(reply: Reply): Promise<unknown[]> {
  const records = await server.of(reply.headers.get('x-request-id')!);
  return records.map(({ content }) => content['refusedBy']);
}

describe('the record of a refusal names the rule', () => {
  for (const [name, { rule, claims, ask, status }] of Object.entries(cases)) {
    it(`${rule} for ${name}`, async () => {
      const reply = await send(claims, ask);
      assert.equal(reply.status, status, reply.text);
      const rules = await recorded(reply);
      assert.ok(rules.length > 0);
      assert.deepEqual([...new Set(rules)], [rule], reply.text);
      assert.ok(status !== 404 || ![rule, 'refusedBy'].some((word) => reply.text.includes(word)), 'the answer tells');
    });
  }

  it('has a case of every rule of the tables', () => {
    const asked = new Set(Object.values(cases).map(({ rule }) => rule));
    const rules = new Set([...readRules, ...writeRules].map(({ name }) => name));
    assert.deepEqual(
      [...rules].filter((name) => !asked.has(name)),
      [],
    );
  });

  it('has the entries of a batch apart', async () => {
    const entry = ['Basic/of-b', 'Basic/none', 'Patient/a'].map((url) => ({ request: { method: 'GET', url } }));
    const reply = await send(ofPatient, ['POST', '/', { resourceType: 'Bundle', type: 'batch', entry }]);
    assert.equal(reply.status, 200, reply.text);
    const records = await server.of(reply.headers.get('x-request-id')!);
    const byEntry = records.map(({ content: { entry: index, refusedBy } }) => [index, refusedBy]);
    const expected = [
      [0, 'scopes'],
      [1, undefined],
      [2, undefined],
      [undefined, undefined],
    ];
    for (const each of expected)
      assert.ok(
        byEntry.some((one) => one[0] === each[0] && one[1] === each[1]),
        JSON.stringify(byEntry),
      );
  });

  it('has the write of a transaction that is refused', async () => {
    const resource = { resourceType: 'Basic', id: 'of-b', code: { text: 'y' } };
    const entry = [{ request: { method: 'PUT', url: 'Basic/of-b', ifMatch: 'W/"1"' }, resource }];
    const reply = await send(ofPatient, ['POST', '/', { resourceType: 'Bundle', type: 'transaction', entry }]);
    assert.equal(reply.status, 404, reply.text);
    assert.deepEqual([...new Set(await recorded(reply))], ['scopes']);
  });

  it('says nothing where nothing is there, or all is well', async () => {
    for (const [path, status] of [
      ['/Basic/none', 404],
      ['/Patient/a', 200],
      ['/Basic?_id=of-b', 200],
    ] as const) {
      const reply = await send(ofPatient, ['GET', path]);
      assert.equal(reply.status, status);
      assert.deepEqual([...new Set(await recorded(reply))], [undefined], path);
    }
  });
});

it('docs/access.md lists the rules', () => {
  const text = readFileSync(new URL('../../../../docs/access.md', import.meta.url), 'utf8');
  const section = text.split('\n## Why a request was refused\n')[1]?.split('\n## ')[0] ?? '';
  const listed = [...section.matchAll(/^\| `([a-z-]+)`/gm)].map(([, name]) => name);
  assert.deepEqual(listed, [...new Set([...readRules, ...writeRules].map(({ name }) => name))]);
});
