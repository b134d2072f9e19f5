/** Topics and subscriptions at the reader's position: a fold over the feed, so that every reader gets the same result. */
import type { SubscriptionRequest } from '@dhp/fhir-store/subscriptions';
import { LRUCache } from 'lru-cache';
import type { Change, FeedReport } from '../contract/changes.ts';
import { compileFilters, keysOfChange, meetsFilters, type CompiledFilters } from '../topics/filters.ts';
import { idsIn, lookedAtByAll } from '../topics/criteria.ts';
import { basesNamed, compileWhole } from '../topics/derived.ts';
import { asksPrevious, fires } from '../topics/fires.ts';
import { changeOf, type TopicChange } from '../topics/change.ts';
import type { CompiledTopic, Criteria, Reading } from '../topics/topic.ts';
import { channelOf } from './channel.ts';
import { canonicalParts } from '../topics/find-topic.ts';
import { ownerIn, type Owner } from './owners.ts';
import { requestIn } from './request-identifier.ts';

type Json = Readonly<Record<string, unknown>>;

interface KnownTopic {
  readonly id: string;
  readonly ver: number;
  readonly resource: Json;
  /** The topic with the parts taken from other topics. Undefined if it is not active or cannot be served. */
  readonly made: { readonly topic: CompiledTopic; readonly whole: Json } | undefined;
}

/** A subscription that is not off. */
export interface KnownSubscription {
  readonly id: string;
  readonly ver: number;
  readonly request: string | undefined;
  readonly status: string;
  readonly canonical: string;
  readonly filterBy: unknown;
  readonly isSent: boolean;
  readonly ends: Date | undefined;
  /** Undefined if its rights are not known. */
  readonly owner: Owner | undefined;
}

/** Status of a Subscription whose events are numbered. */
export const live: ReadonlySet<string> = new Set(['requested', 'active', 'error']);

interface Served {
  readonly topic: CompiledTopic;
  /** `Criteria.looksAt` of its triggers and of the filters of its subscriptions, without duplicates. */
  readonly looksAt: ReadonlySet<Criteria['looksAt']>;
  /** Candidates by a key that a change must have, and candidates without a known key. */
  readonly byKey: ReadonlyMap<bigint, readonly Candidate[]>;
  readonly unkeyed: readonly Candidate[];
}

/** All that may look at a change, or at a reported event. */
interface ServedTogether {
  readonly topics: readonly Served[];
  /** `Criteria.looksAt` of all of them: rows are made of these parameters only. */
  readonly looksAt: ReadonlySet<string> | undefined;
}

/** By the type of changes, and by the name of reported events. */
interface ByKind {
  readonly changes: ReadonlyMap<string, ServedTogether>;
  readonly reports: ReadonlyMap<string, ServedTogether>;
}

function nameOfEvent({ system, code, type }: Pick<FeedReport, 'system' | 'code' | 'type'>): string {
  return JSON.stringify([system, code, type]);
}

interface Candidate {
  readonly subscription: KnownSubscription;
  readonly filters: CompiledFilters;
}

interface CompiledOnce {
  readonly topic: CompiledTopic;
  readonly filterBy: unknown;
  readonly made: ReturnType<typeof compileFilters>;
}

/**
 * Whether a change is an event of a subscription according to topic and filters; `untold`: evaluating them on this change costs too much.
 */
type Verdict = 'event' | 'untold' | 'none';

/**
 * Verdicts about one subscription: for owners who see the version before the change, and for owners who do not see it, for whom that
 * version does not exist.
 */
export interface Verdicts {
  readonly seeing: Verdict;
  readonly blind: Verdict;
}

export interface Judged {
  /** Verdicts for the subscriptions that a change may concern. */
  readonly verdicts: ReadonlyMap<KnownSubscription, Verdicts>;
  /** Why a trigger could not be evaluated. */
  readonly failure: string | undefined;
}

/** Owners that are cached: those of two thousand tokens. */
const mostOwners = 2_000;

export class Known {
  readonly reading: Reading;
  readonly #topics = new Map<string, KnownTopic>();
  readonly #subscriptions = new Map<string, KnownSubscription>();
  #served: ByKind | undefined;
  /** Whether a topic has changed since the derived topics were compiled. */
  #isStale = false;
  #unserved = new Map<string, string>();
  /** Number of subscriptions per topic: topics without a subscription are not evaluated. */
  readonly #named = new Map<string, number>();
  #types: ReadonlySet<string> | undefined;
  #hearsReports: boolean | undefined;
  /** Compiled filters: compiling takes longer than looking them up. */
  readonly #compiled = new Map<string, CompiledOnce>();

