/** `Prefer: respond-async`: a job instead of an answer, with the rights of the requester. https://hl7.org/fhir/R5/async.html */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { FhirOptions } from '../../src/index.ts';
import { codeOf, entriesOf, observation, put, send } from '../bundles.ts';
import { baseUrl, patient, startServer, type Reply, type RequestOptions, type TestServer } from '../environment.ts';
import { fast } from './pace.ts';

/** Does jobs. */
let server: TestServer;
/** Accepts jobs of the same database and carries out none. */
let front: TestServer;
before(async () => {
  let url = '';
  front = await startServer({ requireIfMatch: false, jobs: { works: false } }, (given) => (url = given));
  server = await startServer({ ...sameSso(), requireIfMatch: false, jobs: { pace: fast } }, () => url);
  own = await front.sso.token();
  const reply = await send(front, 'transaction', [
    put('p1'),
    put('p2'),
    ...Array.from({ length: 5 }, (_, n) => ({
      resource: observation('Patient/p1', { id: `o${String(n)}` }),
      request: { method: 'PUT', url: `Observation/o${String(n)}` },
    })),
  ]);
  assert.equal(reply.status, 200, reply.text);
});
after(async () => {
  await server.close();
  await front.close();
});

function sameSso(): Partial<FhirOptions> {
  const { issuer, jwksUri, revocationsUri: uri, revocationsKey: key } = front.sso;
  return { issuer, jwksUri, revocations: { uri, key, every: 50 } };
}

/** The token of the client if a test names no other. */
let own = '';

function ask(method: string, path: string, options: RequestOptions = {}): Promise<Reply> {
  return server.request(method, path, { token: own, ...options });
}

const asynchronously = { prefer: 'respond-async' };

/** Defers a request at the server that carries out no jobs. @returns the address of the job, relative to the base URL */
async function defer(path: string, options: RequestOptions & { method?: string } = {}): Promise<string> {
  const { method = 'GET', ...rest } = options;
  const reply = await front.request(method, path, { ...rest, headers: { ...asynchronously, ...options.headers } });
  assert.equal(reply.status, 202, reply.text);
  assert.equal(reply.text, '');
  assert.equal(reply.headers.get('preference-applied'), 'respond-async');
  const place = reply.headers.get('content-location') ?? '';
  assert.match(place, /^https:\/\/playground\.test\/fhir\/\$job\/[\da-f-]{36}$/);
  return place.slice(baseUrl.length);
}

/** Polls a job as a client should, until it has ended. */
async function ended(place: string, options: RequestOptions = {}): Promise<Reply> {
  for (const end = performance.now() + 30_000; performance.now() < end;) {
    const reply = await ask('GET', place, options);
    if (reply.status !== 202) return reply;
    assert.ok(Number(reply.headers.get('retry-after')) >= 1);
    assert.match(reply.headers.get('x-progress') ?? '', /^(waiting|running, \d+\.\d MB made)/);
    await delay(300);
  }
  assert.fail('the job does not end');
}

async function outcomeOf(place: string, options: RequestOptions = {}): Promise<ReturnType<typeof entriesOf>[number]> {
  const reply = await ended(place, options);
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual([reply.json['resourceType'], reply.json['type']], ['Bundle', 'batch-response']);
  assert.match(reply.headers.get('content-type') ?? '', /^application\/fhir\+json/);
  const [entry, ...more] = entriesOf(reply);
  assert.ok(entry !== undefined && more.length === 0);
  return entry;
}

