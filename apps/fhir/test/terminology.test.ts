import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { entriesOf, send } from './bundles.ts';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
  for (const resource of [organs, sensorium, inRussian, toSnomed]) {
    assert.equal((await server.write('PUT', `/${resource.resourceType}/${resource.id}`, resource)).status, 201);
  }
});
after(() => server.close());

const system = 'http://example.org/organs';

const organs = {
  resourceType: 'CodeSystem',
  id: 'organs',
  url: system,
  version: '1.0.0',
  name: 'Organs',
  status: 'active',
  content: 'complete',
  caseSensitive: true,
  language: 'uz',
  concept: [
    {
      code: 'sense',
      display: 'Sezgi aʼzosi',
      designation: [{ language: 'ru', value: 'Орган чувств' }],
      concept: [
        {
          code: 'eye',
          display: 'Koʻz',
          designation: [
            { language: 'ru', value: 'Глаз' },
            { language: 'en', value: 'Eye' },
          ],
        },
        { code: 'ear', display: 'Quloq', designation: [{ language: 'ru', value: 'Ухо' }] },
      ],
    },
    { code: 'heart', display: 'Yurak', designation: [{ language: 'ru', value: 'Сердце' }] },
  ],
};

const sensorium = {
  resourceType: 'ValueSet',
  id: 'sensorium',
  url: 'http://example.org/sensorium',
  version: '2',
  status: 'active',
  compose: { include: [{ system, filter: [{ property: 'concept', op: 'is-a', value: 'sense' }] }] },
};

const inRussian = {
  resourceType: 'CodeSystem',
  id: 'organs-latin',
  url: 'http://example.org/organs-latin',
  status: 'active',
  content: 'supplement',
  supplements: system,
  concept: [{ code: 'eye', designation: [{ language: 'la', value: 'Oculus' }] }],
};

const toSnomed = {
  resourceType: 'ConceptMap',
  id: 'organs-map',
  url: 'http://example.org/organs-map',
  status: 'active',
  group: [
    {
      source: system,
      target: 'http://snomed.info/sct',
      element: [{ code: 'eye', target: [{ code: '81745001', relationship: 'equivalent' }] }],
    },
  ],
};

interface Parameter {
  name: string;
  part?: Parameter[];
  resource?: { resourceType: string; parameter?: Parameter[]; issue?: { details: { text: string } }[] };
  [value: string]: unknown;
}

function get(path: string, headers: Record<string, string> = {}): Promise<Reply> {
  return server.request('GET', path, { headers });
}

function post(path: string, parameter: readonly object[], headers: Record<string, string> = {}): Promise<Reply> {
  return server.write('POST', path, { resourceType: 'Parameters', parameter }, headers);
}

/** The values of an answer by name; of a repeated one the last. */
function valuesOf(reply: Reply): Record<string, unknown> {
  assert.equal(reply.status, 200, reply.text);
  return Object.fromEntries(
    (reply.json['parameter'] as Parameter[]).map(({ name, ...value }) => [
      name,
      Object.entries(value).find(([member]) => member.startsWith('value'))?.[1],
    ]),
  );
}

interface Entry {
  code: string;
  display?: string;
  contains?: Entry[];
}

function displaysOf(reply: Reply): string[] {
  assert.equal(reply.status, 200, reply.text);
  const { contains = [] } = reply.json['expansion'] as { contains?: Entry[] };
  const flat = (entries: readonly Entry[]): string[] =>
    entries.flatMap(({ display = '', contains: below = [] }) => [display, ...flat(below)]);
  return flat(contains);
}

test('$lookup by GET, POST and on the instance', async () => {
  for (const reply of [
    await get(`/CodeSystem/$lookup?system=${system}&code=eye`),
    await post('/CodeSystem/$lookup', [{ name: 'coding', valueCoding: { system, code: 'eye' } }]),
    await get('/CodeSystem/organs/$lookup?code=eye'),
  ]) {
    const { name, version, display, code } = valuesOf(reply);
    assert.deepEqual([name, version, display, code], ['Organs', '1.0.0', 'Eye', 'eye']);
    assert.match(reply.headers.get('vary') ?? '', /Accept-Language/);
  }
  const builtIn = await get('/CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=male');
  assert.equal(valuesOf(builtIn)['display'], 'Male');
});

