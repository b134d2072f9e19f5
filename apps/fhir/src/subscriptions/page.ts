/** One page of the feed, converted to what is stored of it: the state of subscriptions and topics after the page, and events. */
import { IndexNotReady, StoreUnavailable, type ResourceStore } from '@dhp/fhir-store';
import {
  reportType,
  type FoldedSubscription,
  type NewEvent,
  type ReadPage,
  type StandingSubscription,
  type SubscriptionRequest,
  type SubscriptionStore,
} from '@dhp/fhir-store/subscriptions';
import type { Change, FeedPage, FeedReport } from '../contract/changes.ts';
import type { Services } from '../contract/interaction.ts';
import { seenChanges } from '../access/seen-changes.ts';
import { isReportedFor, ownEvents } from '../topics/access-event.ts';
import { faultsForOwner } from '../topics/for-owner.ts';
import { live, subscriptionOf, type Judged, type Known, type KnownSubscription, type Verdicts } from './known.ts';
import { askStanding, bearerOf, standingOf, type Owner, type Standing } from './owners.ts';
import { requestIn } from './request-identifier.ts';

type Json = Readonly<Record<string, unknown>>;

export interface PageMeans {
  readonly unguarded: Pick<ResourceStore, 'vread'>;
  readonly store: Pick<SubscriptionStore, 'requests' | 'standing'>;
  readonly standing: Standing;
  /** Whether the page was tried often enough: an owner for whom it still fails gets an error on its subscriptions. */
  readonly isLast: boolean;
  /** Receives failures of triggers that could not be evaluated. */
  readonly told: (failure: string) => void;
}

export interface MadePage extends Pick<ReadPage, 'subscriptions' | 'topics' | 'events'> {
  /** The position after the changes that were used; if a change adds further types, the feed is read again from there. */
  readonly to: string;
}

interface Fold {
  readonly known: Known;
  readonly subscriptions: Map<string, FoldedSubscription>;
  readonly topics: Map<string, number>;
  /** The stored state of the subscriptions that the page changes, by their ids, and their requests, by theirs. */
  readonly standing: ReadonlyMap<string, StandingSubscription>;
  readonly requests: ReadonlyMap<string, SubscriptionRequest>;
}

/**
 * Judges changes and reported events in sequence, each by the topics and subscriptions before it, and then queries which of them each owner
 * sees: an event that an owner cannot see gets no number, and the previous version is ignored for owners who cannot see it.
 * @throws StandingUnknown, StoreUnavailable; then nothing may be stored, and `known` is no longer usable
 */
export async function madeOf(
  { changes, reports, place }: Pick<FeedPage, 'changes' | 'reports' | 'place'>,
  known: Known,
  means: PageMeans,
): Promise<MadePage> {
  const fold: Fold = { known, subscriptions: new Map(), topics: new Map(), ...(await storedOf(changes, means)) };
  const candidates: CandidateEvent[] = [];
  const read = known.types();
  const readsReports = known.hearsReports();
  const byPlace = Map.groupBy(reports, (report) => report.behind);
  const judge = ({ verdicts, failure }: Judged, change: Change, beside: Beside): void => {
    if (failure !== undefined) means.told(failure);
    const at = beside.report?.happened ?? change.lastUpdated;
    for (const [subscription, verdict] of verdicts) {
      // Ends are checked every few seconds only: a change stored after the end is not an event any more.
      const isOver = subscription.ends !== undefined && subscription.ends <= at;
      if (!isOver) candidates.push({ change, ...beside, subscription, verdict });
    }
  };
  const hear = async (behind: number): Promise<void> => {
    for (const report of byPlace.get(behind) ?? []) {
      const focus = known.hears(report) ? await focusOf(report, means) : undefined;
      if (focus !== undefined) judge(known.judgeReport(report, focus), focus, { report });
    }
  };
  let to = place.position;
  await hear(0);
  const before = earlierOf(changes, known, means);
  for (const [index, change] of changes.entries()) {
    const earlier = before(index);
    const previous = known.asksPrevious(change) ? await (earlier ?? versionBefore(change, means)) : undefined;
    judge(known.judge(change, previous && resourceOf(previous)), change, { previous });
    if (change.type === 'SubscriptionTopic') foldTopic(fold, change);
    else if (change.type === 'Subscription') foldSubscription(fold, change);
    if (
      own.has(change.type) &&
      ((known.hearsReports() && !readsReports) || [...known.types()].some((type) => !read.has(type)))
    ) {
      to = change.position;
      break;
    }
    await hear(index + 1);
  }
  const events = await seen(candidates, fold, means);
  return {
    ...{ to, events, subscriptions: [...fold.subscriptions.values()] },
    topics: [...fold.topics].map(([id, ver]) => ({ id, ver })),
  };
}