  /** By their rights as stored. */
  readonly #owners = new LRUCache<string, Owner>({ max: mostOwners });

  /** @param reading by which topics, filters and changes are understood */
  constructor(reading: Reading) {
    this.reading = reading;
  }

  /** The owner of a request. All requests by one token share the same object, so that queries about it are made once for all of them. */
  ownerIn(request: Pick<SubscriptionRequest, 'rights'>): Owner {
    const written = JSON.stringify(request.rights);
    let owner = this.#owners.get(written);
    if (owner === undefined) this.#owners.set(written, (owner = ownerIn(request)));
    return owner;
  }

  get subscriptions(): Iterable<KnownSubscription> {
    return this.#subscriptions.values();
  }

  subscription(id: string): KnownSubscription | undefined {
    return this.#subscriptions.get(id);
  }

  setTopic(id: string, ver: number, resource: Json | undefined): void {
    this.#served = this.#types = this.#hearsReports = undefined;
    if (resource === undefined) this.#topics.delete(id);
    else {
      const isDerived = basesNamed(resource).length > 0;
      this.#topics.set(id, { id, ver, resource, made: isDerived ? undefined : this.#made(resource, () => undefined) });
    }
    this.#isStale = true;
  }

  setSubscription(subscription: KnownSubscription): void {
    const before = this.#subscriptions.get(subscription.id);
    this.#served = undefined;
    this.#subscriptions.set(subscription.id, subscription);
    if (before?.canonical === subscription.canonical) return;
    this.#count(before?.canonical, -1);
    this.#count(subscription.canonical, 1);
  }

  dropSubscription(id: string): void {
    const before = this.#subscriptions.get(id);
    if (before === undefined) return;
    this.#served = undefined;
    this.#subscriptions.delete(id);
    this.#compiled.delete(id);
    this.#count(before.canonical, -1);
  }

  #count(canonical: string | undefined, more: number): void {
    if (canonical === undefined) return;
    const count = (this.#named.get(canonical) ?? 0) + more;
    if (count === 0) this.#named.delete(canonical);
    else this.#named.set(canonical, count);
    if (count === 0 || count === more) this.#types = this.#hearsReports = undefined;
  }