describe('what is answered later is what is answered at once', () => {
  for (const path of [
    '/Patient/p1/$everything',
    '/Patient/p1/$everything?_type=Observation',
    '/Observation?subject=Patient/p1&_sort=_id',
    '/Patient/p1',
    '/Patient/p1/_history',
    '/Observation?_summary=count',
    '/Patient/p1?_elements=active',
  ])
    it(path, async () => {
      const at = await ask('GET', path);
      const { resource, response } = await outcomeOf(await defer(path));
      assert.equal(response.status, '200 OK');
      assert.deepEqual(resource, at.json);
      assert.ok(at.headers.get('etag') === null || response.etag === at.headers.get('etag'));
    });

  it('a search that is sent as a form', async () => {
    const options = { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'subject=Patient/p1' };
    const at = await ask('POST', '/Observation/_search', options);
    const { resource } = await outcomeOf(await defer('/Observation/_search', { method: 'POST', ...options }));
    assert.deepEqual(resource?.['entry'], at.json['entry']);
  });

  it('$validate of a large Bundle, sent as JSON or as XML', async () => {
    const resource = {
      resourceType: 'Bundle',
      type: 'collection',
      entry: Array.from({ length: 300 }, () => ({ resource: patient() })),
    };
    const body = JSON.stringify({ ...resource, wrong: true });
    const headers = { 'content-type': 'application/fhir+json' };
    const at = await ask('POST', '/Bundle/$validate', { headers, body });
    assert.equal(at.status, 200, at.text);
    assert.deepEqual(
      (await outcomeOf(await defer('/Bundle/$validate', { method: 'POST', headers, body }))).resource,
      at.json,
    );
    const xml = {
      headers: { 'content-type': 'application/fhir+xml' },
      body: '<Patient xmlns="http://hl7.org/fhir"><active value="true"/><gender value="unheard"/></Patient>',
    };
    const inXml = await ask('POST', '/Patient/$validate', xml);
    assert.deepEqual(
      (await outcomeOf(await defer('/Patient/$validate', { method: 'POST', ...xml }))).resource,
      inXml.json,
    );
  });

  it('as XML, where whoever asks takes that', async () => {
    const place = await defer('/Patient/p1', { headers: { accept: 'application/fhir+xml' } });
    await ended(place);
    const reply = await ask('GET', place, { headers: { accept: 'application/fhir+xml' } });
    assert.match(reply.headers.get('content-type') ?? '', /^application\/fhir\+xml/);
    assert.match(reply.text, /<type value="batch-response"\/>.*<Patient.*<status value="200 OK"\/>/s);
  });

  it('a table, as a Binary, in the form that is asked for', async () => {
    const select = [{ column: [{ name: 'id', path: 'getResourceKey()', type: 'id' }] }];
    const resource = { resourceType: 'ViewDefinition', status: 'active', resource: 'Patient', select };
    const body = JSON.stringify({ resourceType: 'Parameters', parameter: [{ name: 'viewResource', resource }] });
    for (const [path, accept] of [
      ['/$viewdefinition-run?_format=csv', '*/*'],
      ['/$viewdefinition-run', 'text/csv'],
      ['/$viewdefinition-run', 'application/x-ndjson'],
    ] as const) {
      const options = { headers: { 'content-type': 'application/fhir+json', accept }, body };
      const at = await ask('POST', path, options);
      assert.match(at.text, /p1/);
      const { resource: made } = await outcomeOf(await defer(path, { method: 'POST', ...options }));
      assert.deepEqual([made?.['resourceType'], made?.['contentType']], ['Binary', at.headers.get('content-type')]);
      assert.equal(Buffer.from(String(made?.['data']), 'base64').toString(), at.text);
    }
  });

  it('a refusal is in the Bundle', async () => {
    const entry = await outcomeOf(await defer('/Patient/nobody/$everything'));
    assert.equal(entry.response.status, '404 Not Found');
    assert.equal(codeOf(entry), 'resource-not-found');
  });
});

