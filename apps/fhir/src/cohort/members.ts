/** The members of a Group by characteristic: found at each use by a search with the rights of who uses it. docs/decisions/0163-groups-by-characteristic.md */
import { withLookups, type ParseOptions } from '@dhp/fhir-search';
import { derivedParameters, generationOf, searchParameter } from '@dhp/fhir-search/parameters';
import type { Condition } from '@dhp/search-index';
import { referenceSeed } from '@dhp/search-index/keys';
import { changedSince } from '../access/seen-snapshot.ts';
import type { Call, Services } from '../contract/interaction.ts';
import { missingPermission, refusal } from '../http/access.ts';
import { fail } from '../http/errors.ts';
import { membersOf } from '../search/compartments.ts';
import { lookupServices } from '../search/lookups.ts';
import { searchAccess, typesNotPermitted } from '../search/search-access.ts';
import { fromStore } from '../http/store-failure.ts';
import { parseOptions, whileParametersChange } from '../search/understood.ts';
import { hiddenMembership } from '../search/within-compartment.ts';
import { answeredLater, understandFilter, type MemberFilter } from './member-filter.ts';

const interaction = '$export';
const scope = { path: '/Group', interaction, of: 'Patient' };

/** A Group by its searches. */
export interface Cohort {
  readonly filters: readonly MemberFilter[];
}

/** Those to be looked for. */
interface Wanted {
  /** Patients at most; one more than wanted tells that there are more. */
  readonly limit?: number;
  /** Of these alone. */
  readonly among?: readonly string[];
}

const allOfThem = 2 ** 31 - 1;

/**
 * Ids of the Patients who meet all searches now, themselves or by something in their compartment, as far as the caller may search all of that.
 * Fails with `scope-insufficient` or `policy-refuses` for a type of a search that the caller may not search, with `search-parameter-hidden`, and with
 * `cohort-invalid` for a search that cannot be answered any more.
 */
export function membersNow(
  services: Services,
  call: Call,
  cohort: Cohort,
  { limit = allOfThem, among }: Wanted = {},
): Promise<string[]> {
  const more: Condition[] = among === undefined ? [] : [{ op: 'id', any: among }];
  return find(services, call, cohort, limit, () => more);
}

/** Most ids of resources of one type stored since, that are looked up by id. If there are more, all members count as changed. */
const mostChanged = 50_000;

/**
 * The members who may have become members since a time: a resource of theirs that meets a search was stored since. Undefined if a search
 * depends on more than the resource itself (targets of references, value sets, lists), so that any member may be new.
 */
export async function joinedSince(
  services: Services,
  call: Call,
  cohort: Cohort,
  since: Date,
): Promise<ReadonlySet<string> | undefined> {
  const changed = new Map<string, readonly string[]>();
  for (const filter of cohort.filters) {
    if (asksElsewhere(services, call, filter)) return undefined;
    const ids = changed.get(filter.type) ?? (await changedSince(services, filter.type, since, mostChanged));
    if (ids === undefined) return undefined;
    changed.set(filter.type, ids);
  }
  const joined = await find(services, call, cohort, allOfThem, (parts) => [
    { op: 'any', of: parts.map((part, n) => part({ op: 'id', any: changed.get(cohort.filters[n]!.type)! })) },
  ]);
  return new Set(joined);
}

/** One of the searches as a condition on a Patient, with a further condition on the matching resource. */
type Part = (more?: Condition) => Condition;

function find(
  services: Services,
  call: Call,
  cohort: Cohort,
  limit: number,
  more: (parts: readonly Part[]) => readonly Condition[],
): Promise<string[]> {
  const permitted = searchAccess(services);
  const { store } = services.reading('s');
  return fromStore(
    () =>
      whileParametersChange(async () => {
        const { own } = parseOptions(services, call);
        const parts: Part[] = [];
        for (const filter of cohort.filters) parts.push(await partOf(services, call, filter));
        const where: Condition = { op: 'all', of: [...parts.map((part) => part()), ...more(parts)] };
        requireTypes(services, call, where);
        const found = await store.find('Patient', where, limit, permitted, generationOf(own));
        return found.map(({ id }) => id);
      }),
    scope,
  );
}

async function partOf(services: Services, call: Call, filter: MemberFilter): Promise<Part> {
  const { type } = filter;
  const options = parseOptions(services, call);
  const lookups = lookupServices(services, searchAccess(services), { options, budget: call.budget });
  const where = await withLookups(lookups, (found) => understandFilter(filter, { ...options, ...found }), call.budget);
  const both = (more?: Condition): Condition => (more === undefined ? where : { op: 'all', of: [more, where] });
  if (type === 'Patient') return both;
  const hidden = hiddenMembership('Patient', type, options);
  if (hidden !== undefined) {
    const diagnostics = `An access policy of this environment hides from you by which elements a ${type} is in the compartment of a Patient, and the Group asks for that.`;
    fail('search-parameter-hidden', { name: hidden }, { diagnostics, refusedBy: 'access-policies' });
  }
  const seeds = seedsOf(type, options);
  return (more) => ({ op: 'referred', seeds, type, where: both(more) });
}

/** By which references a resource of a type is in the compartment of a Patient. */
function seedsOf(type: string, { own }: ParseOptions): bigint[] {
  const parameters = membersOf('Patient').get(type) ?? [];
  const seeds = parameters.flatMap((code) => {
    const rows = searchParameter(type, code, own)?.rows;
    return (derivedParameters(type).get(code) ?? [rows ?? []].flat()).map((one) => referenceSeed(type, one));
  });
  return [...new Set(seeds)];
}

/** A type that may not be searched would be found nowhere, and a member would be missing. */
function requireTypes(services: Services, { access }: Call, where: Condition): void {
  const query = { branches: [{ type: 'Patient', where }], sort: [], includes: [] };
  const permitted = searchAccess(services);
  const missing = permitted('Patient') === false ? 'Patient' : typesNotPermitted(query, permitted)[0];
  if (missing === undefined) return;
  throw missingPermission(access!, 's', missing, interaction) ?? refusal(access!, 's', missing, interaction);
}

function asksElsewhere(services: Services, call: Call, filter: MemberFilter): boolean {
  const asked: true[] = [];
  const later = answeredLater(() => asked.push(true));
  const where = understandFilter(filter, { ...parseOptions(services, call), ...later });
  return asked.length > 0 || leadsOn(where);
}

function leadsOn(condition: Condition): boolean {
  if (condition.op === 'all' || condition.op === 'any') return condition.of.some(leadsOn);
  if (condition.op === 'not') return leadsOn(condition.of);
  return condition.op === 'refers' || condition.op === 'referred';
}
