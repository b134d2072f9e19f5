import assert from 'node:assert/strict';
import { recordTypes } from '../src/access/patient-access.ts';
import { after, before, test } from 'node:test';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import type { Answer } from '../src/contract/answer.ts';
import type { Presentation } from '../src/contract/presentation.ts';
import { LastingBytes } from '../src/contract/lasting-bytes.ts';
import { largeText } from '../src/presentation/converter.ts';
import { presentApart } from '../src/presentation/present.ts';
import { fhirJson } from '../src/http/respond.ts';
import { endpointTypes, routes } from '../src/routes.ts';

let server: TestServer;
before(async () => {
  server = await startServer();
});
after(() => server.close());

interface Statement {
  rest: [
    {
      security: Record<string, unknown>;
      resource: { type: string; interaction: { code: string }[]; versioning: string }[];
    },
  ];
}

test('/metadata needs no token and describes this server', async () => {
  const reply = await server.request('GET', '/metadata', { token: null });
  assert.equal(reply.status, 200);
  assert.equal(reply.headers.get('content-type'), 'application/fhir+json; charset=utf-8');
  const { rest, software, implementation, ...head } = reply.json;
  assert.deepEqual(
    [head['resourceType'], head['fhirVersion'], head['kind'], head['status']],
    ['CapabilityStatement', '5.0.0', 'instance', 'active'],
  );
  assert.deepEqual(head['format'], ['json', 'application/fhir+json', 'xml', 'application/fhir+xml']);
  assert.equal((implementation as { url: string }).url, baseUrl);
  assert.ok((software as { version: string }).version);
  assert.equal((rest as unknown[]).length, 1);
});

test('it declares an interaction when, and only when, there is a route for it', async () => {
  const { json } = await server.request('GET', '/metadata');
  const [{ resource }] = (json as unknown as Statement).rest;
  // Operations and conditional forms are declared elsewhere.
  const own = routes.filter(
    ({ path, interaction }) => path.startsWith('/:type') && /^(?![$]|conditional)/.test(interaction),
  );
  const served = [...new Set(own.map(({ interaction }) => interaction))].sort();
  assert.deepEqual(
    resource.map(({ type }) => type),
    [...endpointTypes],
  );
  for (const { type, interaction, versioning } of resource) {
    const isKept = recordTypes.has(type);
    const possible = served.filter((code) => !(isKept && (code === 'patch' || code === 'delete')));
    assert.deepEqual(interaction.map(({ code }) => code).sort(), possible, type);
    assert.equal(versioning, 'versioned-update');
  }
});

test('what the system as a whole can do is declared when, and only when, there is a route for it', async () => {
  const { json } = await server.request('GET', '/metadata');
  const [{ interaction }] = (json as unknown as { rest: [{ interaction: { code: string }[] }] }).rest;
  const codes = ['transaction', 'batch', 'search-system', 'history-system'];
  const served = new Set(routes.flatMap((route) => route.interaction.split('/')));
  assert.deepEqual(
    interaction.map(({ code }) => code),
    codes.filter((code) => served.has(code)),
  );
  assert.ok(served.has('transaction') && served.has('batch') && served.has('history-system'));
});

test('security names SMART, OAuth and the endpoints of the SSO', async () => {
  const { json } = await server.request('GET', '/metadata');
  const [{ security }] = (json as unknown as Statement).rest;
  const services = security['service'] as { coding: [{ code: string }] }[];
  assert.deepEqual(
    services.map(({ coding }) => coding[0].code),
    ['SMART-on-FHIR', 'OAuth'],
  );
  const [oauth] = security['extension'] as [{ extension: { url: string; valueUri: string }[] }];
  const { issuer } = server.sso;
  assert.deepEqual(Object.fromEntries(oauth.extension.map(({ url, valueUri }) => [url, valueUri])), {
    token: `${issuer}/oauth/token`,
    authorize: `${issuer}/oauth/authorize`,
  });
});