describe('what is answered at once all the same', () => {
  it('what writes', async () => {
    for (const prefer of ['respond-async', 'respond-async, return=minimal', 'return=minimal; respond-async']) {
      const reply = await front.write('POST', '/Patient', patient(), { prefer });
      assert.equal(reply.status, 201, reply.text);
    }
  });

  it('entries of a Bundle, HEAD, what is public, and what does not ask for it', async () => {
    const batch = await send(front, 'batch', [{ request: { method: 'GET', url: 'Patient/p1' } }], asynchronously);
    assert.equal(entriesOf(batch)[0]?.response.status, '200 OK');
    assert.equal((await front.request('HEAD', '/Patient/p1', { headers: asynchronously })).status, 200);
    assert.equal((await front.request('GET', '/metadata', { headers: asynchronously })).status, 200);
    for (const prefer of ['respond-asynchronously', 'x=respond-async', 'handling=strict'])
      assert.equal((await front.request('GET', '/Patient/p1', { headers: { prefer } })).status, 200, prefer);
  });

  it('what is open to everybody, without a token', async () => {
    const open = await startServer({ requireIfMatch: false, openTerminology: true, jobs: { works: false } });
    try {
      const asked = { token: null, headers: asynchronously };
      assert.equal((await open.request('GET', '/CodeSystem', asked)).status, 200);
      assert.equal((await open.request('GET', '/CodeSystem', { headers: asynchronously })).status, 202);
    } finally {
      await open.close();
    }
  });

  it('all, at a server without jobs', async () => {
    const plain = await startServer({ requireIfMatch: false });
    try {
      const reply = await plain.request('GET', '/Patient', { headers: asynchronously });
      assert.deepEqual([reply.status, reply.json['resourceType']], [200, 'Bundle']);
      const none = await plain.request('GET', `/$job/${crypto.randomUUID()}`);
      assert.deepEqual([none.status, none.code], [404, 'job-unknown']);
    } finally {
      await plain.close();
    }
  });

  it('what is refused: no job is made of it', async () => {
    const token = await front.sso.token({ scope: 'system/Patient.rs' });
    assert.equal((await front.request('GET', '/Observation', { token, headers: asynchronously })).status, 403);
    assert.equal((await front.request('GET', '/Patient', { token: null, headers: asynchronously })).status, 401);
    assert.equal((await front.request('GET', '/Patient/p1?colour=red', { headers: asynchronously })).status, 400);
  });
});

describe('however the preference is written', () => {
  for (const prefer of [
    ...['handling=strict; respond-async', 'handling=strict respond-async', 'respond-async respond-async'],
    ...['x;respond-async;wait=5', 'wait=5,Respond-Async'],
  ])
    it(prefer, async () => {
      const token = await front.sso.token({ client_id: 'w', sub: 'w' });
      const { resource, response } = await outcomeOf(await defer('/Patient/p1', { token, headers: { prefer } }), {
        token,
      });
      assert.deepEqual([response.status, resource?.['id']], ['200 OK', 'p1']);
    });
});

