/**
 * Security labels at the FHIR server, where access policies give them: what has one is as absent from every interaction for whoever is not cleared, and is
 * shown with it to whoever is.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PolicySet } from '@dhp/access-policies';
import { until } from '@dhp/postgres/testing';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import { activateLabels, activatePolicies } from './policies.ts';
import { entriesOf, put } from './searches.ts';

const act = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const confidentiality = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const [hiv, restricted] = [`${act}|HIV`, `${confidentiality}|R`];

const policies: PolicySet = {
  ...{ others: 'as-scoped', rules: [], purposes: ['TREAT'] },
  labels: {
    rules: [
      { name: 'hiv', labels: [hiv, restricted], valueSets: ['urn:v|1'] },
      { name: 'psychiatry', labels: [`${act}|PSY`], codes: ['urn:c|psy'] },
    ],
    clearances: [
      { name: 'infectious', who: { client: ['cleared'] }, labels: [hiv, restricted], purposes: ['TREAT'] },
      { name: 'research', who: { client: ['clinic'] }, labels: [hiv, restricted], purposes: ['HRESCH'] },
      { name: 'own', who: { authority: ['patient'] }, labels: [hiv, `${act}|PSY`, `${confidentiality}|V`] },
    ],
  },
};

let server: TestServer;
/** A client who is cleared for nothing, one who is for HIV, and the patient. */
let clinic: string;
let cleared: string;
let patient: string;
before(async () => {
  server = await startServer({ requireIfMatch: false, validation: { level: 'off' } });
  clinic = await server.sso.token({ scope: 'system/*.cruds', client_id: 'clinic' });
  cleared = await server.sso.token({ scope: 'system/*.cruds', client_id: 'cleared' });
  patient = await server.sso.token({
    ...{ scope: 'patient/*.cruds', client_id: 'app', patient: 'p' },
    fhirUser: `${baseUrl}/Patient/p`,
  });
  await put(server, ...world());
  await activateLabels(server, policies);
});
after(() => server.close());

const subject = { reference: 'Patient/p' };
const coded = (code: string): object => ({ code: { coding: [{ system: 'urn:c', code }] } });
const observation = (id: string, code: string, more: object = {}): Record<string, unknown> => ({
  ...{ resourceType: 'Observation', id, status: 'final', subject, performer: [{ reference: 'Practitioner/d' }] },
  ...{ ...coded(code), ...more },
});

function world(): Record<string, unknown>[] {
  return [
    {
      ...{ resourceType: 'ValueSet', id: 'v', url: 'urn:v', version: '1', status: 'active' },
      compose: { include: [{ system: 'urn:c', concept: [{ code: 'hiv' }, { code: 'hiv-load' }] }] },
    },
    { resourceType: 'Practitioner', id: 'd' },
    { resourceType: 'Patient', id: 'p', name: [{ family: 'Karimov' }] },
    observation('o', 'hiv'),
    observation('plain', 'x'),
    observation('mind', 'psy'),
    observation('said', 'x', { meta: { security: [{ system: confidentiality, code: 'V' }] } }),
    {
      ...{ resourceType: 'DiagnosticReport', id: 'r', status: 'final', code: { text: 'x' }, subject },
      result: [{ reference: 'Observation/o' }],
    },
    {
      ...{ resourceType: 'List', id: 'l', status: 'current', mode: 'working', subject: [subject] },
      entry: [{ item: { reference: 'DiagnosticReport/r' } }],
    },
    {
      ...{ resourceType: 'Composition', id: 'c', status: 'final', type: { text: 'x' }, date: '2026-01-01', title: 'x' },
      ...{ subject: [subject], author: [{ reference: 'Practitioner/d' }] },
      section: [{ title: 'x', entry: [{ reference: 'Observation/plain' }, { reference: 'List/l' }] }],
    },
    {
      ...{ resourceType: 'Bundle', id: 'b', type: 'collection' },
      entry: [{ fullUrl: `${baseUrl}/Observation/plain`, resource: observation('plain', 'hiv-load') }],
    },
    {
      ...{ resourceType: 'Binary', id: 'x', contentType: 'text/plain', data: 'eA==' },
      securityContext: { reference: 'DiagnosticReport/r' },
    },
  ];
}