const own: ReadonlySet<string> = new Set(['Subscription', 'SubscriptionTopic']);

/** The version that a reported event is about, at the place of the event. */
async function focusOf(
  { type, focus, ver, position }: FeedReport,
  { unguarded }: PageMeans,
): Promise<Change | undefined> {
  const version = await unguarded.vread(type, focus, ver);
  return version?.deleted === false ? { ...version, position } : undefined;
}

/** Previous versions are requested ahead of the change being judged, some together: one at a time, each would wait for the database. */
const ahead = 32;

/** @returns a function for the version before a change of the page, if the known topics need it; to be called for the changes in order */
function earlierOf(
  changes: readonly Change[],
  known: Known,
  means: PageMeans,
): (index: number) => Promise<Change | undefined> | undefined {
  const asked: (Promise<Change | undefined> | undefined)[] = [];
  return (index) => {
    while (asked.length < changes.length && asked.length <= index + ahead) {
      const change = changes[asked.length]!;
      const version = known.asksPrevious(change) ? versionBefore(change, means) : undefined;
      // The caller that awaits it gets its failure; if the page ends earlier, nobody does.
      version?.catch(() => undefined);
      asked.push(version);
    }
    const version = asked[index];
    asked[index] = undefined;
    return version;
  };
}

/**
 * With a position that differs from any change: whether it is visible is a separate question. Undefined if it does not exist or is a
 * deletion.
 */
async function versionBefore(
  { type, id, versionId, position }: Change,
  { unguarded }: PageMeans,
): Promise<Change | undefined> {
  const before = await unguarded.vread(type, id, versionId - 1);
  return before?.deleted === false ? { ...before, position: `before ${position}` } : undefined;
}

function foldTopic({ known, topics }: Fold, { id, versionId, deleted, content }: Change): void {
  known.setTopic(id, versionId, deleted ? undefined : (JSON.parse(content.toString('utf8')) as Json));
  topics.set(id, versionId);
}

const unknownRights =
  'The server has no rights by which its events could be read: it was stored before this server made events, or not by a client. Request it again.';
const ofAnother = 'It was requested by two clients or persons. Each makes a Subscription of its own.';

/** Requested together, since a client may store hundreds of them at once. */
async function storedOf(
  changes: readonly Change[],
  { store }: PageMeans,
): Promise<Pick<Fold, 'standing' | 'requests'>> {
  const meant = changes.filter(({ type }) => type === 'Subscription');
  if (meant.length === 0) return { standing: new Map(), requests: new Map() };
  const named = meant.flatMap((change) => requestIn(resourceOf(change)) ?? []);
  const [standing, requests] = await Promise.all([
    store.standing([...new Set(meant.map(({ id }) => id))]),
    store.requests([...new Set(named)]),
  ]);
  return {
    standing: new Map(standing.map((one) => [one.id, one])),
    requests: new Map(requests.map((one) => [one.id, one])),
  };
}

function resourceOf({ deleted, content }: Pick<Change, 'deleted' | 'content'>): Json {
  return deleted ? {} : (JSON.parse(content.toString('utf8')) as Json);
}