test('names come in the language of displayLanguage, else of Accept-Language with its weights', async () => {
  const lookup = `/CodeSystem/$lookup?system=${system}&code=eye`;
  const display = async (path: string, acceptLanguage: string): Promise<unknown> =>
    valuesOf(await get(path, { 'accept-language': acceptLanguage }))['display'];
  assert.equal(await display(lookup, 'ru'), 'Глаз');
  assert.equal(await display(lookup, 'en;q=0.3, ru;q=0.9, uz;q=0.5'), 'Глаз');
  assert.equal(await display(lookup, 'de, uz;q=0.2, en;q=0.8'), 'Eye');
  assert.equal(await display(`${lookup}&displayLanguage=uz`, 'ru'), 'Koʻz');
  assert.equal(await display(`${lookup}&displayLanguage=en;q=0.1,ru`, 'uz'), 'Глаз');
  const expand = `/ValueSet/$expand?url=${sensorium.url}&excludeNested=true`;
  assert.deepEqual(displaysOf(await get(expand, { 'accept-language': 'ru' })), ['Орган чувств', 'Глаз', 'Ухо']);
  assert.deepEqual(displaysOf(await get(`${expand}&displayLanguage=uz`)), ['Sezgi aʼzosi', 'Koʻz', 'Quloq']);
});

test('$validate-code on both types, of code, coding and codeableConcept, on the instance and of a resource sent along', async () => {
  const result = async (reply: Promise<Reply>): Promise<unknown> => valuesOf(await reply)['result'];
  assert.equal(await result(get(`/ValueSet/$validate-code?url=${sensorium.url}&system=${system}&code=ear`)), true);
  assert.equal(await result(get(`/ValueSet/$validate-code?url=${sensorium.url}&system=${system}&code=heart`)), false);
  assert.equal(await result(get('/ValueSet/sensorium/$validate-code?code=ear&inferSystem=true')), true);
  assert.equal(await result(get(`/CodeSystem/$validate-code?url=${system}&code=heart`)), true);
  assert.equal(await result(get('/CodeSystem/organs/$validate-code?code=nothing')), false);
  const concept = {
    coding: [
      { system, code: 'heart' },
      { system, code: 'eye', display: 'Глаз' },
    ],
  };
  assert.equal(
    await result(
      post('/ValueSet/sensorium/$validate-code', [
        { name: 'codeableConcept', valueCodeableConcept: concept },
        { name: 'displayLanguage', valueCode: 'ru' },
      ]),
    ),
    true,
  );
  const own = {
    resourceType: 'ValueSet',
    status: 'active',
    compose: { include: [{ system, concept: [{ code: 'heart' }] }] },
  };
  const coding = { name: 'coding', valueCoding: { system, code: 'heart' } };
  assert.equal(await result(post('/ValueSet/$validate-code', [{ name: 'valueSet', resource: own }, coding])), true);
});

test('$batch-validate-code answers each, also where one cannot be answered', async () => {
  const validation = (code: string, url: string): object => ({
    name: 'validation',
    resource: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'url', valueUri: url },
        { name: 'coding', valueCoding: { system, code } },
      ],
    },
  });
  const reply = await post('/ValueSet/$batch-validate-code', [
    validation('eye', sensorium.url),
    validation('heart', sensorium.url),
    validation('eye', 'http://example.org/none'),
  ]);
  assert.equal(reply.status, 200);
  const answers = (reply.json['parameter'] as Parameter[]).map(({ resource }) => resource);
  assert.deepEqual(
    answers.map((each) => each?.parameter?.find(({ name }) => name === 'result')?.['valueBoolean']),
    [true, false, undefined],
  );
  assert.equal(answers[2]?.resourceType, 'OperationOutcome');
});

