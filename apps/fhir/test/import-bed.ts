/** A server that accepts imports, one that serves files, and helpers of a client. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { FhirOptions } from '../src/index.ts';
import { baseUrl, startServer, type Reply, type TestServer } from './environment.ts';
import { fast } from './jobs/pace.ts';

export type Resource = Readonly<Record<string, unknown>> & { readonly resourceType: string; readonly id?: string };

export interface Told {
  readonly inputUrl?: string;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly rejected: number;
  readonly importedBefore?: string;
  readonly failure?: { readonly issue: readonly { readonly diagnostics: string }[] };
}
export interface Result {
  readonly output: readonly Told[];
  readonly error: readonly { readonly url: string; readonly count: number }[];
  readonly rejectsNotKept?: number;
}
export interface Reject {
  readonly line: number;
  readonly source?: string;
  readonly outcome: {
    readonly issue: readonly { readonly details: { readonly coding: readonly { code: string }[] } }[];
  };
}

interface Sending {
  readonly token?: string;
  readonly query?: string;
  readonly type?: string;
  readonly encoding?: string;
}

interface Imported {
  readonly result: Result;
  readonly rejects: readonly Reject[];
  readonly place: string;
  readonly own: string;
}

/** Open from the first test of a file to the last. */
export interface ImportBed {
  readonly server: TestServer;
  readonly folder: string;
  /** The host of the file server. */
  readonly host: string;
  /** Bodies served at that address, by path. */
  readonly served: Map<string, (request: IncomingMessage, response: ServerResponse) => void>;
  readonly options: () => Partial<FhirOptions>;
  readonly token: (scope?: string, client?: string) => Promise<string>;
  readonly kickOff: (body: string | Buffer, sending?: Sending) => Promise<Reply>;
  /** Returns the answer of an ended job. @param by the server to ask (default: this one) */
  readonly ended: (own: string, place: string, by?: TestServer) => Promise<Reply>;
  /** Imports a body and reads the rejected lines. */
  readonly imported: (body: string | Buffer, sending?: Sending) => Promise<Imported>;
  readonly read: (path: string) => Promise<Record<string, unknown>>;
}

export function importBed(): ImportBed {
  const folder = join(tmpdir(), `dhp-import-${crypto.randomUUID()}`);
  const served: ImportBed['served'] = new Map();
  const files = createServer((request, response) => {
    const serve = served.get(request.url ?? '');
    if (serve === undefined) response.writeHead(404).end();
    else serve(request, response);
  });
  let host = '';
  let server: TestServer | undefined;
  const options = (): Partial<FhirOptions> => ({
    requireIfMatch: false,
    referenceIntegrity: 'enforce',
    exports: { folder },
    imports: { allowedHosts: [host], most: { input: 2 * 1024 ** 2, idle: 300, kept: 200 } },
  });
  before(async () => {
    await new Promise<void>((listening) => files.listen(0, '127.0.0.1', listening));
    host = `127.0.0.1:${String((files.address() as AddressInfo).port)}`;
    server = await startServer({ ...options(), jobs: { pace: fast } });
  });
  after(async () => {
    files.closeAllConnections();
    files.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    ...asking(() => server!),
    ...{ folder, served, options },
    get server() {
      return server!;
    },
    get host() {
      return host;
    },
  };
}

function asking(of: () => TestServer): Pick<ImportBed, 'token' | 'kickOff' | 'ended' | 'imported' | 'read'> {
  const token: ImportBed['token'] = (scope = 'system/*.cruds', client = crypto.randomUUID()) =>
    of().sso.token({ scope, client_id: client, sub: client });
  const kickOff: ImportBed['kickOff'] = async (body, { query = '', type, encoding, ...own } = {}) => {
    const headers = {
      prefer: 'respond-async',
      'content-type': type ?? 'application/fhir+ndjson',
      ...(encoding !== undefined && { 'content-encoding': encoding }),
    };
    return of().request('POST', `/$import${query}`, { token: own.token ?? (await token()), headers, body });
  };
  const ended: ImportBed['ended'] = async (own, place, by = of()) => {
    for (const end = performance.now() + 30_000; performance.now() < end;) {
      await delay(270);
      const reply = await by.request('GET', place, { token: own });
      if (reply.status !== 429 && reply.status !== 503 && reply.status !== 202) return reply;
      if (reply.status === 202) assert.match(reply.headers.get('x-progress') ?? '', /^(waiting|running)/);
    }
    assert.fail('the import does not end');
  };
  const imported: ImportBed['imported'] = async (body, sending = {}) => {
    const own = sending.token ?? (await token());
    const place = placeOf(await kickOff(body, { ...sending, token: own }));
    const reply = await ended(own, place);
    assert.equal(reply.status, 200, reply.text);
    const result = JSON.parse(reply.text) as Result;
    const [file] = result.error;
    if (file === undefined) return { result, rejects: [], place, own };
    const text = (await of().request('GET', file.url.slice(baseUrl.length), { token: own })).text;
    const rejects = text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Reject);
    assert.equal(rejects.length, file.count);
    return { result, rejects, place, own };
  };
  const read: ImportBed['read'] = async (path) => {
    const reply = await of().request('GET', path);
    assert.equal(reply.status, 200, reply.text);
    return reply.json;
  };
  return { token, kickOff, ended, imported, read };
}

export const person = (id: string, more: object = {}): Resource => ({
  resourceType: 'Patient',
  id,
  active: true,
  ...more,
});
export const observation = (id: string, of: string, more: object = {}): Resource => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'x' } },
  subject: { reference: `Patient/${of}` },
  ...more,
});
export const lines = (...resources: readonly (Resource | string)[]): string =>
  resources.map((each) => `${typeof each === 'string' ? each : JSON.stringify(each)}\n`).join('');

export const placeOf = (reply: Reply): string => {
  assert.equal(reply.status, 202, reply.text);
  return (reply.headers.get('content-location') ?? '').slice(baseUrl.length);
};

export const manifest = (...inputs: readonly { readonly url: string; readonly type?: string }[]): string =>
  JSON.stringify({ inputFormat: 'application/fhir+ndjson', inputSource: 'https://source.test', input: inputs });
export const byJson = { type: 'application/json' };

export function counts({ created, updated, unchanged, rejected }: Told): number[] {
  return [created, updated, unchanged, rejected];
}
export const codes = (rejects: readonly Reject[]): [number, string][] =>
  rejects.map(({ line, outcome }) => [line, outcome.issue[0]!.details.coding[0]!.code]);
