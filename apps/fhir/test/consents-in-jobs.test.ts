/**
 * Jobs and consents: each kind of job is requested before, during and after a consent refuses a record. The server carries out no jobs, so
 * the test decides when. The result follows the consents at that moment, regardless of those at the request, and agrees with a read at that
 * moment.
 */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { FhirOptions } from '../src/index.ts';
import { startAudited, type Audited } from './audit/audited.ts';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import { fast } from './jobs/pace.ts';
import { activatePolicies } from './policies.ts';
import { put } from './searches.ts';

const folder = join(tmpdir(), `dhp-consents-in-jobs-${crypto.randomUUID()}`);
const options: Partial<FhirOptions> = {
  ...{ requireIfMatch: false, validation: { level: 'off' }, exports: { folder } },
  imports: { allowedHosts: ['localhost'] },
};
const secret = 'a word of the record';
/** Asks. */
let server: Audited;
let url = '';
let clinic: string;
let ownToken: string;

before(async () => {
  server = await startAudited({ ...options, jobs: { works: false } }, (given) => (url = given));
  clinic = await server.sso.token({ scope: 'system/*.cruds dhp.bulk-delete', client_id: 'clinic', sub: 'clinic' });
  ownToken = await server.sso.token({ scope: 'patient/*.cruds', client_id: 'app', patient: 'p' });
  await put(server, { resourceType: 'Patient', id: 'p', language: 'uz' }, observation());
  await server.store.buildConsents();
  await activatePolicies(server, { others: 'as-scoped', rules: [], consent: 'enforced', purposes: ['TREAT'] });
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

function observation(more: object = {}): { resourceType: 'Observation'; id: string } {
  const known = { resourceType: 'Observation', id: 'o', status: 'final', code: { text: secret } } as const;
  return { ...known, ...{ subject: { reference: 'Patient/p' } }, ...more };
}

async function change(refuses: boolean): Promise<void> {
  const status = refuses ? 'active' : 'inactive';
  const body = { resourceType: 'Consent', id: 'k', status, decision: 'deny', subject: { reference: 'Patient/p' } };
  const headers = { 'content-type': 'application/fhir+json' };
  const reply = await server.request('PUT', '/Consent/k', { token: ownToken, headers, body: JSON.stringify(body) });
  assert.ok(reply.status < 300, reply.text);
}

async function isRead(): Promise<boolean> {
  const { status } = await server.request('GET', '/Observation/o', { token: clinic });
  assert.ok(status === 200 || status === 404);
  return status === 200;
}

const asks = (path: string): (() => Promise<Reply>) => {
  const headers = { prefer: 'respond-async', accept: 'application/fhir+json' };
  return () => server.request('GET', path, { token: clinic, headers });
};
const sends = (path: string, body: string, type = 'application/fhir+json'): (() => Promise<Reply>) => {
  const headers = { prefer: 'respond-async', 'content-type': type };
  return () => server.request('POST', path, { token: clinic, headers, body });
};
const isInText = ({ text }: Reply): boolean => text.includes(secret);

interface Kind {
  readonly begin: () => Promise<Reply>;
  /** Whether the record was seen by the job. */
  readonly sees: (ended: Reply) => boolean | Promise<boolean>;
}
let languages = 0;
const anew = (): string => `${JSON.stringify(observation({ implicitRules: `urn:x:${String((languages += 1))}` }))}\n`;
const counting = {
  resourceType: 'Parameters',
  parameter: [
    { name: '_type', valueCode: 'Observation' },
    { name: '_typeFilter', valueString: 'Observation?_id=o' },
  ],
};
const later = (path: string): Kind => ({ begin: asks(path), sees: isInText });
const exporting = (path: string): Kind => ({ begin: asks(path), sees: inFiles });
const kinds: Readonly<Record<string, Kind>> = {
  'a read': later('/Observation/o'),
  'a version': later('/Observation/o/_history/1'),
  'a history': later('/Observation/o/_history'),
  'a history of a type': later('/Observation/_history'),
  'a search': later('/Observation?_id=o'),
  'a chain': later('/Observation?subject:Patient._language=uz'),
  'an include': later('/Patient?_id=p&_revinclude=Observation:subject'),
  'all of a patient': later('/Patient/p/$everything'),
  'an export': exporting('/$export?_type=Observation'),
  'an export of patients': exporting('/Patient/$export?_type=Observation'),
  'a deletion': {
    begin: sends('/$bulk-delete', JSON.stringify(counting)),
    sees: ({ json }) => json['total'] === 1,
  },
  'an import': {
    begin: () => sends('/$import', anew(), 'application/fhir+ndjson')(),
    sees: ({ json, text }) => {
      const [{ updated, rejected }] = json['output'] as [{ updated: number; rejected: number }];
      assert.equal(updated + rejected, 1, text);
      return updated === 1;
    },
  },
};

async function inFiles({ json, text }: Reply): Promise<boolean> {
  const output = json['output'] as { url: string }[] | undefined;
  assert.ok(output !== undefined, text);
  const files = await Promise.all(
    output.map(({ url: file }) => server.request('GET', file.slice(baseUrl.length), { token: clinic })),
  );
  return files.some(isInText);
}

/** Starts jobs of all kinds. @returns a function that carries them out and returns which ones saw the record */
async function begun(): Promise<() => Promise<Record<string, boolean>>> {
  const places = new Map<string, string>();
  for (const [name, { begin }] of Object.entries(kinds)) {
    const reply = await begin();
    if (reply.status === 404) continue; // it is refused at once
    assert.equal(reply.status, 202, `${name}: ${reply.text}`);
    places.set(name, reply.headers.get('content-location')!.slice(baseUrl.length));
  }
  return async () => {
    const worker = await startWorker();
    const seen: Record<string, boolean> = {};
    try {
      for (const [name, { sees }] of Object.entries(kinds)) {
        const place = places.get(name);
        if (place === undefined) {
          seen[name] = false;
          continue;
        }
        const reply = await ended(place);
        assert.equal(reply.status, 200, `${name}: ${reply.text}`);
        seen[name] = await sees(reply);
        await server.request('DELETE', place, { token: clinic });
      }
    } finally {
      await worker.close();
    }
    return seen;
  };
}

function startWorker(): Promise<TestServer> {
  const { issuer, jwksUri, revocationsUri: uri, revocationsKey: key } = server.sso;
  const revocations = { uri, key, every: 200 };
  const jobs = { pace: fast };
  return startServer({ ...options, issuer, jwksUri, revocations, jobs, audit: { keys: server.keys } }, () => url);
}

async function ended(place: string): Promise<Reply> {
  for (const end = performance.now() + 60_000; performance.now() < end;) {
    // Bypasses the route, which limits how often it may be asked.
    const [job] = await server.store.jobs.listJobs(1, place.slice('/$job/'.length));
    if (job?.state === 'ended') break;
    await delay(10);
  }
  return server.request('GET', place, { token: clinic });
}

const all = (sees: boolean): Record<string, boolean> =>
  Object.fromEntries(Object.keys(kinds).map((name) => [name, sees]));

describe('what a job sees', () => {
  for (const [name, asked, carriedOut] of [
    ['nothing of what was refused when it was asked for', true, true],
    ['nothing of what is refused since', false, true],
    ['all, where nobody refuses it', false, false],
    ['all that nobody refuses any more', true, false],
  ] as const)
    it(`is ${name}`, async () => {
      await change(asked);
      const carryOut = await begun();
      await change(carriedOut);
      assert.equal(await isRead(), !carriedOut);
      assert.deepEqual(await carryOut(), all(!carriedOut));
      assert.equal(await isRead(), !carriedOut);
    });
});