test('it can be cached, and is one statement only', async () => {
  const first = await server.request('GET', '/metadata');
  const etag = first.headers.get('etag') ?? '';
  assert.match(first.headers.get('cache-control') ?? '', /max-age=\d+/);
  assert.equal((await server.request('GET', '/metadata', { headers: { 'if-none-match': etag } })).status, 304);
  assert.equal((await server.request('GET', '/metadata?mode=full')).status, 200);
  for (const mode of ['something', '', 'full&mode=full']) {
    const reply = await server.request('GET', `/metadata?mode=${mode}`);
    assert.equal(reply.status, 400, mode);
    assert.equal(reply.code, 'parameter-invalid');
  }
  assert.equal(first.headers.get('access-control-allow-origin'), '*');
});

test('the modes: the normative part comes with the whole, terminology as TerminologyCapabilities', async () => {
  const full = await server.request('GET', '/metadata');
  assert.equal((await server.request('GET', '/metadata?mode=normative')).text, full.text);
  const terminology = await server.request('GET', '/metadata?mode=terminology', { token: null });
  assert.equal(terminology.status, 200);
  const { resourceType, kind, status, url } = terminology.json;
  assert.deepEqual([resourceType, kind, status], ['TerminologyCapabilities', 'instance', 'active']);
  assert.equal(url, `${baseUrl}/metadata?mode=terminology`);
  assert.notEqual(terminology.headers.get('etag'), full.headers.get('etag'));
});

test('the formats of patches are declared', async () => {
  const { json } = await server.request('GET', '/metadata');
  const formats = ['application/json-patch+json', 'application/fhir+json', 'application/fhir+xml'];
  assert.deepEqual(json['patchFormat'], formats);
});

test('META-08 META-11 smart-configuration is JSON for everybody', async () => {
  for (const accept of ['*/*', 'text/html', 'application/fhir+xml']) {
    const headers = { accept, origin: 'https://any.example' };
    const reply = await server.request('GET', '/.well-known/smart-configuration', { token: null, headers });
    assert.equal(reply.status, 200, accept);
    assert.match(reply.headers.get('content-type') ?? '', /^application\/json/);
    assert.equal(reply.headers.get('access-control-allow-origin'), '*');
  }
});

test('META-09 META-10 smart-configuration names the SSO and what works', async () => {
  const { json } = await server.request('GET', '/.well-known/smart-configuration');
  const { issuer } = server.sso;
  assert.equal(json['issuer'], issuer);
  assert.equal(json['jwks_uri'], `${issuer}/oauth/jwks`);
  assert.equal(json['token_endpoint'], `${issuer}/oauth/token`);
  assert.equal(json['authorization_endpoint'], `${issuer}/oauth/authorize`);
  assert.deepEqual(json['code_challenge_methods_supported'], ['S256']);
  assert.ok((json['grant_types_supported'] as string[]).includes('client_credentials'));
  assert.ok((json['capabilities'] as string[]).includes('permission-v2'));
  assert.ok((json['scopes_supported'] as string[]).includes('system/bulk-submit'));
});

const ask = (query: string): Promise<Reply> => server.request('GET', `/metadata?${query}`, { token: null });

test('_type leaves out the other types, and what it leaves is as it is in the whole', async () => {
  const whole = await server.request('GET', '/metadata');
  const [{ resource }] = (whole.json as unknown as Statement).rest;
  const some = await ask('_type=Observation,Patient');
  assert.equal(some.status, 200);
  const { meta, rest, ...head } = some.json as unknown as Statement & { meta: { tag: { code: string }[] } };
  assert.deepEqual(
    meta.tag.map(({ code }) => code),
    ['SUBSETTED'],
  );
  assert.deepEqual(
    rest[0].resource,
    resource.filter(({ type }) => ['Observation', 'Patient'].includes(type)),
  );
  const { rest: _, ...wholeHead } = whole.json;
  assert.deepEqual(head, wholeHead);
  const { resource: __, ...server1 } = rest[0];
  const { resource: ___, ...server2 } = (whole.json as unknown as Statement).rest[0];
  assert.deepEqual(server1, server2);
  assert.ok(some.text.length * 5 < whole.text.length, `${some.text.length} of ${whole.text.length}`);
  const etag = some.headers.get('etag') ?? '';
  assert.notEqual(etag, whole.headers.get('etag'));
  const headers = { 'if-none-match': etag };
  assert.equal((await server.request('GET', '/metadata?_type=Patient,Observation', { headers })).status, 304);
  assert.equal((await server.request('GET', '/metadata?_type=Patient&_type=Observation')).text, some.text);
  assert.match((await ask('_type=Patient&_format=xml')).text, /<type value="Patient"\/>/);
});

