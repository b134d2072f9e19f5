/** Callers without a token: the setting opens what only reads terminology and conformance, and an adversary finds nothing else. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createQuota, type QuotaOptions } from '@dhp/rate-limit';
import { endpointTypes, routes } from '../src/routes.ts';
import { patient, startServer, type Reply, type TestServer } from './environment.ts';
import { activatePolicies } from './policies.ts';

/** Stands in what nobody may see without a token; no id or digest has it. */
const secret = 'Hujjatsiz-koʻrinmas';

/** Written here once more, not taken from the server. */
const openTypes = [
  ...['CodeSystem', 'ValueSet', 'ConceptMap', 'NamingSystem', 'TerminologyCapabilities', 'StructureDefinition'],
  ...['ImplementationGuide', 'SearchParameter', 'OperationDefinition', 'CapabilityStatement', 'CompartmentDefinition'],
  ...['StructureMap', 'GraphDefinition', 'MessageDefinition'],
];
const operationsOf: Readonly<Record<string, readonly string[]>> = {
  CodeSystem: ['$lookup', '$validate-code', '$batch-validate-code', '$subsumes'],
  ValueSet: ['$expand', '$validate-code', '$batch-validate-code', '$related', '$compare'],
  ConceptMap: ['$translate'],
};

function isOpen(method: string, path: string, type: string): boolean {
  if (!openTypes.includes(type)) return false;
  if (method === 'GET' && ['/:type', '/:type/:id', '/:type/:id/_history/:versionId'].includes(path)) return true;
  return (operationsOf[type] ?? []).some((name) => path === `/:type/${name}` || path === `/:type/:id/${name}`);
}

const closedTypes = ['Patient', 'Observation', 'AuditEvent', 'Provenance', 'Consent', 'Binary', 'Bundle', 'Basic'];
const sample = [...openTypes, ...closedTypes, 'Practitioner', 'Library', 'Questionnaire', 'Subscription', 'Group'];

const valueSet = {
  resourceType: 'ValueSet',
  id: 'kept',
  url: 'urn:test:kept',
  status: 'active',
  compose: { include: [{ system: 'http://hl7.org/fhir/administrative-gender' }] },
};

async function fill(server: TestServer): Promise<void> {
  for (const resource of [
    patient({ id: 'p', name: [{ family: secret }] }),
    { resourceType: 'Basic', id: 'b', code: { text: secret }, subject: { reference: 'Patient/p' } },
    valueSet,
  ]) {
    const { resourceType, id } = resource as { resourceType: string; id: string };
    const reply = await server.write('PUT', `/${resourceType}/${id}`, resource);
    assert.equal(reply.status, 201, reply.text);
  }
}

/** Asks every address that the server has, without a token, and returns those that were not refused for that. */
async function walk(server: TestServer): Promise<string[]> {
  const open: string[] = [];
  for (const { method, path, permission } of routes) {
    if (permission === 'public') continue;
    for (const type of path.includes(':type') ? sample : ['']) {
      const place = path
        .replace(':compartment', 'Patient')
        .replace(':type', type)
        .replace(':id', type === 'ValueSet' ? 'kept' : 'p')
        .replace(':versionId', '1');
      const body =
        method === 'GET' || method === 'DELETE' ? {} : { body: JSON.stringify({ resourceType: 'Parameters' }) };
      const reply = await server.request(method, place, {
        token: null,
        headers: { ...('body' in body && { 'content-type': 'application/fhir+json' }) },
        ...body,
      });
      assert.ok(!reply.text.includes(secret), `${method} ${place}`);
      if (reply.status !== 401) open.push(`${method} ${path} ${type}`);
    }
  }
  return open;
}

describe('without the setting', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer();
    await fill(server);
  });
  after(() => server.close());

  it('nothing but the public addresses is open', async () => {
    assert.deepEqual(await walk(server), []);
  });
});