async function ask(
  method: string,
  path: string,
  body?: object,
  by = clinic,
  more: Record<string, string> = {},
): Promise<Reply> {
  const kind = method === 'PATCH' ? 'json-patch+json' : 'fhir+json';
  const sent = body && { headers: { 'content-type': `application/${kind}` }, body: JSON.stringify(body) };
  return server.request(method, path, { token: by, ...sent, headers: { ...sent?.headers, ...more } });
}
const of = ({ status, code }: Reply): string => (status < 300 ? String(status) : `${String(status)} ${code}`);

/** The labels of an answer itself. */
const labelsOf = ({ json }: Reply): string[] => securityOf(json);
function securityOf(resource: Record<string, unknown>): string[] {
  const { security = [] } = (resource['meta'] ?? {}) as { security?: { system: string; code: string }[] };
  return security.map(({ system, code }) => `${system}|${code}`).sort();
}

describe('what has a label', () => {
  const hidden = ['Observation/o', 'DiagnosticReport/r', 'List/l', 'Composition/c', 'Bundle/b', 'Binary/x'];

  it('is not there for who is not cleared, and is for who is', async () => {
    for (const name of [...hidden, 'Observation/mind', 'Observation/said']) {
      assert.equal(of(await ask('GET', `/${name}`)), '404 resource-not-found', name);
      assert.equal(of(await ask('GET', `/${name}/_history`)), '404 resource-not-found', name);
      assert.equal(of(await ask('GET', `/${name}/_history/1`)), '404 version-not-found', name);
    }
    for (const name of [...hidden, 'Observation/plain'])
      assert.equal(of(await ask('GET', `/${name}`, undefined, cleared)), '200', name);
    assert.equal(
      of(await ask('GET', '/Observation/mind', undefined, cleared)),
      '404 resource-not-found',
      'another label',
    );
    assert.equal(
      of(await ask('GET', '/Observation/said', undefined, cleared)),
      '404 resource-not-found',
      'V is above R',
    );
    assert.equal(of(await ask('GET', '/Observation/plain')), '200');
    assert.equal(of(await ask('GET', '/ValueSet/v')), '200', 'a definition tells of nobody');
    for (const name of ['Observation/o', 'Observation/mind', 'Observation/said'])
      assert.equal(of(await ask('GET', `/${name}`, undefined, patient)), '200', name);
  });

  const searches: readonly (readonly [path: string, clinic: string, cleared: string])[] = [
    ['/Observation', 'Observation/plain', 'Observation/o Observation/plain'],
    ['/Observation?code=hiv', '', 'Observation/o'],
    ['/Patient?_has:Observation:patient:code=hiv', '', 'Patient/p'],
    ['/DiagnosticReport?result.code=hiv', '', 'DiagnosticReport/r'],
    [
      '/Patient?_id=p&_revinclude=Observation:subject',
      'Observation/plain Patient/p',
      'Observation/o Observation/plain Patient/p',
    ],
    ['/List', '', 'List/l'],
    ['/List?_include=List:item', '', 'DiagnosticReport/r List/l'],
    ['/Bundle', '', 'Bundle/b'],
    ['/?_type=DiagnosticReport,Composition', '', 'Composition/c DiagnosticReport/r'],
    [
      '/Patient/p/$everything',
      'Observation/plain Patient/p Practitioner/d',
      'Composition/c DiagnosticReport/r List/l Observation/o Observation/plain Patient/p Practitioner/d',
    ],
    ['/Observation/_history', 'Observation/plain', 'Observation/o Observation/plain'],
  ];

  it('is left out of searches, chains, includes, operations, histories and totals', async () => {
    const found = async (path: string, by: string): Promise<string> => {
      const ids = entriesOf(await ask('GET', path, undefined, by)).map(
        (each) => `${each.resource.resourceType}/${String(each.resource.id)}`,
      );
      return [...new Set(ids)].sort().join(' ');
    };
    for (const [path, ofClinic, ofCleared] of searches) {
      assert.equal(await found(path, clinic), ofClinic, path);
      assert.equal(await found(path, cleared), ofCleared, path);
    }
    const total = async (by: string): Promise<unknown> =>
      (await ask('GET', '/Observation?_summary=count', undefined, by)).json['total'];
    assert.deepEqual([await total(clinic), await total(cleared)], [1, 2]);
  });

  it('is shown with its labels, in the same version', async () => {
    const reply = await ask('GET', '/Observation/o', undefined, cleared);
    assert.deepEqual(labelsOf(reply), [hiv, restricted].sort());
    const tag = reply.headers.get('etag') ?? '';
    assert.match(tag, /^W\/"1-[\w-]{12}"$/);
    assert.equal((reply.json['meta'] as { versionId: string }).versionId, '1');
    const again = async (known: string): Promise<number> =>
      (await ask('GET', '/Observation/o', undefined, cleared, { 'if-none-match': known })).status;
    // Without its labels it was kept under the number of its version.
    assert.deepEqual([await again(tag), await again('W/"1"')], [304, 200]);
    for (const path of ['/DiagnosticReport/r', '/List/l', '/Composition/c', '/Bundle/b', '/Observation/o/_history/1'])
      assert.deepEqual(labelsOf(await ask('GET', path, undefined, cleared)), [hiv, restricted].sort(), path);
    const [entry] = entriesOf(await ask('GET', '/Observation?code=hiv', undefined, cleared));
    assert.deepEqual(securityOf(entry!.resource), [hiv, restricted].sort());
    assert.deepEqual(labelsOf(await ask('GET', '/Observation/plain', undefined, cleared)), []);
    assert.deepEqual(
      labelsOf(await ask('GET', '/Observation/said', undefined, patient)),
      [`${confidentiality}|V`],
      'once',
    );
  });

  it('makes the Bundle that holds it as confidential', async () => {
    const mark = async (path: string, by: string): Promise<string[]> => labelsOf(await ask('GET', path, undefined, by));
    for (const path of [
      '/Observation',
      '/Observation/_history',
      '/Observation/o/_history',
      '/Patient/p/$everything',
      '/Patient/p/$everything?_count=50',
      '/Composition/c/$document',
    ])
      assert.deepEqual(await mark(path, cleared), [restricted], path);
    for (const path of ['/Observation', '/Patient/p/$everything', '/Patient'])
      assert.deepEqual(await mark(path, clinic), [], path);
    assert.deepEqual(await mark('/Observation', patient), [`${confidentiality}|V`]);
    assert.deepEqual(await mark('/Patient', cleared), []);
  });
});

