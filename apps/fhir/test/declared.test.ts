/** The CapabilityStatement, held against the server: every interaction that it declares is tried on a sixth of the types, with `--full` on all. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answerParameters } from '@dhp/fhir-search';
import { searchParameter } from '@dhp/fhir-search/parameters';
import { isFirst, isFull, sampleOf } from '../../../tests/sample.ts';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import { smallest } from './smallest.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false });
});
after(() => server.close());

interface Declared {
  type: string;
  versioning: string;
  readHistory: boolean;
  referencePolicy: string[];
  searchParam: { name: string; type: string }[];
  searchInclude: string[];
  searchRevInclude: string[];
  interaction: { code: string }[];
  conditionalCreate: boolean;
  conditionalRead: string;
  conditionalUpdate: boolean;
  conditionalPatch: boolean;
  conditionalDelete: string;
  updateCreate: boolean;
  operation: { name: string; definition: string }[];
}

interface Statement {
  format: string[];
  patchFormat: string[];
  acceptLanguage: string[];
  rest: [
    {
      searchParam: Declared['searchParam'];
      resource: Declared[];
      interaction: { code: string }[];
      operation: Declared['operation'];
    },
  ];
}

async function statement(): Promise<Statement> {
  return (await read('/metadata')).json as unknown as Statement;
}

const fhirJson = { 'content-type': 'application/fhir+json', accept: 'application/fhir+json' };
const jsonPatch = { 'content-type': 'application/json-patch+json' };

function write(method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  return server.request(method, path, { headers: { ...fhirJson, ...headers }, body: JSON.stringify(body) });
}

function read(path: string, headers: Record<string, string> = {}): Promise<Reply> {
  return server.request('GET', path, { headers: { ...fhirJson, ...headers } });
}

/** How an interaction is tried on a type; it is done when the answer has the status. */
const tries: Record<string, (type: string) => Promise<[reply: Reply, status: number]>> = {
  create: async (type) => [await write('POST', `/${type}`, smallest(type)), 201],
  update: async (type) => [await write('PUT', `/${type}/w1`, { ...smallest(type), id: 'w1' }), 201],
  read: async (type) => [await read(`/${type}/w1`), 200],
  vread: async (type) => [await read(`/${type}/w1/_history/1`), 200],
  patch: async (type) => [
    await server.request('PATCH', `/${type}/w1`, {
      headers: { ...jsonPatch, accept: 'application/fhir+json' },
      body: '[{"op":"add","path":"/language","value":"uz"}]',
    }),
    200,
  ],
  'history-instance': async (type) => [await read(`/${type}/w1/_history`), 200],
  'history-type': async (type) => [await read(`/${type}/_history?_count=1`), 200],
  'search-type': async (type) => [await read(`/${type}?_id=w1`), 200],
  delete: async (type) => [await server.request('DELETE', `/${type}/w1`), 200],
};

/** Records of past events are never changed. */
const kept = new Set(['AuditEvent', 'Provenance']);

/**
 * Returns the types whose declarations are tested: a sample, because all have the same code, except types whose resources are never
 * changed.
 */
function tried(resource: readonly Declared[]): readonly Declared[] {
  assert.ok(resource.length > 150);
  return sampleOf(resource, 3, 20_261_129, ({ type }) => (kept.has(type) ? type : ''));
}

test('every interaction that is declared works on each type, and no other one', async () => {
  const { rest } = (await read('/metadata')).json as unknown as Statement;
  const [{ resource }] = rest;
  for (const { type, interaction } of tried(resource)) {
    const declared = new Set(interaction.map(({ code }) => code));
    for (const code of declared)
      assert.ok(tries[code] !== undefined, `${code} of ${type} is declared, and there is no test for it`);
    for (const [code, attempt] of Object.entries(tries)) {
      assert.equal(declared.has(code), !(kept.has(type) && ['patch', 'delete'].includes(code)), `${code} of ${type}`);
      const [reply, status] = await attempt(type);
      assert.equal(reply.status, declared.has(code) ? status : 405, `${code} of ${type}: ${reply.text}`);
    }
  }
});

