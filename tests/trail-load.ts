/**
 * Clients that remember which of their requests were answered completely, and a check that each of these has its records in the trail. For
 * tests that kill servers: no request may be answered without a record.
 */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from '@dhp/postgres';
import { fhirAt, type Answer, type Ask } from './fhir.ts';

/** A request that was answered. */
export interface Answered {
  readonly request: string;
  readonly kind: string;
  /** Minimum number of its records, and of those with a known patient. */
  readonly records: number;
  readonly patients: number;
}

export interface TrailLoad {
  readonly answered: readonly Answered[];
  /** Number of requests without an answer, or with 503, including entries of a batch. */
  readonly failed: () => number;
  stop(): Promise<void>;
}

interface Kind {
  readonly name: string;
  readonly status: number;
  readonly records: number;
  readonly patients: number;
  /** @param id of a Patient that this client created; `fresh` is an unused id */
  readonly send: (
    asks: Asks,
    o: { id: string; fresh: string; headers: Readonly<Record<string, string>> },
  ) => Promise<Answer>;
}

interface Asks {
  readonly full: Ask;
  /** With a token without the needed rights. */
  readonly narrow: Ask;
}

const patient = (id: string, more: object = {}): object => ({
  ...{ resourceType: 'Patient', id, active: true, name: [{ family: 'Karimov', given: [id] }] },
  ...more,
});
const about = (id: string): object => ({
  ...{ resourceType: 'Observation', status: 'final', code: { text: 'load' } },
  subject: { reference: `Patient/${id}` },
});

function bundle(type: 'batch' | 'transaction', id: string): object {
  const entry = [
    { request: { method: 'GET', url: `Patient/${id}` } },
    { resource: about(id), request: { method: 'POST', url: 'Observation' } },
    { resource: about(id), request: { method: 'POST', url: 'Observation' } },
  ];
  return { resourceType: 'Bundle', type, entry };
}

/** Reads, searches, writes, bundles and refusals. */
// prettier-ignore
const kinds: readonly Kind[] = [
  { name: 'create',      status: 201, records: 1, patients: 1, send: ({ full }, { fresh, headers }) => full('PUT', `Patient/${fresh}`, patient(fresh), headers) },
  { name: 'read',        status: 200, records: 1, patients: 1, send: ({ full }, { id, headers }) => full('GET', `Patient/${id}`, undefined, headers) },
  { name: 'history',     status: 200, records: 1, patients: 1, send: ({ full }, { id, headers }) => full('GET', `Patient/${id}/_history`, undefined, headers) },
  { name: 'search',      status: 200, records: 1, patients: 1, send: ({ full }, { id, headers }) => full('GET', `Observation?patient=${id}`, undefined, headers) },
  { name: '$everything', status: 200, records: 1, patients: 1, send: ({ full }, { id, headers }) => full('GET', `Patient/${id}/$everything`, undefined, headers) },
  { name: 'batch',       status: 200, records: 3, patients: 3, send: ({ full }, { id, headers }) => full('POST', '', bundle('batch', id), headers) },
  { name: 'transaction', status: 200, records: 3, patients: 3, send: ({ full }, { id, headers }) => full('POST', '', bundle('transaction', id), headers) },
  { name: 'refused',     status: 403, records: 1, patients: 1, send: ({ narrow }, { id, headers }) => narrow('GET', `Patient/${id}`, undefined, headers) },
  { name: 'not found',   status: 404, records: 1, patients: 1, send: ({ full }, { fresh, headers }) => full('GET', `Patient/${fresh}-none`, undefined, headers) },
  { name: 'in conflict', status: 412, records: 1, patients: 1, send: ({ full }, { id, headers }) => full('PUT', `Patient/${id}`, patient(id, { active: false }), { ...headers, 'if-match': 'W/"99"' }) },
];

/** @param o.token has all rights; `narrow` may not read a Patient */
export function startTrailLoad(
  base: string,
  { clients, token, narrow }: { readonly clients: number; readonly token: string; readonly narrow: string },
): TrailLoad {
  const asks = { full: fhirAt(base, token), narrow: fhirAt(base, narrow) };
  const answered: Answered[] = [];
  let [failed, isOver] = [0, false];
  const client = async (name: string): Promise<void> => {
    let id: string | undefined;
    for (let count = 0; !isOver; count += 1) {
      const kind = id === undefined ? kinds[0]! : kinds[count % kinds.length]!;
      const fresh = `${name}-${String(count)}`;
      const headers = { 'x-request-id': fresh };
      const answer = await kind.send(asks, { id: id ?? fresh, fresh, headers }).catch(() => undefined);
      if (answer === undefined || isFailure(answer)) {
        failed += 1;
        await delay(50);
        continue;
      }
      assert.equal(answer.status, kind.status, `${kind.name}: ${answer.text.slice(0, 500)}`);
      const { name: called, records, patients } = kind;
      answered.push({ request: fresh, kind: called, records, patients });
      if (called === 'create') id = fresh;
    }
  };
  const all = Promise.all(Array.from({ length: clients }, (_, n) => client(`c${String(n)}-${String(Date.now())}`)));
  all.catch(() => undefined); // `stop` reports it.
  return {
    answered,
    failed: () => failed,
    async stop() {
      isOver = true;
      await all;
    },
  };
}

/** Not executed: an entry of a batch may also be 503 while the others are answered. It then has no record. */
function isFailure(answer: Answer): boolean {
  return answer.status >= 500 || /"status": ?"5\d\d/.test(answer.text);
}

/** @returns the requests that lack records */
export async function withoutRecords(sql: Sql, answered: readonly Answered[]): Promise<Answered[]> {
  const rows = await sql<{ request: string; records: number; patients: number }[]>`
    select content::jsonb ->> 'request' as request, count(*)::int as records, count(patient)::int as patients
    from fhir.audit_record group by 1`;
  const found = new Map(rows.map((row) => [row.request, row]));
  return answered.filter(({ request, records, patients }) => {
    const row = found.get(request);
    return row === undefined || row.records < records || row.patients < patients;
  });
}

/** Every kind was answered. */
export function hasAllKinds(answered: readonly Answered[]): boolean {
  const seen = new Set(answered.map(({ kind }) => kind));
  return kinds.every(({ name }) => seen.has(name));
}
