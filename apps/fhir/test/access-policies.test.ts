/** Access policies at the FHIR server: they apply to reads and writes, take effect within a second, and fail closed. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PolicyRule, PolicySet } from '@dhp/access-policies';
import { startServer, type Reply, type TestServer } from './environment.ts';
import { activatePolicies, activateVersion } from './policies.ts';

const all = ['create', 'read', 'update', 'delete', 'search'] as const;
const limited: PolicyRule = {
  name: 'limited-observations',
  ...{ effect: 'permit', who: { client: ['limited'] }, types: ['Observation', 'Patient'], interactions: all },
};
const laboratory: PolicySet = {
  others: 'as-scoped',
  rules: [
    { ...limited, name: 'laboratory', types: ['Observation'], criteria: 'code=lab' },
    { ...limited, name: 'patients', types: ['Patient', 'Binary'] },
    { ...limited, name: 'not-preliminary', effect: 'deny', types: ['Observation'], criteria: 'status=preliminary' },
  ],
};

let server: TestServer;
let token: string;
let other: string;
before(async () => {
  server = await startServer({ requireIfMatch: false });
  token = await server.sso.token({ scope: 'system/*.cruds', client_id: 'limited' });
  other = await server.sso.token({ scope: 'system/*.cruds', client_id: 'other' });
  for (const resource of [
    { resourceType: 'Patient', id: 'p' },
    observation('lab', 'lab'),
    observation('draft', 'lab', 'preliminary'),
    observation('mind', 'psy'),
    { resourceType: 'Basic', id: 'b', code: { text: 'x' } },
    { ...binary, id: 'of-mind', securityContext: { reference: 'Observation/mind' } },
    { ...binary, id: 'of-lab', securityContext: { reference: 'Observation/lab' } },
    {
      resourceType: 'CodeSystem',
      id: 'c',
      url: 'urn:c',
      status: 'active',
      content: 'complete',
      concept: ['x', 'lab', 'psy'].map((code) => ({ code })),
    },
  ]) {
    const reply = await server.write('PUT', `/${resource.resourceType}/${resource.id}`, resource);
    assert.equal(reply.status, 201, reply.text);
  }
});
after(() => server.close());

const binary = { resourceType: 'Binary', contentType: 'text/plain', data: 'eA==' };
function observation(
  id: string,
  code: string,
  status = 'final',
): Record<string, unknown> & { resourceType: string; id: string } {
  return {
    ...{ resourceType: 'Observation', id, status, code: { coding: [{ system: 'urn:c', code }] } },
    subject: { reference: 'Patient/p' },
  };
}

async function ask(method: string, path: string, body?: object, by = token): Promise<Reply> {
  const kind = method === 'PATCH' ? 'json-patch+json' : 'fhir+json';
  const sent = body && { headers: { 'content-type': `application/${kind}` }, body: JSON.stringify(body) };
  return server.request(method, path, { token: by, ...sent });
}

const of = ({ status, code }: Reply): string => (status < 300 ? String(status) : `${String(status)} ${code}`);
const lookup = '/CodeSystem/$lookup?system=urn:c&code=x';

/** A request of the limited client, with its answers without policies and with those of the laboratory. */
const cases: readonly (readonly [
  request: readonly [method: string, path: string, body?: object],
  without: string,
  within: string,
])[] = [
  [['GET', '/Observation/lab'], '200', '200'],
  [['GET', '/Observation/draft'], '200', '404 resource-not-found'],
  [['GET', '/Observation/mind'], '200', '404 resource-not-found'],
  [['GET', '/Observation/mind/_history/1'], '200', '404 version-not-found'],
  [['GET', '/Basic/b'], '200', '403 policy-refuses'],
  [['GET', '/Basic'], '200', '403 policy-refuses'],
  [['GET', '/Basic/_history'], '200', '403 policy-refuses'],
  [['GET', '/Binary/of-lab'], '200', '200'],
  [['GET', '/Binary/of-mind'], '200', '404 resource-not-found'],
  [['GET', lookup], '200', '403 policy-refuses'],
  [['POST', '/Observation', { ...observation('', 'psy'), id: undefined }], '201', '403 policy-refuses'],
  [['POST', '/Observation', { ...observation('', 'lab'), id: undefined }], '201', '201'],
  [['PUT', '/Observation/mind', observation('mind', 'lab')], '200', '404 resource-not-found'],
  [['PUT', '/Observation/lab', observation('lab', 'psy')], '200', '403 policy-refuses'],
  [
    ['PATCH', '/Observation/lab', [{ op: 'replace', path: '/status', value: 'preliminary' }]],
    '200',
    '403 policy-refuses',
  ],
  [['POST', '/Basic', { resourceType: 'Basic', code: { text: 'x' } }], '201', '403 policy-refuses'],
  [['DELETE', '/Observation/mind'], '200', '404 resource-not-found'],
];

async function totalOf(path: string, by = token): Promise<unknown> {
  return (await ask('GET', path, undefined, by)).json['total'];
}