function foldSubscription({ known, subscriptions, standing, requests }: Fold, change: Change): void {
  const { id, versionId: ver, deleted } = change;
  const resource = resourceOf(change);
  const stored = standing.get(id);
  const status = deleted ? 'off' : String(resource['status']);
  const was = known.subscription(id);
  if (!live.has(status)) {
    known.dropSubscription(id);
    // If the server has ended it, the reason remains.
    const ended = stored?.wanted === 'off' ? { wanted: null, reason: stored.reason } : { wanted: null, reason: null };
    subscriptions.set(id, { ...{ id, ver, status, request: null, owner: null, begins: false }, ...ended });
    return;
  }
  const next = subscriptionOf(change, resource, undefined);
  const request = next.request === undefined ? undefined : requests.get(next.request);
  const first = subscriptions.get(id)?.owner ?? stored?.owner ?? null;
  const owner = request?.owner ?? null;
  const row = { id, ver, status, request: next.request ?? null, owner };
  const isForeign = first !== null && owner !== null && owner !== first;
  if (request === undefined || isForeign) {
    known.dropSubscription(id);
    const reason = isForeign ? ofAnother : unknownRights;
    subscriptions.set(id, { ...row, owner: null, begins: false, wanted: 'off', reason });
    return;
  }
  const isAsked = status === 'requested' && was?.request !== next.request;
  // A subscription about to be off gets no further events.
  if (stored?.wanted === 'off' && !isAsked) known.dropSubscription(id);
  else known.setSubscription({ ...next, owner: known.ownerIn(request) });
  // A decision about an earlier request does not apply to this one.
  const wanted = isAsked ? (next.isSent ? null : 'active') : stored?.wanted === status ? null : undefined;
  subscriptions.set(id, {
    ...row,
    begins: isAsked && next.isSent,
    ...(wanted !== undefined && { wanted, reason: isAsked ? null : (stored?.reason ?? null) }),
  });
}

interface Beside {
  readonly report?: FeedReport;
  /** The version before the change, if it was read. */
  readonly previous?: Change | undefined;
}

interface CandidateEvent extends Beside {
  /** Or, of a reported event, the version that it is about, at the place of the event. */
  readonly change: Change;
  readonly subscription: KnownSubscription;
  readonly verdict: Verdicts;
}

/**
 * The events in the order of the changes. A subscription whose rights have ended is ended here: events that it did not get have no number.
 */
async function seen(candidates: readonly CandidateEvent[], fold: Fold, means: PageMeans): Promise<NewEvent[]> {
  const byOwner = new Map<string, { readonly owner: Owner; readonly changes: Set<Change> }>();
  const owners = new Map<KnownSubscription, Owner | undefined>();
  const asked = new Set(candidates.map(({ subscription: { owner } }) => owner));
  await askStanding(
    [...asked].filter((owner) => owner !== undefined),
    means.standing,
  );
  const knowing = { ...means, ...ofPage(means) };
  for (const { change, previous, subscription, verdict } of candidates) {
    if (!owners.has(subscription)) owners.set(subscription, await standingOwner(subscription, fold, knowing));
    const owner = owners.get(subscription);
    if (owner === undefined) continue;
    let found = byOwner.get(owner.name);
    if (found === undefined) byOwner.set(owner.name, (found = { owner, changes: new Set() }));
    found.changes.add(change);
    if (previous !== undefined && verdict.seeing !== verdict.blind) found.changes.add(previous);
  }
  const visible = new Map<string, ReadonlySet<string>>();
  for (const [name, { owner, changes }] of byOwner) {
    const shown = await seenOf(owner, [...changes], knowing);
    if (shown !== undefined) visible.set(name, new Set(shown.map(({ position }) => position)));
    else for (const [subscription, of] of owners) if (of?.name === name) end(fold, subscription, 'error', untoldReason);
  }
  for (const [subscription, owner] of owners) {
    const why = owner && (await hiddenFrom(owner, subscription, fold, knowing));
    if (why === undefined) continue;
    end(fold, subscription, 'error', why);
    owners.set(subscription, undefined);
  }
  return candidates.flatMap(({ change, previous, report, subscription, verdict }): NewEvent[] => {
    const owner = owners.get(subscription);
    const shown = owner && visible.get(owner.name);
    if (shown?.has(change.position) !== true) return [];
    if (report?.system === ownEvents && !isReportedFor(owner!.access, report)) return [];
    const own = previous !== undefined && shown.has(previous.position) ? verdict.seeing : verdict.blind;
    if (own === 'untold') end(fold, subscription, 'error', untoldReason);
    if (own !== 'event') return [];
    if (report !== undefined) {
      const { id, happened } = report;
      return [{ subscription: subscription.id, type: reportType, id, ver: 1, happened }];
    }
    const { type, id, versionId: ver, lastUpdated: happened } = change;
    return [{ subscription: subscription.id, type, id, ver, happened }];
  });
}

