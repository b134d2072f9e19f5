import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { observation, post, put, send } from './bundles.ts';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false });
  const encounter = { resourceType: 'Encounter', id: 'e1', status: 'completed', subject: { reference: 'Patient/p1' } };
  const reply = await send(server, 'transaction', [
    put('p1', { generalPractitioner: [{ reference: 'Practitioner/d1' }] }),
    put('p2'),
    { resource: { resourceType: 'Practitioner', id: 'd1' }, request: { method: 'PUT', url: 'Practitioner/d1' } },
    {
      resource: { ...encounter, actualPeriod: { start: '2026-03-01', end: '2026-03-04' } },
      request: { method: 'PUT', url: 'Encounter/e1' },
    },
    ...['2026-01-01', '2026-03-02', '2026-06-01'].map((date, n) => ({
      resource: observation('Patient/p1', {
        id: `o${n}`,
        effectiveDateTime: date,
        valueQuantity: { value: 1 },
        ...(n === 1 ? { encounter: { reference: 'Encounter/e1' } } : {}),
      }),
      request: { method: 'PUT', url: `Observation/o${n}` },
    })),
    { resource: observation('Patient/p2', { id: 'o9' }), request: { method: 'PUT', url: 'Observation/o9' } },
  ]);
  assert.equal(reply.status, 200, reply.text);
});
after(() => server.close());

interface Entry {
  fullUrl: string;
  resource: { resourceType: string; id: string };
  search: { mode: string };
}

function entriesIn(reply: Reply): Entry[] {
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual([reply.json['resourceType'], reply.json['type']], ['Bundle', 'searchset']);
  return (reply.json['entry'] ?? []) as Entry[];
}

function namesIn(reply: Reply, mode?: string): string[] {
  return entriesIn(reply)
    .filter(({ search }) => mode === undefined || search.mode === mode)
    .map(({ resource }) => `${resource.resourceType}/${resource.id}`)
    .sort();
}

function linkOf(reply: Reply, relation: string): string | undefined {
  const links = (reply.json['link'] ?? []) as { relation: string; url: string }[];
  return links.find((link) => link.relation === relation)?.url;
}

test('all about a patient: the compartment, and what it refers to, each once', async () => {
  const reply = await server.request('GET', '/Patient/p1/$everything');
  const found = ['Encounter/e1', 'Observation/o0', 'Observation/o1', 'Observation/o2', 'Patient/p1'];
  assert.deepEqual(namesIn(reply, 'match'), found);
  assert.deepEqual(namesIn(reply, 'include'), ['Practitioner/d1']);
  for (const { fullUrl, resource } of entriesIn(reply)) {
    assert.equal(fullUrl, `${baseUrl}/${resource.resourceType}/${resource.id}`);
  }
  assert.equal(linkOf(reply, 'self'), `${baseUrl}/Patient/p1/$everything`);
  assert.deepEqual(namesIn(await server.request('POST', '/Patient/p1/$everything')), namesIn(reply));
});

test('all about an encounter', async () => {
  const reply = await server.request('GET', '/Encounter/e1/$everything');
  assert.deepEqual(namesIn(reply, 'match'), ['Encounter/e1', 'Observation/o1']);
  assert.deepEqual(namesIn(reply, 'include'), ['Patient/p1']);
});

test('start and end are about the time of care, _since about the time of storing, _type about types', async () => {
  const names = async (query: string): Promise<string[]> =>
    namesIn(await server.request('GET', `/Patient/p1/$everything?${query}`), 'match');
  assert.deepEqual(await names('start=2026-03-03'), ['Encounter/e1', 'Observation/o2', 'Patient/p1']);
  assert.deepEqual(await names('start=2026-02&end=2026-03-01'), ['Encounter/e1', 'Patient/p1']);
  assert.deepEqual(await names('end=2026-01-01&_type=Observation'), ['Observation/o0']);
  assert.deepEqual(await names('_type=Observation,Encounter&_type=Patient&start=2026-06'), [
    'Observation/o2',
    'Patient/p1',
  ]);
  assert.deepEqual(await names('_since=2099-01-01T00:00:00Z'), []);
  assert.equal((await names('_since=2026-01-01T00:00:00Z')).length, 5);
  const limited = await server.request('GET', '/Patient/p1/$everything?_type=Encounter');
  assert.deepEqual(namesIn(limited), ['Encounter/e1'], 'what comes along is of these types, too');
});

