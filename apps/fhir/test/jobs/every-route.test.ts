/** Every route that may be deferred, by callers with different rights: the later answer equals the immediate one. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { mayBeDeferred, mayWrite, type Route } from '../../src/contract/route.ts';
import { routes } from '../../src/routes.ts';
import { entriesOf, observation, put, send } from '../bundles.ts';
import { baseUrl, startServer, type Reply, type RequestOptions, type TestServer } from '../environment.ts';
import { fast } from './pace.ts';

let server: TestServer;
before(async () => {
  server = await startServer({ requireIfMatch: false, jobs: { pace: fast } });
  const reply = await send(server, 'transaction', [
    put('p1'),
    put('p2'),
    ...['p1', 'p2'].map((patient) => ({
      resource: observation(`Patient/${patient}`, { id: `of-${patient}` }),
      request: { method: 'PUT', url: `Observation/of-${patient}` },
    })),
  ]);
  assert.equal(reply.status, 200, reply.text);
});
after(() => server.close());

const callers: Readonly<Record<string, Record<string, unknown>>> = {
  'a system': { scope: 'system/*.cruds' },
  'a system with one type': { scope: 'system/Observation.rs' },
  'a system with a query': { scope: 'system/*.rs?_id=p1' },
  'a patient': { scope: 'patient/*.rs', patient: 'p1' },
  'a health worker': { scope: 'user/*.rs', fhirUser: `${baseUrl}/Practitioner/d`, policies: ['user/Observation.rs'] },
};

const deferrable = routes.filter(mayBeDeferred);

function requestOf({ method, path, types = ['Patient'], interaction }: Route): [path: string, options: RequestOptions] {
  const place = path
    .replace(':compartment', 'Patient')
    .replace(':type', path.includes(':compartment') ? 'Observation' : types[0]!)
    .replace(':id', 'p1')
    .replace(':versionId', '1');
  if (method === 'GET') return [place, {}];
  const isForm = interaction.startsWith('search');
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/fhir+json';
  return [place, { headers: { 'content-type': type }, body: isForm ? '_sort=_id' : '{"resourceType":"Parameters"}' }];
}

/** Returns the content of an answer: the status, and the resource without values that differ in each answer. */
function told(status: number, resource: unknown): unknown {
  const text = JSON.stringify(resource ?? null, (name, value: unknown) => {
    if (name === 'id' && typeof value === 'string' && /^[\da-f-]{36}$/.test(value)) return undefined;
    if (name === 'timestamp' || name === 'date' || name === 'lastUpdated' || name === 'created') return undefined;
    return typeof value === 'string'
      ? value.replace(/[\da-f]{8}-[\da-f-]{27}/g, 'ID').replace(/_cursor=[^&]*/, '')
      : value;
  });
  return [status, JSON.parse(text)];
}

async function later(method: string, path: string, options: RequestOptions): Promise<Reply> {
  const first = await server.request(method, path, {
    ...options,
    headers: { ...options.headers, prefer: 'respond-async' },
  });
  if (first.status !== 202) return first;
  const place = first.headers.get('content-location')!.slice(baseUrl.length);
  for (;;) {
    // Bypasses the routes, which limit how often they may be asked.
    const [job] = await server.store.jobs.listJobs(1, place.slice('/$job/'.length));
    if (job?.state === 'ended') break;
    await delay(5);
  }
  const reply = await server.request('GET', place, { token: options.token ?? null });
  assert.equal(reply.status, 200, reply.text);
  assert.equal((await server.request('DELETE', place, { token: options.token ?? null })).status, 202);
  return reply;
}

describe('what comes later is what comes at once', () => {
  it('there are routes of all kinds', () => {
    const names = new Set(deferrable.map(({ interaction }) => interaction));
    for (const name of ['read', 'vread', 'search-type', 'history-instance', '$everything', '$validate', '$expand'])
      assert.ok(names.has(name), name);
    assert.deepEqual(
      deferrable.filter((route) => mayWrite(route) && !route.path.endsWith('/_search')),
      [],
    );
    assert.ok(deferrable.length > 40, String(deferrable.length));
  });

  for (const [name, claims] of Object.entries(callers))
    it(name, async () => {
      const token = await server.sso.token(claims);
      let deferred = 0;
      for (const route of deferrable) {
        const [path, options] = requestOf(route);
        const at = await server.request(route.method, path, { ...options, token });
        const reply = await later(route.method, path, { ...options, token });
        const [entry] = reply.json['type'] === 'batch-response' ? entriesOf(reply) : [];
        if (entry !== undefined) deferred += 1;
        const status = entry === undefined ? reply.status : Number(entry.response.status.slice(0, 3));
        const body = entry === undefined ? reply.json : (entry.resource ?? entry.response.outcome);
        assert.deepEqual(told(status, body), told(at.status, at.json), `${route.method} ${path}`);
      }
      assert.ok(deferred > 10, String(deferred));
    });
});
