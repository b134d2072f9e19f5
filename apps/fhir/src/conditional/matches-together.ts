/** Finds the matches of many criteria in few statements: each entry of a Bundle may search for an identifier. */
import type { Budget } from '@dhp/budget';
import type { JsonResource } from '@dhp/fhir-search';
import { indexRow } from '@dhp/search-index/rows';
import { inParallel } from './in-parallel.ts';
import { storedBudget } from '../http/cost.ts';
import type { Services } from '../contract/interaction.ts';
import type { Criteria } from './criteria.ts';
import { matchesOf, type Match } from './matches.ts';

export interface Looked {
  readonly criteria: Criteria;
  /** As many matches as must be known. */
  readonly limit: number;
}

/** Fewer are looked for one by one. */
const few = 4;
/** Keys in one statement. */
const chunk = 500;
const concurrency = 8;

/**
 * The matches of each, in the order given. Criteria that are one identifier are looked for together, the others one by one.
 * @throws BudgetSpent when they are more rows than a request may read
 */
export async function matchesTogether(
  services: Services,
  looked: readonly Looked[],
  budget: Budget,
): Promise<(readonly Match[])[]> {
  if (looked.length === 0) return [];
  const found = new Map<Looked, readonly Match[]>();
  for (const group of Object.values(Object.groupBy(looked.filter(isOneKey), ({ criteria }) => criteria.type))) {
    if (group === undefined || group.length < few) continue;
    for (let from = 0; from < group.length; from += chunk) {
      budget.requireLeft(group[from]!.criteria.text.slice(0, 200));
      await findByKeys(services, group.slice(from, from + chunk), { found, budget });
    }
  }
  const others = looked.filter((each) => !found.has(each));
  await inParallel(others, concurrency, async (each) => {
    budget.requireLeft(each.criteria.text.slice(0, 200));
    const matches = await matchesOf(services, each.criteria, each.limit);
    budget.take(matches.length, each.criteria.text.slice(0, 200));
    found.set(each, matches);
  });
  return looked.map((each) => found.get(each)!);
}

/** One key that few resources have: an identifier. */
function isOneKey({ criteria: { condition } }: Looked): boolean {
  return condition.op === 'keys' && condition.any.length === 1 && condition.expect === 'one';
}

function keyOf({ criteria: { condition } }: Looked): bigint {
  return (condition as { any: readonly bigint[] }).any[0]!;
}

/** Notes the matches of each key; nothing if there are more than expected, or they are changing. */
async function findByKeys(
  services: Services,
  group: readonly Looked[],
  { found, budget }: { found: Map<Looked, readonly Match[]>; budget: Budget },
): Promise<void> {
  const { timeZone, baseUrl } = services;
  const { store } = services.reading('s');
  const { type } = group[0]!.criteria;
  const any = [...new Set(group.map(keyOf))];
  const limit = 2 * any.length + 10;
  const all = { type, text: `${type}?identifier=…`, condition: { op: 'keys', any, expect: 'one' }, locks: [] } as const;
  const matches = await matchesOf(services, all, limit);
  budget.take(matches.length, all.text);
  if (matches.length === limit) return;
  const versions = await Promise.all(matches.map(({ id }) => store.read(type, id)));
  const byKey = new Map<bigint, Match[]>(any.map((key) => [key, []]));
  const reading = { timeZone, ownBases: [baseUrl], own: store.knownSearchParameters() };
  for (const [n, match] of matches.entries()) {
    const version = versions[n];
    if (version?.versionId !== match.versionId) return;
    const resource = JSON.parse(version.content.toString()) as JsonResource;
    budget.spend(version.content.length, all.text);
    const work = storedBudget(services.costs, budget, version.content.length);
    for (const key of indexRow(resource, { ...reading, budget: work }).keys) byKey.get(key)?.push(match);
  }
  for (const each of group) found.set(each, byKey.get(keyOf(each))!.slice(0, each.limit));
}