test('a type or an element that there is not is refused, with the nearest name', async () => {
  for (const [query, told] of [
    ['_type=Pateint', /Did you mean Patient\?/],
    ['_type=observation', /Did you mean Observation\?/],
    ['_type=', /_type/],
    ['_type=Parameters', /Parameters/],
    ['_elements=rests', /CapabilityStatement/],
    ['_elements=expansion', /CapabilityStatement/],
    ['mode=terminology&_elements=rest', /TerminologyCapabilities/],
    ['mode=terminology&_type=Patient', /_type/],
  ] as const) {
    const reply = await ask(query);
    assert.deepEqual([reply.status, reply.code], [400, 'parameter-invalid'], query);
    assert.match(reply.diagnostics, told, query);
  }
  assert.equal((await ask('types=Patient')).code, 'parameter-unknown');
});

test('_elements shows these alone, of either statement', async () => {
  const software = await ask('_elements=software,fhirVersion');
  assert.deepEqual(Object.keys(software.json).sort(), [
    'date',
    'fhirVersion',
    'format',
    'kind',
    'meta',
    'resourceType',
    'software',
    'status',
  ]);
  assert.ok(software.text.length < 2000, `${software.text.length} bytes`);
  const both = await ask('_elements=rest&_type=Patient');
  const [{ resource }] = (both.json as unknown as Statement).rest;
  assert.deepEqual(
    resource.map(({ type }) => type),
    ['Patient'],
  );
  assert.equal((await ask('mode=terminology&_elements=expansion')).status, 200);
});

test('other forms of a large statement are made in another thread: lists of elements for each request, others once', async () => {
  const text = JSON.stringify({ resourceType: 'Basic', language: 'x'.repeat(largeText) });
  const lasting = new LastingBytes(Buffer.from(text));
  const answer = { status: 200, headers: { 'content-type': fhirJson }, body: lasting.bytes, lasting };
  const names = new Set(['language']);
  const bytes = new Uint8Array(Buffer.from('{}'));
  let made = 0;
  const convertApart = (): Promise<{ bytes: typeof bytes; work: number }> => {
    made += 1;
    return Promise.resolve({ bytes, work: 0 });
  };
  const shown = (presentation: Presentation): Answer | Promise<Answer> =>
    presentApart(answer, presentation, { convertApart, budget: undefined });
  const elements = { kind: 'elements', names, ofTypes: new Map() } as const;
  for (let n = 1; n < 3; n += 1) {
    const some = await shown({ format: 'json', isPretty: false, subset: elements });
    assert.deepEqual([some.body?.toString(), some.lasting, made], ['{}', undefined, n]);
  }
  for (let n = 0; n < 2; n += 1) {
    const pretty = await shown({ format: 'json', isPretty: true });
    assert.deepEqual([pretty.body?.toString(), pretty.lasting?.bytes.toString(), made], ['{}', '{}', 3]);
  }
});

test('what is kept of a statement counts with all that was made of it', () => {
  const lasting = new LastingBytes(Buffer.alloc(5));
  const form = new LastingBytes(Buffer.alloc(7));
  lasting.forms.set('xml', form);
  lasting.compressed.set('br', Buffer.alloc(2));
  form.compressed.set('gzip', Buffer.alloc(3));
  assert.equal(lasting.size, 17);
});
