/**
 * `AuditEvent?…` and `AuditEvent/ID` for callers who may read the trail: the records of this server first, newest first, then the
 * AuditEvents that clients have stored. docs/access.md
 */
import { dateBounds } from '@dhp/fhir-search/values';
import { mayReadTrail } from '../../access/trail-right.ts';
import type { Answer } from '../../contract/answer.ts';
import { type Call, type Interaction, type Services, headerOf } from '../../contract/interaction.ts';
import type { Query } from '../../contract/query.ts';
import type { TrailReader } from '../../contract/trail.ts';
import { fail } from '../../http/errors.ts';
import { requireKnownParameters } from '../../http/negotiate.ts';
import { json } from '../../http/respond.ts';
import type { Parameter } from '../../search/parameters.ts';
import { auditEventOf, clients, placeOf } from './audit-event.ts';
import { trailPage } from './page.ts';

/** Cursors of pages of the trail begin with this; others belong to a search of stored AuditEvents. */
const mark = 'trail.';
const stored = 'stored';
const known = ['patient', 'date', 'agent', 'agent:identifier', 'action', 'outcome'];

/** @param searchStored searches the AuditEvents that clients have stored */
export function withTrail(searchStored: Interaction): Interaction {
  return (services, call) => {
    const { trail } = services;
    const isOfTrail = call.type === 'AuditEvent' && call.compartment === undefined && trail !== undefined;
    if (!isOfTrail || !mayReadTrail(services, call.access)) return searchStored(services, call);
    const cursor = call.query['_cursor'];
    if (cursor !== undefined && !String(cursor).startsWith(mark)) return searchStored(services, call);
    return searchTrail(services, call, searchStored);
  };
}

function searchTrail(services: Services, call: Call, searchStored: Interaction): Promise<Answer> {
  const { query, headers } = call;
  requireKnownParameters(
    query,
    [...known, '_count', '_cursor'],
    'AuditEvent, with the trail,',
    headerOf({ headers }, 'prefer'),
  );
  const parameters = known.flatMap((name) => [query[name] ?? []].flat().map((value): Parameter => [name, value]));
  const sealed = query['_cursor'] === undefined ? undefined : String(query['_cursor']).slice(mark.length);
  const count = query['_count'] === undefined ? undefined : Number(query['_count']);
  if (count !== undefined && !(Number.isSafeInteger(count) && count > 0))
    wrong('_count', 'a whole number of 1 or more');
  return trailPage(services, call, {
    path: '/AuditEvent',
    parameters,
    asked: readAsked(query, services.timeZone),
    count,
    cursor: sealed,
    mark,
    behind: { position: stored, answer: () => searchStored(services, { ...call, query: without(query, '_cursor') }) },
  });
}

function readAsked(query: Query, timeZone: string): Omit<Parameters<TrailReader['records']>[0], 'before' | 'limit'> {
  const one = (name: string): string | undefined => {
    const values = [query[name] ?? []].flat();
    if (values.length > 1) wrong(name, 'given once');
    return values[0];
  };
  const patient = one('patient');
  const [, id] = /^(?:.*\/)?([A-Za-z0-9.-]{1,64})$/.exec(patient ?? '') ?? [];
  if (patient !== undefined && id === undefined) wrong('patient', 'the id of a Patient');
  const having: Record<string, readonly string[]> = {};
  const among = (name: string, member: string): void => {
    const value = one(name);
    if (value !== undefined) having[member] = value.split(',').map((each) => each.replace(/^.*\|/, ''));
  };
  among('action', 'action');
  among('outcome', 'outcome');
  const agent = one('agent');
  const [, person] = /^(?:.*\/)?(Practitioner\/[A-Za-z0-9.-]{1,64})$/.exec(agent ?? '') ?? [];
  if (agent !== undefined && person === undefined)
    wrong('agent', 'Practitioner/ID; a client is found by agent:identifier');
  if (person !== undefined) having['person'] = [person];
  const identifier = one('agent:identifier');
  if (identifier !== undefined) {
    const [system, value] = identifier.includes('|') ? identifier.split('|', 2) : [clients, identifier];
    having[system === clients ? 'client' : 'user'] = [value!];
  }
  return { patient: id, ...periodOf([query['date'] ?? []].flat(), timeZone), having };
}

/** https://hl7.org/fhir/R5/search.html#prefix */
function periodOf(dates: readonly string[], timeZone: string): { since?: number; until?: number } {
  let [since, until] = [-Infinity, Infinity];
  for (const date of dates) {
    const [, prefix = 'eq', text] = /^(eq|ge|gt|le|lt)?(.+)$/.exec(date) ?? [];
    const bounds = dateBounds(text, timeZone);
    if (bounds === undefined) wrong('date', 'a date such as ge2026-11-25; prefixes are eq, ge, gt, le, lt');
    const { low, high } = bounds;
    if (prefix === 'eq' || prefix === 'ge') since = Math.max(since, low);
    if (prefix === 'gt') since = Math.max(since, high);
    if (prefix === 'eq' || prefix === 'le') until = Math.min(until, high);
    if (prefix === 'lt') until = Math.min(until, low);
  }
  return { ...(Number.isFinite(since) && { since }), ...(Number.isFinite(until) && { until }) };
}

function without(query: Query, name: string): Query {
  return Object.fromEntries(Object.entries(query).filter(([each]) => each !== name));
}

function wrong(name: string, wanted: string): never {
  fail('parameter-invalid', { name }, { diagnostics: `${name} is ${wanted}.`, expression: `http.${name}` });
}

/** @param readStored reads an AuditEvent that a client has stored */
export function orOfTrail(readStored: Interaction): Interaction {
  return async (services, call) => {
    const place = call.type === 'AuditEvent' && services.trail !== undefined ? placeOf(call.id) : undefined;
    if (place === undefined || services.trail === undefined || !mayReadTrail(services, call.access))
      return readStored(services, call);
    const [record] = await services.trail.records({ patient: undefined, at: place, limit: 1 });
    if (record === undefined) return readStored(services, call);
    const { baseUrl, timeZone } = services;
    return json(JSON.stringify(auditEventOf(record, { baseUrl, timeZone })), { 'cache-control': 'private, no-store' });
  };
}