describe('a job belongs to who asked', () => {
  const scope = 'system/Patient.rs';
  const claims: Record<string, Record<string, unknown>> = {
    'another client': { client_id: 'other', sub: 'other', scope },
    'another person': { client_id: 'a', sub: 'somebody', scope },
    'fewer scopes': { client_id: 'a', sub: 'a', scope: 'system/Patient.r' },
    'more scopes': { client_id: 'a', sub: 'a', scope: 'system/*.rs' },
    'another patient': { client_id: 'a', sub: 'a', scope, patient: 'p2' },
    'another organisation': { client_id: 'a', sub: 'a', scope, organization: 'Organization/7' },
  };

  it('others neither see nor end it, before and after its end', async () => {
    const token = await front.sso.token({ client_id: 'a', sub: 'a', scope });
    const place = await defer('/Patient/p1', { token });
    const none = (await ask('GET', `/$job/${crypto.randomUUID()}`, { token })).sentence;
    for (const when of ['before', 'after']) {
      for (const [whose, other] of Object.entries(claims)) {
        for (const method of ['GET', 'DELETE']) {
          const reply = await ask(method, place, { token: await front.sso.token(other) });
          assert.deepEqual(
            [reply.status, reply.code, reply.sentence],
            [404, 'job-unknown', none],
            `${whose} ${method} ${when}`,
          );
        }
      }
      const again = await front.sso.token({ client_id: 'a', sub: 'a', scope, jti: 'another token' });
      assert.equal((await outcomeOf(place, { token: again })).resource?.['id'], 'p1');
    }
    assert.equal((await ask('GET', place, { token: null })).status, 401);
  });

  it('who has them gets a list of them, the newest first, and nobody else', async () => {
    const own = { client_id: 'lists', sub: 'lists', scope };
    const list = async (token: string | null): Promise<Record<string, unknown>[]> => {
      const reply = await ask('GET', '/$job', { token });
      assert.equal(reply.status, 200, reply.text);
      assert.equal(reply.json['resourceType'], 'Parameters');
      const jobs = (reply.json['parameter'] ?? []) as { name: string; part: Record<string, unknown>[] }[];
      return jobs.map(({ part }) =>
        Object.fromEntries(part.map(({ name, ...value }) => [String(name), Object.values(value)[0]])),
      );
    };
    const token = await front.sso.token(own);
    assert.deepEqual(await list(token), []);
    const first = await defer('/Patient/p1', { token });
    await outcomeOf(first, { token });
    const second = await defer('/Patient?_id=p1&_sort=_id', { token });
    await outcomeOf(second, { token });
    const [newest, oldest, ...more] = await list(await front.sso.token({ ...own, jti: 'another token' }));
    assert.deepEqual(more, []);
    assert.deepEqual([newest?.['location'], oldest?.['location']], [`${baseUrl}${second}`, `${baseUrl}${first}`]);
    assert.deepEqual([newest?.['kind'], newest?.['state']], ['request', 'ended']);
    assert.equal(newest?.['request'], `GET ${baseUrl}/Patient?_id=p1&_sort=_id`);
    assert.match(String(newest['asked']), /^\d{4}-\d\d-\d\dT/);
    for (const other of Object.values(claims))
      assert.deepEqual(
        await list(await front.sso.token(other)).then((all) =>
          all.filter(({ location }) => location === `${baseUrl}${first}`),
        ),
        [],
      );
    assert.deepEqual(await list(await front.sso.token({ ...own, scope: 'system/*.rs' })), [], 'other scopes');
    assert.equal((await ask('GET', '/$job', { token: null })).status, 401);
    assert.equal((await ask('GET', '/$job?client=a', { token })).code, 'parameter-unknown');
    assert.equal((await ask('DELETE', first, { token })).status, 202);
    assert.deepEqual(
      (await list(token)).map(({ location }) => location),
      [`${baseUrl}${second}`],
    );
  });

  it('an id that is none is unknown too', async () => {
    for (const id of ['x', '1', crypto.randomUUID().toUpperCase(), `${crypto.randomUUID()}x`])
      for (const method of ['GET', 'DELETE']) assert.equal((await ask(method, `/$job/${id}`)).code, 'job-unknown', id);
  });
});

describe('rights are those at the time of the run', () => {
  async function deferred(claims: Record<string, unknown>, path = '/Patient/p1'): Promise<string> {
    // The only server that does jobs is busy with nothing, so the job is held back until its rights have changed.
    await server.store.jobs.listJobs(1);
    return defer(path, { token: await front.sso.token(claims) });
  }

  it('a token that was revoked, or has ended, is of no use', async () => {
    const alone = await startServer({ ...sameSso(), requireIfMatch: false, jobs: { works: false } });
    const later: TestServer[] = [alone];
    try {
      const claims = { client_id: 'r', sub: 'r' };
      const revoked = await alone.request('GET', '/Patient', {
        token: await front.sso.token({ ...claims, jti: 'j1' }),
        headers: asynchronously,
      });
      const now = Math.floor(Date.now() / 1000);
      const short = { ...claims, iat: now - 3_600, exp: now + 2 };
      const over = await alone.request('GET', '/Patient', {
        token: await front.sso.token(short),
        headers: asynchronously,
      });
      assert.deepEqual([revoked.status, over.status], [202, 202]);
      front.sso.revoke('jti:j1');
      await delay(2_500);
      const url = alone.ownerUrl;
      later.unshift(await startServer({ ...sameSso(), requireIfMatch: false, jobs: { pace: fast } }, () => url));
      const token = await front.sso.token({ ...claims, jti: 'j2' });
      for (const [reply, code] of [
        [revoked, 'token-revoked'],
        [over, 'token-expired'],
      ] as const) {
        const place = reply.headers.get('content-location')!.slice(baseUrl.length);
        for (;;) {
          const seen = await later[0]!.request('GET', place, { token });
          await delay(300);
          if (seen.status === 202) continue;
          assert.equal(entriesOf(seen)[0]?.response.status, '401 Unauthorized', seen.text);
          assert.equal(codeOf(entriesOf(seen)[0]), code);
          break;
        }
      }
    } finally {
      for (const each of later) await each.close();
    }
  });

  it('what may be seen is decided as at once', async () => {
    const claims = { client_id: 'n', sub: 'n', scope: 'patient/*.rs', patient: 'p2' };
    const token = await front.sso.token(claims);
    const entry = await outcomeOf(await deferred(claims, '/Observation'), { token });
    assert.equal(entry.resource?.['total'] ?? 0, 0);
    assert.equal((await outcomeOf(await deferred(claims, '/Patient/p1'), { token })).response.status, '404 Not Found');
  });
});

