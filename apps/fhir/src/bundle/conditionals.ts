/** The entries of a transaction that name their resource by criteria, and their matches. */
import { type Budget, createPauses } from '@dhp/budget';
import type { JsonResource } from '@dhp/fhir-search';
import { indexRow } from '@dhp/search-index/rows';
import {
  criteriaInHeader,
  criteriaInQuery,
  requireCriteriaPermission,
  type Criteria,
} from '../conditional/criteria.ts';
import { countOf, limitOf } from '../conditional/delete.ts';
import { atMostOne, enough, type Match } from '../conditional/matches.ts';
import { matchesTogether, type Looked } from '../conditional/matches-together.ts';
import { candidatesAmong, type Candidates } from '../conditional/candidates.ts';
import type { Candidate } from '../matching/meets.ts';
import type { Written } from '../conditional/references.ts';
import { resourceBudget } from '../http/cost.ts';
import type { Services } from '../contract/interaction.ts';
import { clash, overlaps, type Claim } from './identities.ts';
import { addressesOf, isConditional, type Plan } from './plan.ts';
import { collect, failTogether, maxIssues } from './together.ts';

export interface Asked extends Looked {
  readonly plan: Plan;
}

export interface Sought extends Asked {
  readonly matches: readonly Match[];
}

/** The criteria of the conditional entries. Fails, naming all that cannot be understood and those that are the same. */
export async function readConditionals(services: Services, writes: readonly Plan[]): Promise<readonly Asked[]> {
  const asked = await collect(writes.filter(isConditional), entryOf, (plan): Asked => {
    const { call, request, target } = plan;
    requireCriteriaPermission(call);
    if (request.ifNoneExist !== undefined) {
      return { plan, criteria: criteriaInHeader(services, call, request.ifNoneExist), limit: enough };
    }
    const isDelete = target.route.method === 'DELETE';
    const criteria = criteriaInQuery(services, call, isDelete ? ['_count'] : []);
    return { plan, criteria, limit: isDelete ? limitOf(countOf(call)) : enough };
  });
  const same = asked.map(({ plan: { entry }, criteria }) => ({ entry, name: criteria.text, verb: 'is looked for by' }));
  failInOrder(overlaps(same));
  return asked;
}

/**
 * Returns the matches of conditional entries by the index of their entry. Fails for entries that would write the same resource: by address,
 * by match, or because one entry creates a match of another.
 */
export async function seek(
  services: Services,
  asked: readonly Asked[],
  writes: readonly Plan[],
  budget: Budget,
): Promise<ReadonlyMap<number, Sought>> {
  const matches = await matchesTogether(services, asked, budget);
  const found = asked.map((each, n): Sought => ({ ...each, matches: matches[n]! }));
  // Several matches are a failure of their own, which comes before the comparison.
  await collect(found, entryOfSought, ({ plan: { target }, criteria, matches }) => {
    if (target.route.method !== 'DELETE') atMostOne(criteria, matches);
  });
  const claims = found.flatMap(({ plan: { entry, target }, matches }): Claim[] =>
    matches.map(({ id }) => ({ entry, name: `${target.type}/${id}`, verb: 'is written by' })),
  );
  failInOrder(overlaps([...addressesOf(writes), ...claims]));
  return new Map(found.map((each) => [each.plan.entry.index, each]));
}

/** The id of the resource that an entry is about; undefined when it has none, or several. */
export function idOf(plan: Plan, sought: Sought | undefined, ids: ReadonlyMap<number, string>): string | undefined {
  if (plan.target.id !== '') return plan.target.id;
  const [match, other] = sought?.matches ?? [];
  if (other !== undefined) return undefined;
  if (match !== undefined) return match.id;
  return plan.target.route.method === 'PUT' ? (givenId(plan) ?? ids.get(plan.entry.index)) : ids.get(plan.entry.index);
}

function givenId({ call }: Plan): string | undefined {
  const { id } = JSON.parse(String(call.body)) as { id?: unknown };
  return typeof id === 'string' ? id : undefined;
}