  /** Types whose changes may be events. Called after each Subscription that is read, so it does not iterate over all of them. */
  types(): ReadonlySet<string> {
    return (this.#types ??= new Set(this.#namedTopics().flatMap(({ topic }) => [...topic.triggers.keys()])));
  }

  #namedTopics(): NonNullable<KnownTopic['made']>[] {
    return [...this.#named.keys()].flatMap((canonical) => this.#topicOf(canonical) ?? []);
  }

  /** Subscriptions that cannot be served as topics are now, with the reason. */
  unserved(): ReadonlyMap<string, string> {
    this.#byKind();
    return this.#unserved;
  }

  /** Whether the version before a change is needed to judge the change. */
  asksPrevious({ type, deleted, isNew }: Change): boolean {
    if (isNew === true || !this.types().has(type)) return false;
    const interaction = deleted ? 'delete' : 'update';
    const { topics } = this.#byKind().changes.get(type) ?? nobody;
    return topics.some(({ topic }) => asksPrevious(topic, { type, interaction }));
  }

  /**
   * Judges a change twice if the previous version matters: a topic must not disclose it to owners who cannot see it.
   * @param previous the content of the previous version, if it was requested and exists
   */
  judge(stored: Change, previous: Json | undefined): Judged {
    const served = this.types().has(stored.type) ? this.#byKind().changes.get(stored.type) : undefined;
    if (served === undefined) return { verdicts: new Map(), failure: undefined };
    const { topics, looksAt: only } = served;
    const current = stored.deleted ? undefined : (JSON.parse(stored.content.toString('utf8')) as never);
    const change = changeOf({ ...stored, current, previous: previous as never }, { ...this.reading, only });
    const seeing = verdictsOf(topics, change);
    // Whoever sees a deletion sees the deleted version.
    if (change.previous === undefined || stored.deleted) return alike(seeing);
    return apart(seeing, verdictsOf(topics, { ...change, previous: undefined }));
  }

  /** Whether any reported event may concern a subscription. Like `types`, it iterates over topics, not over all Subscriptions. */
  hearsReports(): boolean {
    return (this.#hearsReports ??= this.#namedTopics().some(({ topic }) => topic.events.length > 0));
  }

  /** Whether a reported event may concern a subscription. */
  hears(report: FeedReport): boolean {
    return this.#byKind().reports.has(nameOfEvent(report));
  }

  /**
   * The subscriptions that an event may concern, each with the ids of its focus that the filters require; an empty list if they require
   * none.
   */
  hearing(event: Pick<FeedReport, 'system' | 'code' | 'type'>): Map<KnownSubscription, readonly string[]> {
    const { topics } = this.#byKind().reports.get(nameOfEvent(event)) ?? nobody;
    const all = topics.flatMap(({ byKey, unkeyed }) => [...unkeyed, ...[...byKey.values()].flat()]);
    return new Map(
      all.map(({ subscription, filters }) => {
        const filter = filters.byType.get(event.type);
        return [subscription, filter === undefined ? [] : idsIn(filter.condition)];
      }),
    );
  }

  /** @param focus the version that the event is about */
  judgeReport(report: FeedReport, focus: Change): Judged {
    const current = JSON.parse(focus.content.toString('utf8')) as never;
    const { topics, looksAt: only } = this.#byKind().reports.get(nameOfEvent(report)) ?? nobody;
    const change = changeOf({ ...focus, current, previous: undefined }, { ...this.reading, only });
    return alike(verdictsOf(topics, change, false));
  }

  #byKind(): ByKind {
    return (this.#served ??= this.#serve());
  }

  #serve(): ByKind {
    this.#unserved = new Map();
    const byTopic = new Map<CompiledTopic, Candidate[]>();
    for (const subscription of this.#subscriptions.values()) {
      const topic = this.#topicOf(subscription.canonical)?.topic;
      const compiled = topic && this.#filtersOf(subscription, topic);
      if (compiled === undefined || 'faults' in compiled) {
        const why =
          compiled === undefined
            ? 'Its topic is not active any more.'
            : `Its topic has changed: ${compiled.faults[0].place}: ${compiled.faults[0].message}.`;
        this.#unserved.set(subscription.id, `${why} Request it again with a topic that this server offers.`);
      } else {
        const candidates = byTopic.get(topic!) ?? [];
        candidates.push({ subscription, filters: compiled.filters });
        byTopic.set(topic!, candidates);
      }
    }
    const [changes, reports] = [new Map<string, Served[]>(), new Map<string, Served[]>()];
    const add = (to: Map<string, Served[]>, key: string, served: Served): void =>
      void to.set(key, [...(to.get(key) ?? []), served]);
    for (const [topic, candidates] of byTopic) {
      for (const type of topic.triggers.keys()) add(changes, type, servedOf(topic, type, candidates));
      for (const event of topic.events) add(reports, nameOfEvent(event), servedOf(topic, event.type, candidates));
    }
    return { changes: together(changes), reports: together(reports) };
  }

  #filtersOf(subscription: KnownSubscription, topic: CompiledTopic): CompiledOnce['made'] {
    const { id, filterBy } = subscription;
    const before = this.#compiled.get(id);
    if (before?.topic === topic && before.filterBy === filterBy) return before.made;
    const made = compileFilters(topic, filterBy, this.reading);
    this.#compiled.set(id, { topic, filterBy, made });
    return made;
  }

  /** The topic of a subscription with the parts taken from other topics; undefined if it cannot be served. */
  topicOf({ canonical }: KnownSubscription): Json | undefined {
    return this.#topicOf(canonical)?.whole;
  }

  /** Of several the one with the lowest id. */
  #topicOf(canonical: string): KnownTopic['made'] {
    const { url, version } = canonicalParts(canonical);
    this.#derive();
    const found = [...this.#topics.values()].filter(
      ({ made }) => made?.topic.url === url && (version === undefined || made.topic.version === version),
    );
    return found.sort((a, b) => (a.id < b.id ? -1 : 1))[0]?.made;
  }

  /** Compiles derived topics again: a topic from which they take parts may have changed. */
  #derive(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    const active = [...this.#topics.values()].filter(({ resource }) => resource['status'] === 'active');
    const byUrl = Map.groupBy(
      active.sort((a, b) => (a.id < b.id ? -1 : 1)),
      ({ resource }) => resource['url'],
    );
    const bases = (canonical: string): Json | undefined => {
      const { url, version } = canonicalParts(canonical);
      const found = byUrl.get(url)?.find(({ resource }) => version === undefined || resource['version'] === version);
      return found?.resource;
    };
    for (const known of active)
      if (basesNamed(known.resource).length > 0)
        this.#topics.set(known.id, { ...known, made: this.#made(known.resource, bases) });
  }

  #made(resource: Json, bases: (canonical: string) => Json | undefined): KnownTopic['made'] {
    const made = resource['status'] === 'active' ? compileWhole(resource, this.reading, bases) : undefined;
    return made !== undefined && 'topic' in made ? made : undefined;
  }
}