describe('with the setting', () => {
  let server: TestServer;
  before(async () => {
    server = await startServer({ openTerminology: true, bodyLimit: 16 * 1024 ** 2 });
    await fill(server);
  });
  after(() => server.close());

  const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> =>
    server.request(method, path, {
      token: null,
      headers: { ...(body !== undefined && { 'content-type': 'application/fhir+json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });

  it('what only reads terminology and conformance is open, and nothing else', async () => {
    const wanted = routes.flatMap(({ method, path, permission, types }) =>
      permission === 'public'
        ? []
        : sample
            .filter(
              (type) => isOpen(method, path, type) && types?.includes(type) !== false && endpointTypes.includes(type),
            )
            .map((type) => `${method} ${path} ${type}`),
    );
    assert.ok(wanted.length > 60, String(wanted.length));
    assert.deepEqual((await walk(server)).sort(), wanted.sort());
  });

  it('answers what is asked', async () => {
    const gender = 'http://hl7.org/fhir/ValueSet/administrative-gender';
    const expanded = await ask('GET', `/ValueSet/$expand?url=${gender}`);
    assert.equal(expanded.status, 200, expanded.text);
    assert.equal((await ask('GET', '/ValueSet/kept')).status, 200);
    assert.equal((await ask('GET', '/ValueSet/kept/_history/1')).status, 200);
    assert.equal((await ask('GET', '/ValueSet?url=urn:test:kept')).json['total'], 1);
    const code = { name: 'code', valueCode: 'male' };
    const system = { name: 'system', valueUri: 'http://hl7.org/fhir/administrative-gender' };
    const looked = await ask('POST', '/CodeSystem/$lookup', { resourceType: 'Parameters', parameter: [code, system] });
    assert.equal(looked.status, 200, looked.text);
  });

  /** Ways by which something else might come along, or be written. */
  const attempts: readonly (readonly [
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ])[] = [
    ['GET', '/ValueSet?_has:Basic:patient:_id=b'],
    ['GET', '/ValueSet?_revinclude=*'],
    ['GET', '/ValueSet?_include=*&_revinclude=Basic:subject'],
    ['GET', '/StructureDefinition?_include:iterate=*'],
    ['GET', '/ValueSet/../Patient/p'],
    ['GET', '/ValueSet/%2e%2e/Patient/p'],
    ['GET', '/Patient/p?_type=ValueSet'],
    ['GET', '/?_type=ValueSet,Patient'],
    ['GET', '/ValueSet,Patient'],
    ['GET', '/ValueSet/kept/_history'],
    ['GET', '/ValueSet/_history'],
    ['GET', '/ValueSet/kept/$meta'],
    ['POST', '/ValueSet/$validate', valueSet],
    ['POST', '/ValueSet/_search', ''],
    ['POST', '/$closure', { resourceType: 'Parameters', parameter: [{ name: 'name', valueString: 'x' }] }],
    ['POST', '/ValueSet', valueSet],
    ['PUT', '/ValueSet/kept', { ...valueSet, status: 'retired' }],
    ['DELETE', '/ValueSet/kept'],
    ['GET', '/ValueSet/kept', undefined, { 'x-http-method-override': 'DELETE' }],
    [
      'POST',
      '/',
      { resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: 'ValueSet/kept' } }] },
    ],
    ['GET', '/Patient/p', undefined, { authorization: '' }],
    ['GET', '/ValueSet/kept', undefined, { authorization: 'Bearer none' }],
    ['GET', '/ValueSet/kept', undefined, { authorization: 'Basic eDp5' }],
    ['GET', '/ValueSet?access_token=x'],
    ['GET', '/ValueSet/kept/$explain-access'],
  ];
  for (const [method, path, body, headers] of attempts) {
    it(`gives nothing else away: ${method} ${path}${headers === undefined ? '' : ` ${Object.keys(headers).join()}`}`, async () => {
      const reply = await ask(method, path, body, headers);
      assert.ok(!reply.text.includes(secret), reply.text);
      assert.ok(!reply.text.includes('"resourceType":"Patient"'), reply.text);
      if (method !== 'GET') assert.equal(reply.status, 401, reply.text);
      if (headers?.['authorization'] !== undefined && headers['authorization'] !== '') assert.equal(reply.status, 401);
      const { json } = await server.request('GET', '/ValueSet/kept');
      assert.equal(json['status'], 'active');
      assert.equal((json['meta'] as { versionId?: string }).versionId, '1');
    });
  }

  it('bodies are small, and of a known length', async () => {
    const large = JSON.stringify({
      resourceType: 'Parameters',
      parameter: [{ name: 'x', valueString: 'x'.repeat(5_000_000) }],
    });
    const refused = await ask('POST', '/ValueSet/$expand', large);
    assert.deepEqual([refused.status, refused.code], [413, 'body-too-large']);
    const stream = new Blob([JSON.stringify({ resourceType: 'Parameters' })]).stream();
    const streamed = await fetch(`${server.url}/ValueSet/$expand`, {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: stream,
      duplex: 'half',
    } as RequestInit);
    assert.equal(streamed.status, 413);
    await streamed.text();
  });

  it('access policies in force hold, and can name callers without a token', async () => {
    const anybody = { name: 'anybody', effect: 'permit', types: ['ValueSet'], interactions: ['read'] } as const;
    const open = { ...anybody, who: { client: ['urn:dhp:anonymous'] } };
    await activatePolicies(server, { others: 'nothing', rules: [open] });
    assert.equal((await ask('GET', '/ValueSet/kept')).status, 200);
    const refused = await ask('GET', '/CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=male');
    assert.deepEqual([refused.status, refused.code], [403, 'policy-refuses']);
  });
});

it('limits of rates and of cost hold, the first by address', async () => {
  const still = (options: QuotaOptions): ReturnType<typeof createQuota> => {
    const quota = createQuota(options);
    return { ...quota, take: (caller) => quota.take(caller, 0) };
  };
  const server = await startServer({
    openTerminology: true,
    trustProxy: true,
    limits: { perClient: 5, perAddress: 0, createQuota: still },
    costs: { work: 20_000 },
  });
  try {
    const ask = (address: string, path: string): Promise<Reply> =>
      server.request('GET', path, { token: null, headers: { 'x-forwarded-for': address } });
    const lookup = '/CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=male';
    const statuses: number[] = [];
    for (let n = 0; n < 6; n += 1) statuses.push((await ask('198.51.100.1', lookup)).status);
    assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429]);
    assert.equal((await ask('198.51.101.1', lookup)).status, 200);
    const much = await ask('198.51.102.1', '/ValueSet/$expand?url=http://terminology.hl7.org/ValueSet/v3-ActCode');
    assert.deepEqual([much.status, much.code], [422, 'work-limit-exceeded'], much.text.slice(0, 300));
  } finally {
    await server.close();
  }
});
