/** A server that accepts exports, one that makes their files, and helpers of a client. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import { startAudited, type Audited } from './audit/audited.ts';
import type { FhirOptions } from '../src/index.ts';
import type { Pace } from '../src/jobs/holding.ts';
import { fast } from './jobs/pace.ts';

export type Resource = Readonly<Record<string, unknown>> & { readonly resourceType: string; readonly id: string };

export interface Manifest {
  readonly transactionTime: string;
  readonly request: string;
  readonly requiresAccessToken: boolean;
  readonly output: readonly { readonly type: string; readonly url: string; readonly count: number }[];
  readonly deleted: Manifest['output'];
  readonly error: Manifest['output'];
}

export interface Made {
  readonly manifest: Manifest;
  readonly lines: Record<'output' | 'deleted' | 'error', Resource[]>;
}

/** The place of the files, and the cost limits of a request. */
type Places = Partial<Pick<NonNullable<FhirOptions['exports']>, 'folder' | 'sealing'>> & Pick<FhirOptions, 'costs'>;

/** Open from the first test of a file to the last. */
export interface ExportBed {
  /** Takes exports. */
  readonly server: Audited;
  readonly folder: string;
  /** Returns a client's token. Each test chooses a client name, because exports are limited per client. */
  readonly token: (client: string, scope?: string) => Promise<string>;
  readonly store: (...resources: readonly Resource[]) => Promise<void>;
  readonly kickOff: (own: string, path: string, parameter?: readonly object[], prefer?: string) => Promise<Reply>;
  readonly ended: (own: string, place: string) => Promise<Reply>;
  /** Makes an export, and forgets it. @returns the manifest, and the lines of each kind by name, in their order */
  readonly exported: (own: string, path: string, parameter?: readonly object[], prefer?: string) => Promise<Made>;
  /** Replaces the server that makes files. */
  readonly makeBy: (pace: Partial<Pace>) => Promise<void>;
}

export function member(id: string): object {
  return { entity: { reference: `Patient/${id}` } };
}

export function observation(id: string, patient: string, status = 'final'): Resource {
  const subject = { reference: `Patient/${patient}` };
  return { resourceType: 'Observation', id, status, code: { text: 'x' }, subject, valueQuantity: { value: 1 } };
}

/** Waits until a worker pauses after having written a part of its last file. */
export async function untilRests(server: TestServer, own: string, place: string): Promise<void> {
  for (const end = performance.now() + 60_000; performance.now() < end;) {
    const reply = await server.request('GET', place, { token: own });
    const [, made = '0'] = /running, ([\d.]+) MB/.exec(reply.headers.get('x-progress') ?? '') ?? [];
    assert.ok(reply.status === 202 || reply.status === 429, 'it is still running');
    if (Number(made) >= 1) return;
    await delay(260);
  }
  assert.fail('nothing is written');
}

export const asynchronously = { prefer: 'respond-async', accept: 'application/fhir+json' };

export const placeOf = (reply: Reply): string => {
  assert.equal(reply.status, 202, reply.text);
  return (reply.headers.get('content-location') ?? '').slice(baseUrl.length);
};

export const named = (resources: readonly Resource[]): string[] =>
  resources.map(({ resourceType, id }) => `${resourceType}/${id}`).sort();

/** @param begins resources that are there before the first test */
export function exportBed(...begins: readonly Resource[]): ExportBed {
  return exportBedIn(undefined, ...begins);
}

/** ¶ @param place returns the place of the files when the first test begins; default: a folder */
export function exportBedIn(place: (() => Places) | undefined, ...begins: readonly Resource[]): ExportBed {
  const folder = join(tmpdir(), `dhp-export-${crypto.randomUUID()}`);
  const options = (): Partial<FhirOptions> => {
    const { costs, ...files } = place?.() ?? {};
    return {
      requireIfMatch: false,
      validation: { level: 'off' },
      exports: { folder, ...files, most: { own: 4 * 1024 ** 2 } },
      imports: { allowedHosts: ['localhost'] },
      ...(costs !== undefined && { costs }),
    };
  };
  let server: Audited;
  let worker: TestServer;
  let url = '';
  const startWorker = (pace: Partial<Pace> = {}): Promise<TestServer> => {
    const { issuer, jwksUri, revocationsUri: uri, revocationsKey: key } = server.sso;
    const jobs = { pace: { ...fast, ...pace } };
    const audit = { keys: server.keys };
    const revocations = { uri, key, every: 200 };
    return startServer({ ...options(), issuer, jwksUri, revocations, jobs, audit }, () => url);
  };
  before(async () => {
    server = await startAudited({ ...options(), jobs: { works: false } }, (given) => (url = given));
    worker = await startWorker();
    await bed.store(...begins);
  });
  after(async () => {
    await worker.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const bed: ExportBed = {
    get server() {
      return server;
    },
    folder,
    token: (client, scope = 'system/*.rs') => server.sso.token({ scope, client_id: client, sub: client }),
    async store(...resources) {
      for (const resource of resources) {
        const reply = await server.write('PUT', `/${resource.resourceType}/${resource.id}`, resource);
        assert.ok(reply.status < 300, reply.text);
      }
    },
    kickOff(own, path, parameter, prefer = asynchronously.prefer) {
      const headers = { ...asynchronously, prefer };
      if (parameter === undefined) return server.request('GET', path, { token: own, headers });
      const body = JSON.stringify({ resourceType: 'Parameters', parameter });
      const typed = { ...headers, 'content-type': 'application/fhir+json' };
      return server.request('POST', path, { token: own, headers: typed, body });
    },
    ended: (own, place) => ended(server, own, place),
    async exported(own, path, parameter, prefer) {
      const place = placeOf(await bed.kickOff(own, path, parameter, prefer));
      const reply = await bed.ended(own, place);
      assert.equal(reply.status, 200, reply.text);
      const manifest = JSON.parse(reply.text) as Manifest;
      const lines = {
        output: await linesOf(server, own, manifest.output),
        deleted: await linesOf(server, own, manifest.deleted),
        error: await linesOf(server, own, manifest.error),
      };
      assert.equal((await server.request('DELETE', place, { token: own })).status, 202);
      return { manifest, lines };
    },
    async makeBy(pace) {
      await worker.close();
      worker = await startWorker(pace);
    },
  };
  return bed;
}

async function ended(server: TestServer, own: string, place: string): Promise<Reply> {
  for (const end = performance.now() + 60_000; performance.now() < end;) {
    const reply = await server.request('GET', place, { token: own });
    if (reply.status === 429) {
      await delay(270);
      continue;
    }
    if (reply.status !== 202) return reply;
    assert.ok(Number(reply.headers.get('retry-after')) >= 1 && (reply.headers.get('x-progress') ?? '').length > 0);
    await delay(270);
  }
  assert.fail('the export does not end');
}

async function linesOf(server: TestServer, own: string, files: Manifest['output']): Promise<Resource[]> {
  const all: Resource[] = [];
  for (const { url, type, count } of files) {
    const file = await server.request('GET', url.slice(baseUrl.length), { token: own });
    assert.deepEqual([file.status, file.headers.get('content-type')], [200, 'application/fhir+ndjson'], file.text);
    const lines = file.text.split('\n');
    assert.equal(lines.pop(), '');
    assert.equal(lines.length, count);
    const resources = lines.map((line) => JSON.parse(line) as Resource);
    assert.ok(resources.every(({ resourceType }) => resourceType === type));
    all.push(...resources);
  }
  return all;
}