/** Computed once per owner of a page: many of its subscriptions have the same owner. */
interface OfPage extends PageMeans {
  /** As `standingOf`. @throws StandingUnknown */
  readonly standingNow: (owner: Owner) => ReturnType<typeof standingOf>;
  readonly servicesOf: (owner: Owner) => Services;
}

function ofPage({ standing }: PageMeans): Pick<OfPage, 'standingNow' | 'servicesOf'> {
  return {
    // Each by its token: that may be revoked alone.
    standingNow: once(
      (owner) => owner,
      (owner) => standingOf(owner, standing),
    ),
    servicesOf: once(
      ({ name }) => name,
      (owner) => bearerOf(owner, standing).services('s'),
    ),
  };
}

function once<Made>(keyOf: (owner: Owner) => unknown, make: (owner: Owner) => Made): (owner: Owner) => Made {
  const known = new Map<unknown, Made>();
  return (owner) => {
    const key = keyOf(owner);
    let made = known.get(key);
    if (made === undefined) known.set(key, (made = make(owner)));
    return made;
  };
}

/**
 * Why a subscription can no longer be served to its owner: since the request, an access policy hides elements that its topic or filters
 * use. Its events would disclose those elements to the owner.
 */
async function hiddenFrom(
  owner: Owner,
  subscription: KnownSubscription,
  { known }: Fold,
  { servicesOf }: OfPage,
): Promise<string | undefined> {
  const { partly, store } = servicesOf(owner);
  const topic = partly && known.topicOf(subscription);
  if (topic === undefined) return undefined;
  const reading = { ...known.reading, own: await store.searchParameters() };
  const [first] = faultsForOwner(topic, subscription.filterBy, reading, partly);
  return (
    first &&
    `An access policy hides a part of it from you: ${first.place}: ${first.message}. Request it again without that.`
  );
}

/** Undefined if the query failed so often that others must not wait any longer. */
async function seenOf(owner: Owner, changes: readonly Change[], means: OfPage): Promise<Change[] | undefined> {
  try {
    return await seenChanges(means.servicesOf(owner), changes);
  } catch (error) {
    if (!means.isLast || error instanceof StoreUnavailable || error instanceof IndexNotReady) throw error;
    means.told(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/**
 * The owner with its current rights. Undefined if they have ended: the subscription ends too. The owner may have presented a newer token
 * than the one known here.
 */
async function standingOwner(
  subscription: KnownSubscription,
  { known, subscriptions }: Fold,
  { store, standing, standingNow }: OfPage,
): Promise<Owner | undefined> {
  const { id, owner, request } = subscription;
  const before = owner && standingNow(owner);
  if (before !== undefined && 'owner' in before) return before.owner;
  const [found] = request === undefined ? [] : await store.requests([request]);
  const newer = found && known.ownerIn(found);
  if (newer !== undefined) await askStanding([newer], standing);
  const now = newer === undefined ? { ended: unknownRights } : standingOf(newer, standing);
  if ('owner' in now) {
    if (known.subscription(id)?.request === request) known.setSubscription({ ...subscription, owner: newer });
    return now.owner;
  }
  end({ known, subscriptions }, subscription, 'off', now.ended);
  return undefined;
}

const untoldReason =
  'Whether a change is one of its events could not be told, so that one may be missing. Look at what is stored, and request it again.';

/** Decides on a status with the page, unless the subscription has another request by now. */
function end(
  { known, subscriptions }: Pick<Fold, 'known' | 'subscriptions'>,
  { id, ver, status, request }: KnownSubscription,
  wanted: 'off' | 'error',
  reason: string,
): void {
  if (known.subscription(id)?.request !== request || status === wanted) return;
  if (wanted === 'off') known.dropSubscription(id);
  const row = { id, ver, status, request: request ?? null, owner: null, begins: false };
  subscriptions.set(id, { ...row, ...subscriptions.get(id), wanted, reason });
}