describe('access policies', () => {
  it('leave what their rules say, of reads and of writes', async () => {
    const version = await activatePolicies(server, laboratory);
    assert.equal(version, 1);
    for (const [request, , within] of cases) assert.equal(of(await ask(...request)), within, JSON.stringify(request));
    assert.equal(await totalOf('/Observation?_total=accurate&code=psy'), 0);
    assert.equal(await totalOf('/Patient?_has:Observation:patient:code=psy&_total=accurate'), 0);
    assert.equal(await totalOf('/Patient?_has:Observation:patient:code=lab&_total=accurate'), 1);
    const bundle = await ask('GET', '/Patient?_id=p&_revinclude=Observation:subject');
    assert.ok(bundle.text.includes('"lab"') && !bundle.text.includes('"psy"'), bundle.text);
  });

  it('are about those alone whom they name', async () => {
    assert.equal(of(await ask('GET', '/Observation/mind', undefined, other)), '200');
    assert.equal(await totalOf('/Observation?_total=accurate&code=psy', other), 1);
  });

  it('refuse nothing once none are in force', async () => {
    assert.equal(await activateVersion(server, undefined), undefined);
    for (const [request, without] of cases) assert.equal(of(await ask(...request)), without, JSON.stringify(request));
  });

  it('come back as an earlier version', async () => {
    assert.equal(await activateVersion(server, 'before'), 1);
    assert.equal(of(await ask('GET', '/Basic/b')), '403 policy-refuses');
    assert.equal(await activateVersion(server, 'before'), undefined);
    assert.equal(of(await ask('GET', '/Basic/b')), '200');
  });

  it('permit nothing by criteria that are not understood, and refuse everything by them', async () => {
    const unknown = 'of-a-parameter-that-was=x';
    await activatePolicies(server, { others: 'as-scoped', rules: [{ ...limited, criteria: unknown }] });
    assert.equal(of(await ask('GET', '/Observation/lab')), '403 policy-refuses');
    await activatePolicies(server, { others: 'as-scoped', rules: [{ ...limited, effect: 'deny', criteria: unknown }] });
    assert.equal(of(await ask('GET', '/Observation/lab')), '403 policy-refuses');
    assert.equal(of(await ask('GET', '/Basic/b')), '200');
  });

  it('permit nothing to anybody by a document that cannot be read', async () => {
    await activatePolicies(server, '{"rules":[{"effect":"as a newer program has it"}]}');
    for (const by of [token, other])
      assert.equal(of(await ask('GET', '/Basic/b', undefined, by)), '403 policy-refuses');
    await activateVersion(server, undefined);
  });

  it('say what others may do', async () => {
    await activatePolicies(server, { others: 'nothing', rules: [limited] });
    assert.equal(of(await ask('GET', '/Patient/p')), '200');
    assert.equal(of(await ask('GET', '/Patient/p', undefined, other)), '403 policy-refuses');
    await activateVersion(server, undefined);
  });
});

describe('access policies by role and organisation', () => {
  const rules: readonly PolicyRule[] = [
    {
      ...{ name: 'own-encounters', effect: 'permit', who: { authority: ['system'] }, types: ['Encounter'] },
      ...{ interactions: ['create', 'read', 'search'], criteria: 'service-provider={organization}' },
    },
    {
      ...{ name: 'own-patients', effect: 'permit', who: { role: ['family-doctor'] }, types: ['Encounter', 'Patient'] },
      ...{ interactions: ['read', 'search'], criteria: '_tag={organization}' },
    },
  ];
  const tags = (id: string): object => ({ tag: [{ code: `Organization/${id}` }] });
  const encounter = (id: string, clinic: string): Record<string, unknown> => ({
    ...{ resourceType: 'Encounter', id, status: 'completed', meta: tags(clinic) },
    serviceProvider: { reference: `Organization/${clinic}` },
  });

  before(async () => {
    for (const clinic of ['one', 'two']) {
      await server.write('PUT', `/Organization/${clinic}`, { resourceType: 'Organization', id: clinic, name: clinic });
      await server.write('PUT', `/Encounter/of-${clinic}`, encounter(`of-${clinic}`, clinic));
    }
    await activatePolicies(server, { others: 'nothing', rules });
  });

  const claimsOfDoctor = (...roles: string[]): Record<string, unknown> => ({
    ...{ scope: 'user/*.rs', fhirUser: 'https://playground.test/fhir/Practitioner/1', policies: ['user/*.rs'], roles },
  });

  it('say what a backend may do for its organisation', async () => {
    const one = await server.sso.token({ scope: 'system/*.cruds', organization: 'Organization/one' });
    assert.equal(await totalOf('/Encounter?_total=accurate', one), 1);
    assert.equal((await ask('GET', '/Encounter/of-one', undefined, one)).status, 200);
    assert.equal(of(await ask('GET', '/Encounter/of-two', undefined, one)), '404 resource-not-found');
    const { id: _, ...foreign } = encounter('', 'two');
    assert.equal(of(await ask('POST', '/Encounter', foreign, one)), '403 policy-refuses');
    assert.equal(
      of(await ask('POST', '/Encounter', { ...foreign, serviceProvider: { reference: 'Organization/one' } }, one)),
      '201',
    );
    for (const claim of [undefined, 'one', 'Organization/one,two', ['Organization/one']]) {
      const without = await server.sso.token({ scope: 'system/*.cruds', organization: claim });
      assert.equal(of(await ask('GET', '/Encounter', undefined, without)), '403 policy-refuses', String(claim));
    }
  });

  it('say what a family doctor may in the own practice', async () => {
    const doctor = await server.sso.token(
      claimsOfDoctor('family-doctor Organization/two', 'registrar Organization/one'),
    );
    assert.equal((await ask('GET', '/Encounter/of-two', undefined, doctor)).status, 200);
    assert.equal(of(await ask('GET', '/Encounter/of-one', undefined, doctor)), '404 resource-not-found');
    const registrar = await server.sso.token(claimsOfDoctor('registrar Organization/two', 'family-doctor'));
    assert.equal(of(await ask('GET', '/Encounter/of-two', undefined, registrar)), '403 policy-refuses');
  });
});