test('without an id it is about all patients whom the caller may see', async () => {
  const reply = await server.request('GET', '/Patient/$everything');
  const all = ['Encounter/e1', 'Observation/o0', 'Observation/o1', 'Observation/o2', 'Observation/o9'];
  assert.deepEqual(namesIn(reply, 'match'), [...all, 'Patient/p1', 'Patient/p2']);
  assert.deepEqual(namesIn(reply, 'include'), ['Practitioner/d1']);
  assert.equal(linkOf(reply, 'self'), `${baseUrl}/Patient/$everything`);
  assert.deepEqual(namesIn(await server.request('POST', '/Patient/$everything')), namesIn(reply));
  const own = await server.sso.token({ scope: 'patient/*.rs', patient: 'p2' });
  const ofOne = await server.request('GET', '/Patient/$everything', { token: own });
  assert.deepEqual(namesIn(ofOne), ['Observation/o9', 'Patient/p2']);
  const narrow = await server.sso.token({ scope: 'patient/Patient.rs', patient: 'p1' });
  assert.deepEqual(namesIn(await server.request('GET', '/Patient/$everything', { token: narrow })), ['Patient/p1']);
  const nobody = await server.sso.token({ scope: 'patient/*.rs', patient: 'nobody' });
  assert.deepEqual(namesIn(await server.request('GET', '/Patient/$everything', { token: nobody })), []);
  assert.deepEqual(namesIn(await server.request('GET', '/Patient/$everything?_count=5', { token: nobody })), []);
  const other = await server.sso.token({ scope: 'system/Observation.rs' });
  assert.equal((await server.request('GET', '/Patient/$everything', { token: other })).status, 403);

  const paged: string[] = [];
  let path: string | undefined = '/Patient/$everything?_count=3';
  while (path !== undefined) {
    const page: Reply = await server.request('GET', path);
    paged.push(...namesIn(page, 'match'));
    path = linkOf(page, 'next')?.slice(baseUrl.length);
  }
  assert.deepEqual(paged.sort(), namesIn(reply, 'match'));
});

test('as NDJSON a resource a line, by Accept, by a parameter or by _format', async () => {
  const whole = await server.request('GET', '/Patient/p1/$everything');
  const wanted = entriesIn(whole).map(({ resource }) => resource);
  const lines = { accept: 'application/fhir+ndjson' };
  const parameter = [{ name: '_outputFormat', valueCode: 'ndjson' }];
  const xml = { accept: 'application/fhir+xml' };
  for (const reply of [
    await server.request('GET', '/Patient/p1/$everything', { headers: lines }),
    await server.request('GET', '/Patient/p1/$everything?_outputFormat=application/fhir%2Bndjson'),
    await server.request('GET', '/Patient/p1/$everything?_format=application/fhir%2Bndjson'),
    await server.request('POST', '/Patient/p1/$everything', { headers: lines }),
    await server.write('POST', '/Patient/p1/$everything', { resourceType: 'Parameters', parameter }),
    await server.write('POST', '/Patient/p1/$everything', { resourceType: 'Parameters', parameter }, xml),
  ]) {
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.headers.get('content-type'), 'application/fhir+ndjson');
    const found = reply.text.split('\n');
    assert.equal(found.pop(), '', 'the last line has an end, too');
    assert.deepEqual(
      found.map((line) => JSON.parse(line) as unknown),
      wanted,
    );
  }
  const reply = await server.request('GET', '/Encounter/e1/$everything?_type=Observation', { headers: lines });
  assert.match(reply.text, /^\{[^\n]*"id":"o1"[^\n]*\}\n$/);
  const both = await server.request('GET', '/Patient/p1/$everything', {
    headers: { accept: 'application/fhir+json, application/fhir+ndjson;q=0.5' },
  });
  assert.deepEqual(namesIn(both), namesIn(whole));
});