test('what the validator of HL7 sends with a question is known, and that the latest version must not count is refused', async () => {
  const asked = (latest: boolean): object[] => [
    { name: 'inferSystem', valueBoolean: true },
    { name: 'code', valueCode: 'eye' },
    { name: 'displayLanguage', valueString: 'en' },
    { name: 'default-to-latest-version', valueBoolean: latest },
    { name: 'url', valueUri: sensorium.url },
    { name: 'profile-url', valueString: 'http://example.org/expansions' },
    { name: 'diagnostics', valueBoolean: true },
  ];
  assert.equal(valuesOf(await post('/ValueSet/$validate-code', asked(true)))['result'], true);
  const batch = (latest: boolean): object[] => [
    { name: 'validation', resource: { resourceType: 'Parameters', parameter: asked(latest) } },
  ];
  assert.equal((await post('/ValueSet/$batch-validate-code', batch(true))).status, 200);
  for (const [path, parameters] of [
    ['/ValueSet/$validate-code', asked(false)],
    ['/ValueSet/$batch-validate-code', batch(false)],
  ] as const) {
    const refused = await post(path, parameters);
    assert.deepEqual([refused.status, refused.code], [400, 'parameter-invalid'], refused.text);
    assert.match(refused.text, /default-to-latest-version/);
  }
});

test('$subsumes', async () => {
  const outcome = async (a: string, b: string): Promise<unknown> =>
    valuesOf(await get(`/CodeSystem/organs/$subsumes?codeA=${a}&codeB=${b}`))['outcome'];
  assert.equal(await outcome('sense', 'eye'), 'subsumes');
  assert.equal(await outcome('eye', 'sense'), 'subsumed-by');
  assert.equal(await outcome('eye', 'eye'), 'equivalent');
  assert.equal(await outcome('eye', 'heart'), 'not-subsumed');
  const codings = ['A', 'B'].map((letter) => ({ name: `coding${letter}`, valueCoding: { system, code: 'eye' } }));
  assert.equal(valuesOf(await post('/CodeSystem/$subsumes', codings))['outcome'], 'equivalent');
  const unknown = await get(`/CodeSystem/$subsumes?system=${system}&codeA=eye&codeB=nothing`);
  assert.deepEqual([unknown.status, unknown.code], [404, 'invalid-code']);
});

test('$expand: words in any language, pages, designations, what is built in, what is too much', async () => {
  const url = `/ValueSet/$expand?url=${sensorium.url}`;
  assert.deepEqual(displaysOf(await get(`${url}&filter=глаз`)), ['Eye']);
  assert.deepEqual(displaysOf(await get(`${url}&filter=koz&displayLanguage=uz`)), ['Koʻz']);
  const page = await get(`${url}&offset=1&count=1&displayLanguage=ru`);
  assert.deepEqual(displaysOf(page), ['Глаз']);
  assert.equal((page.json['expansion'] as { total: number }).total, 3);
  const latin = await get(
    '/ValueSet/sensorium/$expand?useSupplement=http://example.org/organs-latin&includeDesignations=true',
  );
  assert.match(latin.text, /Oculus/);
  assert.equal(
    displaysOf(await get('/ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender')).length,
    4,
  );
  const threshold = { 'x-too-costly-threshold': '2' };
  const told = {
    uz: /kodlar juda koʻp .*count va offset/,
    ru: /слишком много кодов .*count и offset/,
    en: /too many codes .*count and offset/,
  };
  for (const [language, sentence] of Object.entries(told)) {
    const costly = await get(url, { ...threshold, 'accept-language': language });
    assert.equal(costly.status, 422);
    assert.match(costly.text, /too-costly/);
    assert.match(costly.text, sentence);
  }
  assert.equal((await get(`${url}${url.includes('?') ? '&' : '?'}count=2&offset=1`, threshold)).status, 200);
  const xml = await server.request('GET', url, { headers: { accept: 'application/fhir+xml' } });
  assert.match(xml.text, /^(<\?xml[^>]*>)?<ValueSet/);
});

