/** Rules of labels that rest on something: a purpose that the request states, and value sets that may not be there any more. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PolicySet } from '@dhp/access-policies';
import { until } from '@dhp/postgres/testing';
import { startServer, type Reply, type TestServer } from './environment.ts';
import { activateLabels, activatePolicies } from './policies.ts';
import { put } from './searches.ts';

const [one, two] = ['urn:l|ONE', 'urn:l|TWO'];

const policies: PolicySet = {
  ...{ others: 'as-scoped', rules: [], purposes: ['TREAT'] },
  labels: {
    rules: [
      { name: 'one', labels: [one], valueSets: ['urn:v'] },
      { name: 'two', labels: [two], codes: ['urn:c|two'] },
    ],
    clearances: [
      { name: 'treating', who: { client: ['clinic'] }, labels: [one], purposes: ['TREAT'] },
      { name: 'research', who: { client: ['research'] }, labels: [one], purposes: ['HRESCH'] },
      { name: 'stated', who: { client: ['study'] }, labels: [one], purposes: ['HRESCH', 'GOV'], stated: true },
      { name: 'always', who: { client: ['clinic', 'study'] }, labels: [two] },
      {
        name: 'for',
        who: { client: ['study'], purpose: ['GOV'] },
        labels: ['urn:l|THREE'],
        purposes: ['GOV'],
        stated: true,
      },
    ],
  },
};

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false, validation: { level: 'off' } });
  await put(server, valueSet, observation('one', 'one'), observation('two', 'two'), observation('plain', 'x'));
  await put(server, observation('three', 'x', [{ system: 'urn:l', code: 'THREE' }]));
  await activateLabels(server, policies);
});
after(() => server.close());

const valueSet = {
  ...{ resourceType: 'ValueSet', id: 'v', url: 'urn:v', status: 'active' },
  compose: { include: [{ system: 'urn:c', concept: [{ code: 'one' }] }] },
};
const observation = (id: string, code: string, security: object[] = []): Record<string, unknown> => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { coding: [{ system: 'urn:c', code }] } },
  ...(security.length > 0 && { meta: { security } }),
});

async function read(id: string, client: string, purpose?: string): Promise<Reply> {
  const token = await server.sso.token({ scope: 'system/*.rs', client_id: client });
  const headers = purpose === undefined ? {} : { 'x-purpose-of-use': purpose };
  return server.request('GET', `/Observation/${id}`, { token, headers });
}

describe('the purpose that a request states', () => {
  const cases: readonly (readonly [client: string, purpose: string | undefined, seen: string])[] = [
    ['clinic', undefined, 'one two plain'],
    ['clinic', 'TREAT', 'one two plain'],
    ['clinic', 'HRESCH', 'two plain'],
    ['research', undefined, 'plain'],
    ['research', 'HRESCH', 'plain'],
    ['study', undefined, 'two plain'],
    ['study', 'HRESCH', 'one two plain'],
    ['study', 'GOV', 'one two three plain'],
    ['study', 'TREAT', 'two plain'],
    ['nobody', 'HRESCH', 'plain'],
  ];
  for (const [client, purpose, seen] of cases)
    it(`gives ${client} with ${String(purpose)} what the clearances leave to the statement, and takes the rest away`, async () => {
      const found: string[] = [];
      for (const id of ['one', 'two', 'three', 'plain'])
        if ((await read(id, client, purpose)).status === 200) found.push(id);
      assert.equal(found.join(' '), seen);
      const token = await server.sso.token({ scope: 'system/*.rs', client_id: client });
      const headers = purpose === undefined ? {} : { 'x-purpose-of-use': purpose };
      const { json } = await server.request('GET', '/Observation?_summary=count', { token, headers });
      assert.equal(json['total'], seen.split(' ').length, 'a search finds the same');
    });
});

describe('a value set that is not there any more', () => {
  const check = async (): Promise<unknown> =>
    ((await server.request('GET', '/readyz', { token: null })).json['checks'] as { labels?: string }).labels;

  it('keeps the labels of its codes, and is told', async () => {
    assert.equal(await check(), 'ok');
    assert.equal((await server.request('DELETE', '/ValueSet/v')).status, 200);
    await until('the value set is missed', async () => {
      await read('one', 'nobody');
      return /^The value set urn:v .*the codes that it had before keep their labels\.$/.test(String(await check()));
    });
    assert.equal((await read('one', 'nobody')).status, 404);
    const token = await server.sso.token({ scope: 'system/*.cruds', client_id: 'clinic' });
    const headers = { 'content-type': 'application/fhir+json' };
    const body = JSON.stringify(observation('later', 'one'));
    assert.equal((await server.request('PUT', '/Observation/later', { token, headers, body })).status, 201);
    assert.equal((await read('later', 'nobody')).status, 404, 'what comes gets the label');
    assert.equal((await server.request('GET', '/readyz', { token: null })).status, 200, 'none is taken out of service');
    await activatePolicies(server, { ...policies, purposes: ['TREAT', 'HOPERAT'] });
    assert.equal((await read('one', 'nobody')).status, 404, 'by the next policies too');
    await put(server, valueSet);
    await until('all is well', async () => {
      await read('one', 'nobody');
      return (await check()) === 'ok';
    });
    assert.equal((await read('one', 'nobody')).status, 404);
  });

  it('and never was there is told, and the other rules are in force', async () => {
    const { labels } = policies;
    const rules = [...labels!.rules, { name: 'gone', labels: ['urn:l|GONE'], valueSets: ['urn:gone'] }];
    await activatePolicies(server, { ...policies, labels: { ...labels!, rules } });
    await until('the unknown value set is told', async () => {
      await read('one', 'nobody');
      return String(await check()) === 'The value set urn:gone is not known: no code has its labels.';
    });
    assert.equal((await read('two', 'nobody')).status, 404);
    await activatePolicies(server, { others: 'as-scoped', rules: [] });
    await until('nothing is said', async () => {
      await read('one', 'nobody');
      return (await check()) === undefined;
    });
  });
});
