/**
 * Reads all data of the subscription pages from the FHIR server: one request for the states, one for the Subscriptions, one for titles of
 * topics.
 */
import type { Language } from '@dhp/negotiation';
import type { Asking, NotAnswered } from './fhir.ts';
import {
  eventsIn,
  nextPlaceIn,
  requestedIn,
  standingsIn,
  titlesIn,
  type Requested,
  type Standing,
  type Told,
} from './shapes.ts';

/** The most that a page lists, the last changed first. */
const mostListed = 100;
/** Events of the page of one. */
export const mostEvents = 100;
/** Titles that are looked up at once. */
const mostTopics = 20;

export interface ShownSubscription extends Standing {
  /** Undefined if the server does not report it. */
  readonly requested: Requested | undefined;
  readonly title: string | undefined;
}

/** Start of a page of the list: the server's answer after `behind`, without the first `skipped` entries. */
export interface ListPlace {
  /** Empty: from the one that changed last. */
  readonly behind: string;
  readonly skipped: number;
}

export function ownStatuses({ behind }: Pick<ListPlace, 'behind'>): string {
  return `/Subscription/$status?own=true${behind === '' ? '' : `&behind=${encodeURIComponent(behind)}`}`;
}

export interface Listed {
  readonly all: readonly ShownSubscription[];
  /** Undefined if there are no further ones. */
  readonly next: ListPlace | undefined;
}

export async function listed(asking: Asking, language: Language, place: ListPlace): Promise<Listed | NotAnswered> {
  const statuses = await asking.ask('GET', ownStatuses(place));
  if ('not' in statuses) return statuses;
  const standings = standingsIn(statuses.body);
  const end = place.skipped + mostListed;
  const all = await withDetails(asking, language, standings.slice(place.skipped, end));
  if (standings.length > end) return { all, next: { ...place, skipped: end } };
  const behind = nextPlaceIn(statuses.body);
  return { all, next: behind === undefined ? undefined : { behind, skipped: 0 } };
}

export interface ShownOne {
  readonly subscription: ShownSubscription;
  /** The newest first. */
  readonly events: readonly Told[];
  /** Only events before this number; undefined: the last ones. */
  readonly before: number | undefined;
}

/** @returns undefined if it does not exist, or does not belong to the application */
export async function one(
  asking: Asking,
  language: Language,
  id: string,
  { showsContent, before }: { readonly showsContent: boolean; readonly before: number | undefined },
): Promise<ShownOne | NotAnswered | undefined> {
  const statuses = await asking.ask('GET', statusPath(id));
  if ('not' in statuses) return isThere(statuses) ? statuses : undefined;
  const [standing] = standingsIn(statuses.body);
  if (standing === undefined) return undefined;
  const until = before === undefined ? standing.numbered : Math.min(before - 1, standing.numbered);
  const range = new URLSearchParams({
    eventsSinceNumber: String(Math.max(1, until - mostEvents + 1)),
    ...(before !== undefined && { eventsUntilNumber: String(Math.max(1, until)) }),
    content: showsContent ? 'id-only' : 'empty',
  });
  const [[subscription], told] = await Promise.all([
    withDetails(asking, language, [standing]),
    asking.ask('GET', `/Subscription/${id}/$events?${range.toString()}`),
  ]);
  if ('not' in told) return isThere(told) ? told : undefined;
  return { subscription: subscription!, events: eventsIn(told.body), before };
}

export const statusPath = (id: string): string => `/Subscription/${id}/$status`;

const isThere = (answer: NotAnswered): boolean =>
  !(answer.not === 'refused' && (answer.status === 404 || answer.status === 410));

async function withDetails(
  asking: Asking,
  language: Language,
  standings: readonly Standing[],
): Promise<ShownSubscription[]> {
  if (standings.length === 0) return [];
  const topics = [...new Set(standings.map(({ topic }) => topic.split('|', 1)[0]!))].slice(0, mostTopics);
  const value = topics.map((topic) => topic.replaceAll(/[\\,$|]/g, '\\$&')).join(',');
  const [found, titled] = await Promise.all([
    asking.ask('POST', '', {
      ...{ resourceType: 'Bundle', type: 'batch' },
      entry: standings.map(({ id }) => ({ request: { method: 'GET', url: `Subscription/${id}` } })),
    }),
    asking.ask('GET', `/SubscriptionTopic?${new URLSearchParams({ url: value, status: 'active' }).toString()}`),
  ]);
  const requested = 'not' in found ? new Map<string, Requested>() : requestedIn(found.body);
  const titles = 'not' in titled ? new Map<string, string>() : titlesIn(titled.body, language);
  return standings.map((standing) => ({
    ...standing,
    requested: requested.get(standing.id),
    title: titles.get(standing.topic.split('|', 1)[0]!) || undefined,
  }));
}