test('$translate in both directions, by the map, on it, and by all', async () => {
  const match = (reply: Reply): unknown => {
    const { part = [] } = (reply.json['parameter'] as Parameter[]).find(({ name }) => name === 'match') ?? {};
    return (part.find(({ name }) => name === 'concept')?.['valueCoding'] as { code: string } | undefined)?.code;
  };
  for (const path of [
    '/ConceptMap/organs-map/$translate?',
    `/ConceptMap/$translate?url=${toSnomed.url}&`,
    '/ConceptMap/$translate?',
  ]) {
    const reply = await get(`${path}system=${system}&sourceCode=eye&targetSystem=http://snomed.info/sct`);
    assert.deepEqual([valuesOf(reply)['result'], match(reply)], [true, '81745001'], path);
  }
  const back = await get('/ConceptMap/organs-map/$translate?targetCode=81745001&targetSystem=http://snomed.info/sct');
  assert.deepEqual([valuesOf(back)['result'], match(back)], [true, 'eye']);
  const none = await get(`/ConceptMap/organs-map/$translate?system=${system}&sourceCode=heart`);
  assert.equal(valuesOf(none)['result'], false);
});

const closure = (parameter: readonly object[], token?: string): Promise<Reply> =>
  server.request('POST', '/$closure', {
    ...(token === undefined ? {} : { token }),
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Parameters', parameter }),
  });
const named = (name: string): object => ({ name: 'name', valueString: name });
const adding = (...codes: readonly string[]): object[] =>
  codes.map((code) => ({ name: 'concept', valueCoding: { system, code } }));

interface Closure {
  version: string;
  group?: { element: { code: string; target: { code: string }[] }[] }[];
}

function pairsOf(reply: Reply): string[] {
  assert.equal(reply.status, 200, reply.text);
  const { group = [] } = reply.json as unknown as Closure;
  return group.flatMap(({ element }) =>
    element.flatMap(({ code, target }) => target.map((to) => `${code}<${to.code}`)),
  );
}

test('a client has a hundred closure tables at most, and begins one of them again', async () => {
  const token = await server.sso.token({ client_id: 'hoarder' });
  for (let n = 0; n < 100; n += 1) assert.ok(await server.store.closures.begin('hoarder', `t${n}`, 100));
  const more = await closure([named('t100')], token);
  assert.deepEqual([more.status, more.code], [422, 'closures-too-many'], more.text);
  assert.equal((await closure([named('t100'), ...adding('eye')], token)).code, 'closure-unknown');
  assert.equal((await closure([named('t7')], token)).json['version'], '0');
  assert.equal((await closure([named('t100')])).status, 200, 'those of another client are its own');
});

test('$closure keeps its table: what is added is told once, and from a version on again', async () => {
  assert.equal((await closure([named('t'), ...adding('eye')])).code, 'closure-unknown');
  assert.equal((await closure([named('t')])).json['version'], '0');
  assert.deepEqual(pairsOf(await closure([named('t'), ...adding('eye', 'heart')])), []);
  const second = await closure([named('t'), ...adding('sense')]);
  assert.deepEqual([pairsOf(second), second.json['version']], [['eye<sense'], '2']);
  const third = await closure([named('t'), ...adding('ear', 'eye')]);
  assert.deepEqual([pairsOf(third), third.json['version']], [['ear<sense'], '3']);
  const again = await closure([named('t'), { name: 'version', valueString: '1' }]);
  assert.deepEqual([pairsOf(again).sort(), again.json['version']], [['ear<sense', 'eye<sense'], '3']);
  assert.deepEqual(pairsOf(await closure([named('t'), { name: 'version', valueString: '3' }])), []);
  for (const wrong of [
    [named('t'), { name: 'version', valueString: '9' }],
    [named('t'), { name: 'version', valueString: 'x' }],
    [named('t'), { name: 'version', valueString: '1' }, ...adding('eye')],
    [named(''), ...adding('eye')],
    [named('t'), { name: 'concept', valueCoding: { code: 'eye' } }],
    [{ name: 'concept', valueCoding: { system, code: 'eye' } }],
  ]) {
    assert.deepEqual([(await closure(wrong)).status, (await closure(wrong)).code], [400, 'parameter-invalid']);
  }
  assert.equal((await closure([named('t')])).status, 200);
  assert.deepEqual(pairsOf(await closure([named('t'), ...adding('eye')])), [], 'begun anew, it is empty');
});

