/** A FHIR server behind both of its adapters, for tests that compare their answers. */
import assert from 'node:assert/strict';
import { createServer, request as httpRequest, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Quota } from '@dhp/rate-limit';
import type { RequestRecord } from '../src/contract/record.ts';
import { startServer, type TestServer } from './environment.ts';

export const now = new Date('2026-03-01T09:00:00.000Z');
export const origins = ['https://app.example.uz'];

interface Counts {
  /** Requests that the framework got from the quick handler. */
  handedOn: number;
  /** Number of the current pair of requests. */
  pair: number;
}

export interface BothAdapters {
  readonly server: TestServer;
  readonly quick: Server;
  readonly framework: Server;
  /** By request name. */
  readonly records: Map<string, RequestRecord>;
  readonly counts: Counts;
  close(): Promise<void>;
}

export async function openBoth(): Promise<BothAdapters> {
  const records = new Map<string, RequestRecord>();
  const counts: Counts = { handedOn: 0, pair: 0 };
  const server = await startServer({
    clock: () => now,
    corsOrigins: origins,
    trustProxy: true,
    limits: { perAddress: 100, perClient: 100, createQuota: (options) => quotaOf(counts, options) },
    onRequest: (record) => records.set(record.requestId ?? '', record),
  });
  const { app, handler } = server.fhir;
  const routing: RequestListener = app.routing.bind(app);
  const framework = await listening((request, response) => routing(request, response));
  app.routing = (request, response) => {
    counts.handedOn += 1;
    routing(request, response);
  };
  // As in the platform: a request without a body is complete before a handler sees it.
  const quick = await listening(handler, { optimizeEmptyRequests: true });
  return {
    ...{ server, quick, framework, records, counts },
    async close() {
      await Promise.all([quick, framework].map((one) => new Promise((done) => one.close(done))));
      await server.close();
    },
  };
}

/** Compares the records of both adapters. Each answered request has one, which may arrive shortly after its answer. */
export async function compareRecords({ records, counts: { pair } }: BothAdapters): Promise<void> {
  const deadline = Date.now() + 30_000;
  const numbers = Array.from({ length: pair }, (_, n) => n + 1);
  const isThere = (): boolean => numbers.every((n) => records.has(`q-${n}`) && records.has(`f-${n}`));
  while (!isThere() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  for (const n of numbers) {
    assert.ok(records.has(`f-${n}`), `no record of request ${n}`);
    assert.deepEqual(plain(records.get(`q-${n}`)), plain(records.get(`f-${n}`)));
  }
}

/** Returns a record without the parts that differ by adapter: prefixes of ids, numbers of bytes, and times. */
function plain(record: RequestRecord | undefined): object | undefined {
  if (record === undefined) return undefined;
  const named = (id: string | undefined): string | undefined => id?.replace(/^w-[qf]/, 'w');
  const { id, patient, ...rest } = record;
  return { ...rest, id: named(id), patient: named(patient), requestId: '', time: 0, milliseconds: 0 };
}

/** An answer with all that is sent but the time of now. */
export async function answer(
  { server }: Pick<BothAdapters, 'server'>,
  of: Server,
  method: string,
  path: string,
  { headers, body }: { readonly headers: Record<string, string>; readonly body?: Buffer },
) {
  const { port } = of.address() as AddressInfo;
  const base = new URL(server.url).pathname;
  const got = await new Promise<{ status: number; fields: string[]; body: string }>((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, method, path: base + path, headers }, (response) => {
      const parts: Buffer[] = [];
      response
        .on('data', (part: Buffer) => parts.push(part))
        .on('end', () => {
          const fields = response.rawHeaders.flatMap((name, at, all) =>
            at % 2 === 0 ? [`${name}: ${all[at + 1]!}`] : [],
          );
          resolve({ status: response.statusCode!, fields, body: Buffer.concat(parts).toString('latin1') });
        });
    })
      .on('error', reject)
      .end(body);
  });
  return {
    ...got,
    fields: got.fields
      .filter((field) => !field.startsWith('Date: '))
      .map((field) => field.replace(/-id: [qf]-/, '-id: ')),
  };
}

/** Returns a quota that counts pairs of requests and refuses every 29th. */
function quotaOf(
  counts: Counts,
  { name, requests, seconds }: { name: string; requests: number; seconds: number },
): Quota {
  const quota: Quota = {
    ...{ name, requests, seconds },
    take(caller) {
      const { pair } = counts;
      const isGranted = name !== 'client' || pair % 29 !== 28;
      // The caller is visible in the header fields, so that a wrong address would be noticed.
      const remaining = pair + caller.length * 1_000_000;
      return { quota, isGranted, remaining, reset: 1, retryAfter: 3, isFirstRefusal: false };
    },
  };
  return quota;
}

async function listening(listener: RequestListener, options: ServerOptions = {}): Promise<Server> {
  const made = createServer(options, listener);
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return made;
}