test('the conditional interactions that are declared work on each type', async () => {
  const { rest } = (await read('/metadata')).json as unknown as Statement;
  for (const declared of tried(rest[0].resource)) {
    const { type } = declared;
    const { conditionalCreate, conditionalUpdate, conditionalPatch, conditionalDelete, conditionalRead } = declared;
    assert.deepEqual(
      [conditionalCreate, conditionalUpdate, conditionalPatch, conditionalDelete, conditionalRead],
      kept.has(type)
        ? [true, false, false, 'not-supported', 'full-support']
        : [true, true, true, 'multiple', 'full-support'],
      type,
    );
    const query = '_id=w2';
    const made = await write('PUT', kept.has(type) ? `/${type}/w2` : `/${type}?${query}`, {
      ...smallest(type),
      id: 'w2',
    });
    assert.equal(made.status, 201, `${type}: ${made.text}`);
    const existing = await write('POST', `/${type}`, smallest(type), { 'if-none-exist': query });
    assert.equal(existing.status, 200, `${type}: ${existing.text}`);
    const known = await read(`/${type}/w2`, { 'if-none-match': made.headers.get('etag') ?? '' });
    assert.equal(known.status, 304, type);
    if (kept.has(type)) {
      const changed = { ...smallest(type), id: 'w2', language: 'uz' };
      assert.equal((await write('PUT', `/${type}?${query}`, changed)).status, 405, type);
    }
    const patched = await server.request('PATCH', `/${type}?${query}`, {
      headers: { ...jsonPatch, accept: 'application/fhir+json' },
      body: '[{"op":"add","path":"/language","value":"uz"}]',
    });
    assert.equal(patched.status, kept.has(type) ? 405 : 200, `${type}: ${patched.text}`);
    const deleted = await server.request('DELETE', `/${type}?${query}&_count=2`);
    assert.equal(deleted.status, kept.has(type) ? 405 : 200, type);
    assert.equal((await read(`/${type}/w2`)).status, kept.has(type) ? 200 : 410, type);
  }
});