test('parallel additions to one closure table lose no pair, and a table is its client’s own', async () => {
  await closure([named('p')]);
  const replies = await Promise.all(
    ['sense', 'eye', 'ear', 'heart', 'eye'].map((code) => closure([named('p'), ...adding(code)])),
  );
  assert.deepEqual(replies.flatMap(pairsOf).sort(), ['ear<sense', 'eye<sense']);
  const token = await server.sso.token({ client_id: 'another', sub: 'another' });
  assert.equal((await closure([named('p'), ...adding('eye')], token)).code, 'closure-unknown');
  const reader = await server.sso.token({ scope: 'system/Patient.rs' });
  assert.equal((await closure([named('p')], reader)).status, 403);
});

test('who may read the type may ask, and nobody else', async () => {
  const token = await server.sso.token({ scope: 'system/ValueSet.r' });
  const expand = `/ValueSet/$expand?url=${sensorium.url}`;
  assert.equal((await server.request('GET', expand, { token })).status, 200);
  const lookup = await server.request('GET', `/CodeSystem/$lookup?system=${system}&code=eye`, { token });
  assert.deepEqual([lookup.status, lookup.code], [403, 'scope-insufficient']);
  assert.equal((await server.request('GET', expand, { token: null })).status, 401);
});

test('codes are nobody’s own: scopes for one patient permit to ask about them, scopes with conditions do not', async () => {
  const own = { fhirUser: `${baseUrl}/Patient/a` };
  const questions = [
    ['ValueSet', `/ValueSet/$expand?url=${sensorium.url}`],
    ['ValueSet', '/ValueSet/sensorium/$expand'],
    ['ValueSet', `/ValueSet/$validate-code?url=${sensorium.url}&system=${system}&code=eye`],
    ['CodeSystem', `/CodeSystem/$lookup?system=${system}&code=eye`],
    ['CodeSystem', `/CodeSystem/$subsumes?system=${system}&codeA=sense&codeB=eye`],
    ['ConceptMap', `/ConceptMap/$translate?sourceCode=eye&system=${system}`],
  ] as const;
  for (const [type, path] of questions) {
    const status = async (scope: string, claims: object): Promise<number> =>
      (await server.request('GET', path, { token: await server.sso.token({ scope, ...claims }) })).status;
    assert.equal(await status(`patient/${type}.rs`, { patient: 'a' }), 200, path);
    assert.equal(await status('user/*.r', own), 200, path);
    assert.equal(await status(`patient/${type}.rs`, {}), 403, 'without a patient it means nothing');
    assert.equal(await status('patient/Observation.rs', { patient: 'a' }), 403, path);
    assert.equal(await status(`system/${type}.rs?_tag=x`, {}), 403, path);
  }
  const token = await server.sso.token({ scope: 'patient/*.rs', patient: 'a' });
  assert.equal((await closure([named('q')], token)).status, 403);
});

test('what cannot be asked is refused with the place and the cure', async () => {
  for (const [path, status, code] of [
    ['/ValueSet/$expand?urll=x', 400, 'parameter-unknown'],
    ['/ValueSet/$expand?url=x&activeOnly=perhaps', 400, 'parameter-invalid'],
    ['/ValueSet/$expand?url=x&url=y', 400, 'parameter-invalid'],
    [`/ValueSet/$validate-code?url=${sensorium.url}&coding=x`, 400, 'parameter-invalid'],
    ['/ValueSet/sensorium/$expand?url=x', 400, 'parameter-invalid'],
    ['/ValueSet/nowhere/$expand', 404, 'resource-not-found'],
    ['/CodeSystem/organs-latin/$lookup?code=eye', 422, 'terminology-unusable'],
    ['/Patient/$expand', 404, 'operation-unknown'],
    ['/ValueSet/$expand?url=http://example.org/none', 422, 'not-found'],
  ] as const) {
    const reply = await get(path);
    assert.deepEqual([reply.status, reply.code], [status, code], `${path} ${reply.text}`);
  }
  assert.equal((await get('/ValueSet/$expand')).status, 400);
  const lenient = await get(`/ValueSet/$expand?url=${sensorium.url}&urll=x`, { prefer: 'handling=lenient' });
  assert.equal(lenient.status, 200);
  const misplaced = await post('/ValueSet/$expand', [{ name: 'valueSet', resource: { resourceType: 'CodeSystem' } }]);
  assert.deepEqual([misplaced.status, misplaced.code], [400, 'parameter-invalid']);
  const misshapen = await post('/ValueSet/$expand', [
    { name: 'valueSet', resource: { resourceType: 'ValueSet', compose: 7 } },
  ]);
  assert.equal(misshapen.status, 400);
  assert.match(misshapen.text, /resource\.compose/);
});

