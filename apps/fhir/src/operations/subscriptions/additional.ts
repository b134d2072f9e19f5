/**
 * Resources that accompany events, as the topic includes them and the caller finds them now: the answer does not reveal hidden or absent
 * ones. https://hl7.org/fhir/R5/subscriptiontopic-definitions.html#SubscriptionTopic.notificationShape
 */
import type { Include } from '@dhp/fhir-search';
import { SearchParametersChanged, type StoredVersion } from '@dhp/fhir-store';
import type { Condition } from '@dhp/search-index';
import { referencesOf } from '@dhp/search-index/rows';
import { searchRule } from '../../access/read-rules.ts';
import { asSearching } from '../../access/seen-changes.ts';
import type { Call, Services } from '../../contract/interaction.ts';
import { payForParsing } from '../../http/cost.ts';
import { searchAccess } from '../../search/search-access.ts';
import { fromStore } from '../../http/store-failure.ts';
import type { ToldEvent } from '../../subscriptions/notification.ts';
import { readShapes } from '../../topics/shapes.ts';

/** The most resources for one event, and for a whole notification: further ones are left out. */
const mostOfEvent = 100;
const mostOfAll = 500;
const attempts = 3;
const scope = { path: '/Subscription/$events', interaction: '$events', of: '*' };

interface Finding {
  /** Of the caller, by the current search permissions. */
  readonly services: Services;
  readonly budget: Call['budget'];
  readonly own: Awaited<ReturnType<Services['store']['searchParameters']>>;
  /** Resources by `Type/id`; undefined for those that the caller does not find. */
  readonly known: Map<string, StoredVersion | undefined>;
}

/**
 * The events with the resources that accompany each.
 * @param topic as stored now; undefined: no resources are added
 * @throws as a search does
 */
export async function withAdditional(
  services: Services,
  { budget }: Pick<Call, 'budget'>,
  topic: Readonly<Record<string, unknown>> | undefined,
  told: readonly ToldEvent[],
): Promise<readonly ToldEvent[]> {
  const shapes = topic?.['notificationShape'];
  if (shapes === undefined || !told.some(({ version }) => version?.deleted === false)) return told;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await fromStore(() => found(services, budget, shapes, told), scope);
    } catch (error) {
      if (!(error instanceof SearchParametersChanged) || attempt === attempts) throw error;
    }
  }
}

async function found(
  caller: Services,
  budget: Call['budget'],
  given: unknown,
  told: readonly ToldEvent[],
): Promise<readonly ToldEvent[]> {
  const services = await asSearching(caller);
  const own = await services.store.searchParameters();
  const reading = { timeZone: services.timeZone, ownBases: [services.baseUrl], own };
  // An include that is no longer understood, for instance because its elements are now hidden, is left out.
  const shapes = readShapes(given, [], reading, () => undefined);
  const finding: Finding = { services, budget, own, known: new Map() };
  const direct = told.map(({ version }) => (version === undefined ? [] : namedBy(version, shapes, finding)));
  await learn(direct.flat(), finding);
  const events: ToldEvent[] = [];
  let left = mostOfAll;
  for (const [n, event] of told.entries()) {
    const { version } = event;
    const includes = version === undefined ? [] : (shapes.get(version.type) ?? []);
    const all = version === undefined ? [] : await besides(version, { includes, direct: direct[n]! }, finding);
    const additional = all.slice(0, Math.min(left, mostOfEvent));
    left -= additional.length;
    events.push(additional.length === 0 ? event : { ...event, additional });
  }
  return events;
}

interface Named {
  readonly type: string;
  readonly id: string;
}

/** The targets of the includes in the version of the event, whatever the resource refers to now. */
function namedBy(
  { type, deleted, content }: StoredVersion,
  shapes: ReadonlyMap<string, readonly Include[]>,
  { services, budget, own }: Finding,
): Named[] {
  const includes = (shapes.get(type) ?? []).filter(
    ({ direction, source }) => direction === 'include' && (source === type || source === '*'),
  );
  if (deleted || includes.length === 0) return [];
  payForParsing(budget, content);
  const resource = JSON.parse(content.toString('utf8')) as Parameters<typeof referencesOf>[0];
  const options = { ownBases: [services.baseUrl], timeZone: services.timeZone, own, budget };
  const named = includes.flatMap(({ parameter, target, except }) =>
    referencesOf(resource, parameter === '*' ? '*' : [parameter], options).flatMap((to): Named[] => {
      if (to.type === undefined || to.id === undefined || except?.has(`${type}.${to.parameter}`) === true) return [];
      return target === undefined || target === '*' || target === to.type ? [{ type: to.type, id: to.id }] : [];
    }),
  );
  const once = new Map(named.map((one) => [`${one.type}/${one.id}`, one]));
  return [...once.values()].slice(0, mostOfEvent);
}

/** Looks up unknown resources, each type by one search. */
async function learn(names: readonly Named[], finding: Finding): Promise<void> {
  const wanted = names.filter(({ type, id }) => !finding.known.has(`${type}/${id}`));
  for (const [type, some] of Map.groupBy(wanted, (one) => one.type)) {
    const ids = [...new Set(some.map(({ id }) => id))].slice(0, mostOfAll);
    for (const id of ids) finding.known.set(`${type}/${id}`, undefined);
    const { matches } = await searched(type, ids, [], finding);
    for (const version of matches) finding.known.set(`${type}/${version.id}`, version);
  }
}

/** All resources that accompany one version, in order: those to which it refers, those that refer to it, and the includes of these. */
async function besides(
  { type, id }: StoredVersion,
  { includes, direct }: { readonly includes: readonly Include[]; readonly direct: readonly Named[] },
  finding: Finding,
): Promise<StoredVersion[]> {
  const all = new Map<string, StoredVersion>();
  const add = (versions: readonly StoredVersion[]): void => {
    for (const one of versions) all.set(`${one.type}/${one.id}`, one);
  };
  add(direct.flatMap((one) => finding.known.get(`${one.type}/${one.id}`) ?? []));
  const iterated = includes.filter(({ iterate }) => iterate);
  const reverse = includes.filter(({ direction, iterate }) => direction === 'revinclude' && !iterate);
  if (reverse.length > 0) add((await searched(type, [id], [...reverse, ...iterated], finding)).included);
  if (iterated.length > 0)
    for (const [of, some] of Map.groupBy([...all.values()], (one) => one.type)) {
      const ids = some.map((one) => one.id);
      add((await searched(of, ids, iterated, finding)).included);
    }
  all.delete(`${type}/${id}`);
  return [...all.values()];
}

async function searched(
  type: string,
  ids: readonly string[],
  includes: readonly Include[],
  { services, budget }: Finding,
): Promise<{ readonly matches: readonly StoredVersion[]; readonly included: readonly StoredVersion[] }> {
  const { store, rules } = services;
  if (rules === undefined || searchRule(rules, type) === false) return { matches: [], included: [] };
  const where: Condition = { op: 'id', any: [...ids] };
  const query = { branches: [{ type, where }], sort: [], includes };
  const limits = { count: ids.length, includeLimit: mostOfEvent };
  const page = await store.search({ query, access: searchAccess(services), budget, ...limits });
  budget.take(page.matches.length + page.included.length, '$events');
  return page;
}