const nobody: ServedTogether = { topics: [], looksAt: new Set() };

function together(served: ReadonlyMap<string, readonly Served[]>): ReadonlyMap<string, ServedTogether> {
  return new Map(
    [...served].map(([key, topics]) => {
      return [key, { topics, looksAt: lookedAtByAll(topics.flatMap(({ looksAt }) => [...looksAt])) }];
    }),
  );
}

interface FoundVerdicts {
  /** Verdicts other than `none`. */
  readonly of: ReadonlyMap<KnownSubscription, Verdict>;
  readonly failure: string | undefined;
}

/** @param isFired whether the triggers of the topics must fire as well */
function verdictsOf(served: readonly Served[], change: TopicChange, isFired = true): FoundVerdicts {
  let failure: string | undefined;
  const of = new Map<KnownSubscription, Verdict>();
  for (const each of served) {
    try {
      const verdict = isFired ? fires(each.topic, change) : undefined;
      failure ??= verdict?.failure;
      if (isFired && verdict?.trigger === undefined) continue;
      for (const one of matching(each, change)) of.set(one, 'event');
    } catch (error) {
      // A failure of one topic does not affect the others.
      failure ??= error instanceof Error ? error.message : String(error);
      for (const one of candidatesOf(each)) if (!of.has(one)) of.set(one, 'untold');
    }
  }
  return { of, failure };
}

function alike({ of, failure }: FoundVerdicts): Judged {
  return { verdicts: new Map([...of].map(([one, verdict]) => [one, { seeing: verdict, blind: verdict }])), failure };
}

function apart(seeing: FoundVerdicts, blind: FoundVerdicts): Judged {
  const all = new Set([...seeing.of.keys(), ...blind.of.keys()]);
  const verdicts = [...all].map(
    (one) => [one, { seeing: seeing.of.get(one) ?? 'none', blind: blind.of.get(one) ?? 'none' }] as const,
  );
  return { verdicts: new Map(verdicts), failure: seeing.failure ?? blind.failure };
}

function candidatesOf({ byKey, unkeyed }: Served): Set<KnownSubscription> {
  return new Set([...unkeyed, ...[...byKey.values()].flat()].map(({ subscription }) => subscription));
}

function servedOf(topic: CompiledTopic, type: string, candidates: readonly Candidate[]): Served {
  const byKey = new Map<bigint, Candidate[]>();
  const unkeyed: Candidate[] = [];
  const queries = (topic.triggers.get(type) ?? []).flatMap(({ query }) => [query?.previous, query?.current]);
  const looksAt = new Set(queries.flatMap((criteria) => (criteria === undefined ? [] : [criteria.looksAt])));
  for (const candidate of candidates) {
    const filter = candidate.filters.byType.get(type);
    if (filter !== undefined) looksAt.add(filter.looksAt);
    const keys = filter?.keys;
    if (keys === undefined) unkeyed.push(candidate);
    else
      for (const key of keys) {
        const others = byKey.get(key);
        if (others === undefined) byKey.set(key, [candidate]);
        else others.push(candidate);
      }
  }
  return { topic, looksAt, byKey, unkeyed };
}

function* matching({ byKey, unkeyed }: Served, change: TopicChange): Generator<KnownSubscription> {
  const candidates = new Set(unkeyed);
  if (byKey.size > 0)
    for (const key of keysOfChange(change)) for (const candidate of byKey.get(key) ?? []) candidates.add(candidate);
  for (const { subscription, filters } of candidates) if (meetsFilters(filters, change)) yield subscription;
}

/** A Subscription as stored. @param owner the owner of its request */
export function subscriptionOf(
  { id, versionId }: { readonly id: string; readonly versionId: number },
  resource: Json,
  owner: Owner | undefined,
): KnownSubscription {
  const { kind, ends } = channelOf(resource);
  return {
    id,
    ver: versionId,
    request: requestIn(resource),
    status: String(resource['status']),
    canonical: String(resource['topic']),
    filterBy: resource['filterBy'],
    isSent: kind === 'rest-hook' || kind === 'email',
    ends,
    owner,
  };
}