test('a value set without a url is expanded on its instance; a deleted one is gone', async () => {
  const bare = {
    resourceType: 'ValueSet',
    id: 'bare',
    status: 'active',
    compose: { include: [{ system, concept: [{ code: 'eye' }] }] },
  };
  await server.write('PUT', '/ValueSet/bare', bare);
  assert.deepEqual(displaysOf(await get('/ValueSet/bare/$expand')), ['Eye']);
  await server.request('DELETE', '/ValueSet/bare');
  assert.equal((await get('/ValueSet/bare/$expand')).status, 410);
});

test('an expansion shows what was written before it, and is made in a batch as well', async () => {
  const url = 'http://example.org/growing';
  const growing = (codes: readonly string[]): object => ({
    resourceType: 'ValueSet',
    id: 'growing',
    url,
    status: 'active',
    compose: { include: [{ system, concept: codes.map((code) => ({ code })) }] },
  });
  let version = 0;
  for (const codes of [['eye'], ['eye', 'ear'], ['heart']]) {
    const headers = version === 0 ? {} : { 'if-match': `W/"${version}"` };
    const stored = await server.write('PUT', '/ValueSet/growing', growing(codes), headers);
    assert.ok(stored.status < 300, stored.text);
    version += 1;
    assert.equal(displaysOf(await get(`/ValueSet/$expand?url=${url}`)).length, codes.length);
  }
  const reply = await send(server, 'batch', [
    { request: { method: 'GET', url: `ValueSet/$expand?url=${url}` } },
    { request: { method: 'GET', url: 'ValueSet/$expand?url=http://example.org/none' } },
  ]);
  const [good, bad] = entriesOf(reply);
  assert.equal(good?.resource?.['resourceType'], 'ValueSet');
  assert.equal(bad?.response.status, '422 Unprocessable Entity');
});

test('TerminologyCapabilities tell every code system there is, also one that was stored just now', async () => {
  const read = (): Promise<Reply> => server.request('GET', '/metadata?mode=terminology', { token: null });
  const before = await read();
  const systems = (reply: Reply): { uri: string; version?: { code: string }[] }[] =>
    reply.json['codeSystem'] as { uri: string }[];
  assert.ok(systems(before).length > 1000);
  assert.deepEqual(
    systems(before)
      .find(({ uri }) => uri === system)
      ?.version?.map(({ code }) => code),
    ['1.0.0'],
  );
  const url = 'http://example.org/new-system';
  await server.write('POST', '/CodeSystem', { resourceType: 'CodeSystem', url, status: 'active', content: 'complete' });
  const later = await read();
  assert.ok(systems(later).some(({ uri }) => uri === url));
  assert.notEqual(later.headers.get('etag'), before.headers.get('etag'));
  const { json } = await server.request('GET', '/metadata', { token: null });
  assert.deepEqual((json['instantiates'] as string[])[0], 'http://hl7.org/fhir/CapabilityStatement/terminology-server');
  const definition = await server.request('GET', '/OperationDefinition/dhp-ConceptMap-translate', { token: null });
  const { parameter } = definition.json as unknown as { parameter: { name: string; part?: { name: string }[] }[] };
  assert.deepEqual(
    parameter.find(({ name }) => name === 'dependency')?.part?.map(({ name }) => name),
    ['attribute', 'value'],
  );
  assert.equal(definition.json['url'], `${baseUrl}/OperationDefinition/dhp-ConceptMap-translate`);
});