test('a Bundle, its pages and its entries are no lines', async () => {
  for (const [query, name] of [
    ['_outputFormat=ndjson&_count=2', '_count'],
    ['_outputFormat=ndjson&_elements=id', '_elements'],
    ['_outputFormat=csv', '_outputFormat'],
  ] as const) {
    const reply = await server.request('GET', `/Patient/p1/$everything?${query}`);
    assert.deepEqual([reply.status, reply.code], [400, 'parameter-invalid'], reply.text);
    assert.ok(reply.sentence.includes(name), reply.sentence);
  }
  const get = (url: string): object => ({ request: { method: 'GET', url } });
  const batch = await send(server, 'batch', [
    get('Patient/p1/$everything'),
    get('Patient/p1/$everything?_outputFormat=ndjson'),
  ]);
  const [first, second] = batch.json['entry'] as { response: { status: string }; resource?: object }[];
  assert.match(first!.response.status, /^200/);
  assert.match(second!.response.status, /^400/);
});

test('with _count it comes in pages', async () => {
  const seen: string[] = [];
  let path: string | undefined = '/Patient/p1/$everything?_count=2';
  let pages = 0;
  while (path !== undefined) {
    const reply = await server.request('GET', path);
    const matches = namesIn(reply, 'match');
    assert.ok(matches.length <= 2);
    seen.push(...matches);
    pages += 1;
    path = linkOf(reply, 'next')?.slice(baseUrl.length);
  }
  const part = await server.request('GET', '/Patient/p1/$everything?_count=2&_elements=id&_pretty=true');
  const shown = linkOf(part, 'next')!;
  assert.match(shown, /&_elements=id&_pretty=true&_cursor=/, 'the next page looks like this one');
  const following = await server.request('GET', shown.slice(baseUrl.length));
  assert.ok(entriesIn(following).every(({ resource }) => !('subject' in resource)));
  assert.equal(pages, 3);
  assert.deepEqual(seen.sort(), ['Encounter/e1', 'Observation/o0', 'Observation/o1', 'Observation/o2', 'Patient/p1']);
  const foreign = await server.request('GET', '/Patient/p2/$everything?_count=2&_cursor=abc');
  assert.deepEqual([foreign.status, foreign.code], [400, 'page-link-invalid']);
});

test('other forms of it: XML, pretty, a summary, compressed, in a batch', async () => {
  const xml = await server.request('GET', '/Patient/p1/$everything?_format=xml');
  assert.match(xml.text, /<Bundle xmlns="http:\/\/hl7.org\/fhir">.*<fullUrl value="[^"]+\/Observation\/o2"\/>/s);
  const summary = entriesIn(await server.request('GET', '/Patient/p1/$everything?_elements=id&_pretty=true'));
  assert.ok(summary.every(({ resource }) => !('subject' in resource)));
  const { url } = server;
  const response = await fetch(`${url}/Patient/p1/$everything`, {
    headers: { authorization: `Bearer ${await server.sso.token()}`, 'accept-encoding': 'gzip' },
  });
  assert.equal(response.headers.get('content-encoding'), 'gzip');
  assert.equal(((await response.json()) as { entry: unknown[] }).entry.length, 6);
  const batch = await send(server, 'batch', [{ request: { method: 'GET', url: 'Patient/p1/$everything' } }]);
  const [entry] = batch.json['entry'] as [{ resource: { entry: unknown[] } }];
  assert.equal(entry.resource.entry.length, 6);
});