/** Indexes the resources that a transaction writes, so that criteria of the named types can be tested on them. */
export async function writtenBy(
  services: Services,
  writes: readonly Plan[],
  o: {
    sought: ReadonlyMap<number, Sought>;
    ids: ReadonlyMap<number, string>;
    types: ReadonlySet<string>;
    budget: Budget;
  },
): Promise<Written & { readonly makers: (criteria: Criteria) => Iterable<Plan> }> {
  const idIn = (plan: Plan): string => idOf(plan, o.sought.get(plan.entry.index), o.ids) ?? '';
  const byType = Map.groupBy(writes, ({ target }) => target.type);
  const pause = createPauses();
  const candidates = new Map<string, Candidates<Maker>>();
  const touched = new Map<string, ReadonlySet<string>>();
  for (const type of o.types) {
    const own = byType.get(type) ?? [];
    const made: Maker[] = [];
    for (const plan of own) {
      const due = pause();
      if (due !== undefined) await due;
      if (isMade(plan, o.sought.get(plan.entry.index))) made.push(makerOf(services, plan, idIn(plan)));
    }
    candidates.set(type, await candidatesAmong(made, o.budget));
    touched.set(type, new Set(own.flatMap((plan) => touchedBy(plan, o.sought.get(plan.entry.index)))));
  }
  function* meeting({ type, condition }: Criteria): Generator<Maker> {
    yield* candidates.get(type)?.meeting(condition) ?? [];
  }
  return {
    *makers(criteria) {
      for (const { plan } of meeting(criteria)) yield plan;
    },
    *meeting(criteria) {
      for (const { id } of meeting(criteria)) yield id;
    },
    touched: (type) => touched.get(type) ?? new Set(),
  };
}

/** The ids that an entry writes or deletes; a patched resource counts as the database has it. */
function touchedBy({ target: { route, id } }: Plan, sought: Sought | undefined): readonly string[] {
  if (route.method === 'PATCH') return [];
  const matches = route.method === 'POST' ? [] : (sought?.matches ?? []);
  return [...(id === '' ? [] : [id]), ...matches.map((match) => match.id)];
}

/** An entry and the resource that it writes, as the index would have it. */
interface Maker extends Candidate {
  readonly plan: Plan;
}

/** Whether the resource of an entry is stored: a conditional create that finds one stores nothing. */
function isMade({ target: { route } }: Plan, sought: Sought | undefined): boolean {
  return route.method === 'PUT' || (route.method === 'POST' && sought?.matches[0] === undefined);
}

function makerOf({ timeZone, baseUrl, store, costs }: Services, plan: Plan, id: string): Maker {
  const text = String(plan.call.body);
  const budget = resourceBudget(costs, plan.call.budget, text.length);
  const reading = { timeZone, ownBases: [baseUrl], own: store.knownSearchParameters(), budget };
  const row = indexRow(JSON.parse(text) as JsonResource, reading);
  return { plan, id, row, keys: new Set(row.keys) };
}

/** Fails for an entry that finds nothing and would create the same resource as another entry. Looks for as many as an answer names. */
export async function requireNoTwins(
  sought: Iterable<Sought>,
  makers: (criteria: Criteria) => Iterable<Plan>,
): Promise<void> {
  const failures: Parameters<typeof clash>[0] = new Map();
  const pause = createPauses();
  for (const { plan, criteria, matches } of sought) {
    const due = pause();
    if (due !== undefined) await due;
    const { method } = plan.target.route;
    if (matches.length > 0 || (method !== 'POST' && method !== 'PUT')) continue;
    for (const other of makers(criteria)) {
      if (other === plan) continue;
      const claim = { entry: other.entry, name: `What meets ${criteria.text.slice(0, 500)}`, verb: 'is made by' };
      clash(failures, plan.entry, claim);
      if (failures.size >= maxIssues) failInOrder(failures);
    }
  }
  failInOrder(failures);
}

function failInOrder(failures: ReturnType<typeof overlaps>): void {
  failTogether([...failures].sort(([a], [b]) => a - b).map(([, each]) => each));
}

function entryOf({ entry }: Plan): Plan['entry'] {
  return entry;
}

function entryOfSought({ plan }: Sought): Plan['entry'] {
  return plan.entry;
}