describe('a write', () => {
  it('of what is withheld is refused, what is sent by its codes and what is stored as if it were not there', async () => {
    const { id: _, ...sent } = observation('new', 'hiv');
    assert.equal(of(await ask('POST', '/Observation', sent)), '403 label-refuses');
    assert.equal(of(await ask('PUT', '/Observation/plain', observation('plain', 'psy'))), '403 label-refuses');
    const entry = [{ resource: sent, request: { method: 'POST', url: 'Observation' } }];
    assert.equal(
      of(await ask('POST', '/', { resourceType: 'Bundle', type: 'transaction', entry })),
      '403 label-refuses',
    );
    for (const [method, body] of [
      ['PUT', observation('o', 'x')],
      ['PATCH', [{ op: 'add', path: '/language', value: 'uz' }]],
      ['DELETE', undefined],
    ] as const)
      assert.equal(of(await ask(method, '/Observation/o', body)), '404 resource-not-found', method);
    assert.equal(of(await ask('DELETE', '/Observation?code=hiv')), '200', 'nothing meets it');
    assert.equal(of(await ask('GET', '/Observation/o', undefined, cleared)), '200');
    assert.equal(of(await ask('POST', '/Observation', sent, cleared)), '201');
  });

  it('does not take a label away', async () => {
    const { id: _, ...sent } = observation('new', 'hiv');
    const made = await ask('POST', '/Observation', sent, cleared);
    const path = `/Observation/${String(made.json['id'])}`;
    assert.equal(of(await ask('PUT', path, { ...sent, ...coded('x'), id: made.json['id'], meta: {} }, cleared)), '200');
    assert.deepEqual(labelsOf(await ask('GET', path, undefined, cleared)), [hiv, restricted].sort());
    assert.equal(of(await ask('GET', path)), '404 resource-not-found');
    assert.equal(of(await ask('GET', `${path}/_history/2`)), '404 version-not-found');
    assert.equal(of(await ask('DELETE', path, undefined, cleared)), '200');
  });

  it('may say a label itself', async () => {
    const said = observation('raised', 'x', { meta: { security: [{ system: act, code: 'HIV' }] } });
    assert.equal(of(await ask('PUT', '/Observation/raised', said)), '403 label-refuses');
    assert.equal(of(await ask('PUT', '/Observation/raised', said, cleared)), '201');
    assert.equal(of(await ask('GET', '/Observation/raised')), '404 resource-not-found');
    assert.equal(of(await ask('DELETE', '/Observation/raised', undefined, cleared)), '200');
  });

  it('of a label withholds at once what has put the resource together', async () => {
    await put(server, observation('later', 'x'), {
      ...{ resourceType: 'DiagnosticReport', id: 'before', status: 'final', code: { text: 'x' }, subject },
      result: [{ reference: 'Observation/later' }],
    });
    for (let round = 0; round < 5; round += 1) {
      assert.equal(of(await ask('GET', '/DiagnosticReport/before')), round === 0 ? '200' : '404 resource-not-found');
      const beside = Promise.all(Array.from({ length: 6 }, () => ask('GET', '/DiagnosticReport?_total=accurate')));
      assert.equal(
        of(await ask('PUT', '/Observation/later', observation('later', round % 2 === 0 ? 'hiv' : 'hiv-load'), cleared)),
        '200',
      );
      const [read, page] = await Promise.all([
        ask('GET', '/DiagnosticReport/before'),
        ask('GET', '/DiagnosticReport?_total=accurate'),
      ]);
      assert.deepEqual([of(read), page.json['total']], ['404 resource-not-found', 0]);
      for (const reply of await beside) assert.ok(reply.status < 300, reply.text);
    }
    for (const path of ['/DiagnosticReport/before', '/Observation/later'])
      assert.equal(of(await ask('DELETE', path, undefined, cleared)), '200');
  });
});