test('who may not see a type does not get it', async () => {
  const token = await server.sso.token({ scope: 'system/Patient.rs system/Encounter.rs' });
  const reply = await server.request('GET', '/Patient/p1/$everything', { token });
  assert.deepEqual(namesIn(reply), ['Encounter/e1', 'Patient/p1']);
  const none = await server.sso.token({ scope: 'system/Observation.rs' });
  assert.equal((await server.request('GET', '/Patient/p1/$everything', { token: none })).status, 403);
  const own = await server.sso.token({ scope: 'patient/*.rs', patient: 'p1' });
  assert.ok(namesIn(await server.request('GET', '/Patient/p1/$everything', { token: own })).includes('Observation/o1'));
  assert.equal((await server.request('GET', '/Patient/p2/$everything', { token: own })).status, 404);
});

test('what is not there, and what is not understood', async () => {
  for (const [path, code] of [
    ['/Patient/nobody/$everything', 'resource-not-found'],
    ['/Observation/o1/$everything', 'operation-unknown'],
    ['/Encounter/$everything', 'operation-unknown'],
    ['/Patient/$everything?start=yesterday', 'parameter-invalid'],
    ['/Patient/p1/$everything?start=yesterday', 'parameter-invalid'],
    ['/Patient/p1/$everything?end=2026-13', 'parameter-invalid'],
    ['/Patient/p1/$everything?_since=x', 'parameter-invalid'],
    ['/Patient/p1/$everything?_type=Pateint', 'parameter-invalid'],
    ['/Patient/p1/$everything?_count=0', 'parameter-invalid'],
    ['/Patient/p1/$everything?_count=1&_count=2', 'parameter-invalid'],
    ['/Patient/p1/$everything?graph=x', 'parameter-unknown'],
    ['/Encounter/e1/$everything?start=2026', 'parameter-unknown'],
  ] as const) {
    assert.equal((await server.request('GET', path)).code, code, path);
  }
});

test('1,000 resources: the first of them come soon, and all come', async () => {
  await send(server, 'transaction', [
    put('big'),
    ...Array.from({ length: 999 }, (_, n) =>
      post(observation('Patient/big', { effectiveDateTime: `2026-01-01T00:00:${String(n % 60).padStart(2, '0')}Z` })),
    ),
  ]);
  const authorization = `Bearer ${await server.sso.token()}`;
  await fetch(`${server.url}/Patient/big/$everything`, { headers: { authorization } }).then((response) =>
    response.text(),
  );
  let first = Infinity;
  // Other work on the machine can spoil an attempt.
  for (let attempt = 0; attempt < 5 && first >= 1_000; attempt += 1) {
    const begin = performance.now();
    const response = await fetch(`${server.url}/Patient/big/$everything`, { headers: { authorization } });
    const reader = response.body!.getReader();
    const parts = [(await reader.read()).value!];
    first = performance.now() - begin;
    for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value);
    const { entry } = JSON.parse(Buffer.concat(parts).toString()) as { entry: unknown[] };
    assert.equal(entry.length, 1000);
    assert.ok(parts.length > 2, 'it comes in parts');
  }
  assert.ok(first < 1_000, `${first} ms to the first byte`);
});

test('without an id it is refused where the patients are too many, with what to do instead', async () => {
  const many = Array.from({ length: 101 }, (_, n) => put(`many-${String(n)}`));
  assert.equal((await send(server, 'transaction', many)).status, 200);
  const reply = await server.request('GET', '/Patient/$everything');
  assert.deepEqual([reply.status, reply.code], [422, 'operation-too-costly']);
  assert.match(reply.text, /more than 100 patients. Invoke it on one: Patient\/\{id\}\/\$everything/);
  const own = await server.sso.token({ scope: 'patient/*.rs', patient: 'many-7' });
  assert.deepEqual(namesIn(await server.request('GET', '/Patient/$everything', { token: own })), ['Patient/many-7']);
});