describe('DELETE and limits', () => {
  it('a job that is deleted is gone, whether it has ended or not', async () => {
    const token = await front.sso.token({ client_id: 'd', sub: 'd' });
    const place = await defer('/Patient/p1', { token });
    await ended(place, { token });
    assert.equal((await ask('DELETE', place, { token })).status, 202);
    assert.equal((await ask('GET', place, { token })).code, 'job-unknown');
    assert.equal((await ask('DELETE', place, { token })).code, 'job-unknown');
  });

  it('too many jobs, and looks without a pause, are 429 with Retry-After', async () => {
    const alone = await startServer({ requireIfMatch: false, jobs: { works: false, open: 2 } });
    try {
      const places: string[] = [];
      for (let n = 0; n < 2; n += 1) {
        const reply = await alone.request('GET', '/Patient', { headers: asynchronously });
        places.push(reply.headers.get('content-location')!.slice(baseUrl.length));
      }
      const many = await alone.request('GET', '/Patient', { headers: asynchronously });
      assert.deepEqual([many.status, many.code, many.headers.get('retry-after')], [429, 'too-many-requests', '10']);
      const looks = await Promise.all([1, 2, 3].map(() => alone.request('GET', places[0]!)));
      assert.deepEqual(looks.map(({ status }) => status).sort(), [202, 429, 429]);
      assert.equal((await alone.request('DELETE', places[0]!)).status, 202);
      assert.equal((await alone.request('GET', '/Patient', { headers: asynchronously })).status, 202);
    } finally {
      await alone.close();
    }
  });

  it('the address takes GET and DELETE, and no parameters', async () => {
    const place = await defer('/Patient/p1');
    assert.equal((await ask('POST', place)).status, 405);
    assert.equal((await ask('GET', `${place}?x=1`)).code, 'parameter-unknown');
    assert.equal((await ask('DELETE', place)).status, 202);
  });
});

describe('a verification', () => {
  it('that an operator has asked for is carried out by a server, and is no job of a caller', async () => {
    const { jobs } = server.store;
    const input = { share: 1 };
    const about = { client: 'dhp verify', about: 'verify', owner: Buffer.from('operators') };
    const job = { kind: 'verify', ...about, input, body: undefined, priority: 0 };
    const id = await jobs.addJob(job, { open: 1, kept: 10, bytes: 1 });
    assert.ok(id);
    assert.equal((await ask('GET', `/$job/${id}`)).status, 404);
    const end = performance.now() + 60_000;
    for (let status: number | null = null; status === null;) {
      assert.ok(performance.now() < end, 'it does not end');
      await delay(50);
      ({ status } = (await jobs.listJobs(1, id))[0]!);
      if (status !== null) assert.equal(status, 200);
    }
    const standing = await jobs.pollJob(id, about.owner);
    const { counts, resources } = standing?.outcome as { counts: object; resources: number };
    assert.deepEqual(counts, {});
    assert.ok(resources > 5, String(resources));
  });
});