describe('rules', () => {
  it('follow their value sets', async () => {
    const valueSet = world()[0]!;
    const include = [{ system: 'urn:c', concept: [{ code: 'hiv' }, { code: 'hiv-load' }, { code: 'x' }] }];
    await put(server, { ...valueSet, compose: { include } });
    await until('it is withheld', async () => of(await ask('GET', '/Observation/plain')) === '404 resource-not-found');
    assert.equal(of(await ask('GET', '/Observation/plain', undefined, cleared)), '200');
    await put(server, valueSet);
    await until('it is shown', async () => of(await ask('GET', '/Observation/plain')) === '200');
    assert.equal(of(await ask('GET', '/Observation/o')), '404 resource-not-found');
  });

  it('withhold nothing any more when no access policies have them, and again when they do', async () => {
    await activatePolicies(server, { others: 'as-scoped', rules: [] });
    assert.equal(of(await ask('GET', '/Observation/o')), '200');
    assert.deepEqual(labelsOf(await ask('GET', '/Observation/o')), []);
    await put(server, observation('between', 'hiv'));
    await activateLabels(server, policies);
    assert.equal(of(await ask('GET', '/Observation/o')), '404 resource-not-found');
    assert.equal(of(await ask('GET', '/Observation/between')), '404 resource-not-found');
  });
});