test('the interactions of the system, and the operations, are where they are declared', async () => {
  const { rest } = (await read('/metadata')).json as unknown as Statement;
  const [{ interaction, resource }] = rest;
  const systemTries: Record<string, () => Promise<Reply>> = {
    transaction: () => write('POST', '', { resourceType: 'Bundle', type: 'transaction' }),
    batch: () => write('POST', '', { resourceType: 'Bundle', type: 'batch' }),
    'history-system': () => read('/_history?_count=1'),
    'search-system': () => read('?_type=Patient,Observation'),
  };
  assert.deepEqual(interaction.map(({ code }) => code).sort(), Object.keys(systemTries).sort());
  for (const { code } of interaction) assert.equal((await systemTries[code]!()).status, 200, code);
  const [{ operation: ofSystem }] = rest;
  const all = [...ofSystem.map((each) => ({ ...each, type: '' })), ...resource.flatMap(ofType)];
  assert.ok(ofSystem.length > 0 && all.length > resource.length);
  // Each of them once at least.
  const types = new Set(['', ...tried(resource).map(({ type }) => type)]);
  const declared = all.filter(({ type, definition }) => isFirst(definition) || types.has(type));
  const definitions = new Map<string, Record<string, unknown>>();
  for (const { type, name, definition } of declared) {
    if (!definitions.has(definition)) {
      // For a guide whose canonical clients look for, this server also serves the definition.
      const served = definition.replace(/^.*\/bulkdata\/OperationDefinition\//, `${baseUrl}/OperationDefinition/dhp-`);
      assert.ok(served.startsWith(`${baseUrl}/OperationDefinition/`));
      definitions.set(definition, (await read(served.slice(baseUrl.length))).json);
    }
    const { system, type: isOnType, instance, affectsState } = definitions.get(definition)!;
    if (type === '') assert.equal(system, true);
    const places = [...(type === '' ? [''] : []), ...(isOnType === true && type !== '' ? [`/${type}`] : [])];
    for (const place of places) {
      const at = `${place}/$${name}`;
      const reply = await (affectsState === true ? write('POST', at, { resourceType: 'Parameters' }) : read(at));
      // The operation exists: only its parameters are missing, or it requires POST.
      const isThere = reply.status < 404 || reply.status === 422 || reply.headers.get('allow') === 'POST, OPTIONS';
      assert.ok(isThere, `${place}/$${name}: ${reply.text}`);
    }
    if (instance !== true || type === '') continue;
    const reply = await read(`/${type}/w3/$${name}`);
    // The operation exists: the resource is missing (one operation does not say so), or it requires POST.
    const isThere =
      reply.status === 200 ||
      ['resource-not-found', 'parameter-invalid', 'scope-insufficient', 'async-required'].includes(reply.code) ||
      reply.headers.get('allow') === 'POST, OPTIONS';
    assert.ok(isThere, `${name} of ${type}: ${reply.text}`);
  }
});

function ofType({ type, operation }: Declared): (Declared['operation'][number] & { type: string })[] {
  return operation.map((each) => ({ ...each, type }));
}

const values: Readonly<Record<string, string>> = {
  ...{
    token: 'true',
    string: 'x',
    date: '2026',
    number: '1',
    quantity: '1',
    uri: 'http://example.org',
    reference: '1',
  },
  ...{ _text: 'x', _content: 'x', _filter: '_id eq x', _in: 'Group/x', _list: 'x', near: '41.3|69.2|1|km' },
  ...{ contains: '41.3|69.2', 'section-code-text': 'x$x' },
};

/** A query that a server which knows the parameter answers; composites need the parts of each. */
function sample(type: string, { name, type: kind }: Declared['searchParam'][number]): string {
  const parts = searchParameter(type, name)?.component.map((part) => values[part.type] ?? '') ?? [];
  const value = values[name] ?? (kind === 'composite' ? parts.join('$') : (values[kind] ?? 'x'));
  return `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
}

test('every search parameter and include that is declared is one that a search of the type takes', async () => {
  const [{ resource }] = (await statement()).rest;
  const chunk = 12;
  let count = 0;
  for (const { type, searchParam, searchInclude, searchRevInclude } of tried(resource)) {
    const asked = [
      ...searchParam.map((each) => sample(type, each)),
      ...searchInclude.map((name) => `_include=${encodeURIComponent(name)}`),
      ...searchRevInclude.map((name) => `_revinclude=${encodeURIComponent(name)}`),
    ];
    count += asked.length;
    for (let from = 0; from < asked.length; from += chunk) {
      const query = asked.slice(from, from + chunk).join('&');
      const reply = await read(`/${type}?_id=nobody&${query}`);
      // A missing list or group is reported, which shows that the parameter is supported.
      const isTaken = reply.status === 200 || reply.code === 'search-value-invalid';
      assert.ok(isTaken, `${type}?${query}: ${reply.text}`);
      if (reply.status !== 200) assert.match(reply.diagnostics, /_list|_in/, reply.text);
    }
  }
  assert.ok(count > (isFull ? 5_000 : 400), `${count} were tried`);
});

const ofTheAnswer: Readonly<Record<string, readonly string[]>> = {
  _type: ['Patient', 'Patient,Observation'],
  _has: [],
  _include: ['*'],
  _revinclude: ['*'],
  _sort: ['_lastUpdated', '-_id'],
  _count: ['0', '5', '1000'],
  _maxresults: ['5'],
  _total: ['none', 'estimate', 'accurate'],
  _score: ['true', 'false'],
  _summary: ['true', 'text', 'data', 'count', 'false'],
  _elements: ['id'],
  _contained: ['true', 'false', 'both'],
  _containedType: ['container', 'contained'],
};

test('the parameters that are declared for all types, and those of the answer, are what every search takes', async () => {
  const [{ searchParam }] = (await statement()).rest;
  const names = searchParam.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length, 'none twice');
  // `_graph` is refused, and `_explain` is the platform's own and for operators.
  const taken = answerParameters.filter((name) => !['_graph', '_explain'].includes(name));
  assert.deepEqual(names.filter((name) => name in ofTheAnswer).sort(), [...taken, '_has'].sort());
  for (const each of searchParam) {
    const queries = (ofTheAnswer[each.name] ?? []).map((value) => `${each.name}=${encodeURIComponent(value)}`);
    if (each.name === '_has') queries.push('_has:Observation:subject:status=final');
    else if (!(each.name in ofTheAnswer)) queries.push(sample('Patient', each));
    for (const query of queries) {
      for (const path of ['/Patient?', '?_type=Patient,Group&']) {
        if (each.name === '_type' && path !== '/Patient?') continue;
        const asked = each.name === '_type' ? `?${query}` : `${path}${query}`;
        const reply = await read(asked);
        const isTaken = reply.status === 200 || reply.code === 'search-value-invalid';
        assert.ok(isTaken, `${asked}: ${reply.text}`);
        if (reply.status !== 200) assert.match(reply.diagnostics, /_list|_in/, reply.text);
        assert.ok(reply.status !== 200 || reply.json['type'] === 'searchset', asked);
      }
    }
  }
});

test('formats, formats of patches and languages that are declared are those that it takes', async () => {
  const { format, patchFormat, acceptLanguage } = await statement();
  assert.ok(format.length >= 4 && patchFormat.length >= 3 && acceptLanguage.length >= 3);
  await write('PUT', '/Patient/w4', { resourceType: 'Patient', id: 'w4' });
  for (const name of format) {
    const reply = await server.request('GET', `/Patient/w4?_format=${encodeURIComponent(name)}`);
    assert.equal(reply.status, 200, name);
    assert.ok(reply.headers.get('content-type')?.includes(name.split('/').at(-1)!), name);
  }
  const operation = (value: string): string =>
    `<part><name value="${value}"/><valueString value="${value === 'path' ? 'Patient' : value}"/></part>`;
  const bodies: Record<string, string> = {
    'application/json-patch+json': '[{"op":"add","path":"/active","value":true}]',
    'application/fhir+json': JSON.stringify({
      resourceType: 'Parameters',
      parameter: [
        {
          name: 'operation',
          part: [
            { name: 'type', valueCode: 'replace' },
            { name: 'path', valueString: 'Patient.active' },
            { name: 'value', valueBoolean: false },
          ],
        },
      ],
    }),
    'application/fhir+xml':
      '<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/>' +
      '<part><name value="type"/><valueCode value="add"/></part>' +
      `${operation('path')}<part><name value="name"/><valueString value="gender"/></part>` +
      '<part><name value="value"/><valueCode value="female"/></part></parameter></Parameters>',
  };
  for (const type of patchFormat) {
    const headers = { 'content-type': type, accept: 'application/fhir+json' };
    const reply = await server.request('PATCH', '/Patient/w4', { headers, body: bodies[type] ?? '' });
    assert.equal(reply.status, 200, `${type}: ${reply.text}`);
  }
  for (const language of acceptLanguage) {
    const reply = await read('/Patient/never', { 'accept-language': language });
    assert.equal(reply.headers.get('content-language'), language);
  }
});

test('what is declared of versions and references is what it does, by the policy of the environment', async () => {
  const policies = [
    { requireIfMatch: false, referenceIntegrity: 'allow' },
    { requireIfMatch: true, referenceIntegrity: 'enforce' },
  ] as const;
  for (const policy of policies) {
    const own = await startServer(policy);
    try {
      const { json } = await own.request('GET', '/metadata');
      for (const each of (json as unknown as Statement).rest[0].resource) {
        const { type, versioning, readHistory, updateCreate, referencePolicy } = each;
        assert.equal(versioning, policy.requireIfMatch ? 'versioned-update' : 'versioned', type);
        assert.deepEqual([readHistory, updateCreate], [true, true], type);
        assert.equal(referencePolicy.includes('enforced'), policy.referenceIntegrity === 'enforce', type);
      }
      const put = (id: string, more: object): Promise<Reply> =>
        own.write('PUT', `/Patient/${id}`, { resourceType: 'Patient', id, ...more });
      assert.equal((await put('v', {})).status, 201);
      assert.equal((await put('v', { active: true })).status, policy.requireIfMatch ? 412 : 200);
      const toNobody = await put('w', { managingOrganization: { reference: 'Organization/nobody' } });
      assert.equal(toNobody.status, policy.referenceIntegrity === 'enforce' ? 422 : 201);
    } finally {
      await own.close();
    }
  }
});
