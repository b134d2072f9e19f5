/**
 * Subscriptions as the FHIR server reports them: SubscriptionStatus, Subscription and SubscriptionTopic of R5, parsed without trusting
 * their form. docs/notifications.md
 */
import { textLanguageOf, type Language } from '@dhp/negotiation';
import { listOf, membersOf, textOf } from '../explorer/kept.ts';

export interface SubscriptionError {
  /** Undefined if the server has no code for it. */
  readonly code: string | undefined;
  readonly text: string;
}

/** The state of a Subscription of the application. */
export interface Standing {
  readonly id: string;
  readonly status: string;
  /** Canonical of the topic. */
  readonly topic: string;
  /** The last number that was assigned. */
  readonly numbered: number;
  readonly errors: readonly SubscriptionError[];
  /** Undefined if nothing is sent to a receiver. */
  readonly delivery: Delivery | undefined;
}

export interface Delivery {
  /** The last number that the receiver has accepted. */
  readonly taken: number;
  readonly waitingSince: Date | undefined;
  readonly failures: number;
  readonly failingSince: Date | undefined;
  readonly nextAttempt: Date | undefined;
  readonly pausedSince: Date | undefined;
}

/** A Subscription as its owner wrote it. */
export interface Requested {
  readonly channel: string;
  readonly endpoint: string;
  readonly content: string;
}

export interface Told {
  readonly number: number;
  readonly happened: Date | undefined;
  /** `Type/id`, if reported. */
  readonly focus: string | undefined;
}

const deliveryUrl = 'urn:dhp:subscription-delivery';

/** The states in a searchset of `$status`: only those of the caller, for which alone the number is reported. */
export function standingsIn(bundle: unknown): Standing[] {
  return entriesOf(bundle).flatMap((entry): Standing[] => {
    const found = membersOf(membersOf(entry)['resource']);
    if (found['resourceType'] !== 'SubscriptionStatus' || found['eventsSinceSubscriptionStart'] === undefined)
      return [];
    return [standingOf(found)];
  });
}

function standingOf(found: Readonly<Record<string, unknown>>): Standing {
  const reference = textOf(membersOf(found['subscription'])['reference']);
  return {
    id: reference.slice(reference.lastIndexOf('/') + 1),
    status: textOf(found['status']),
    topic: textOf(found['topic']),
    numbered: Number(found['eventsSinceSubscriptionStart']),
    errors: listOf(found['error']).map((one) => {
      const { coding, text } = membersOf(one);
      return { code: textOf(membersOf(listOf(coding)[0])['code']) || undefined, text: textOf(text) };
    }),
    delivery: deliveryOf(
      listOf(found['extension'])
        .map(membersOf)
        .find(({ url }) => url === deliveryUrl),
    ),
  };
}

function deliveryOf(extension: Readonly<Record<string, unknown>> | undefined): Delivery | undefined {
  if (extension === undefined) return undefined;
  const parts = new Map(listOf(extension['extension']).map((one) => [membersOf(one)['url'], membersOf(one)]));
  const time = (name: string): Date | undefined => dateOf(parts.get(name)?.['valueInstant']);
  return {
    taken: Number(parts.get('taken')?.['valueInteger64'] ?? 0),
    failures: Number(parts.get('failures')?.['valueInteger'] ?? 0),
    waitingSince: time('waiting-since'),
    failingSince: time('failing-since'),
    nextAttempt: time('next-attempt'),
    pausedSince: time('paused-since'),
  };
}

/** Subscriptions in the answer to a batch of reads, by id. */
export function requestedIn(bundle: unknown): Map<string, Requested> {
  const found = entriesOf(bundle).map((entry) => membersOf(membersOf(entry)['resource']));
  return new Map(
    found
      .filter(({ resourceType }) => resourceType === 'Subscription')
      .map((one) => [
        textOf(one['id']),
        {
          channel: textOf(membersOf(one['channelType'])['code']),
          endpoint: textOf(one['endpoint']),
          content: textOf(one['content']) || 'empty',
        },
      ]),
  );
}

/** Titles of topics by canonical, in the language of the page if available. */
export function titlesIn(bundle: unknown, language: Language): Map<string, string> {
  const found = entriesOf(bundle).map((entry) => membersOf(membersOf(entry)['resource']));
  return new Map(
    found
      .filter(({ resourceType }) => resourceType === 'SubscriptionTopic')
      .map((topic) => [textOf(topic['url']), titleOf(topic, language)]),
  );
}

/** https://hl7.org/fhir/R5/languages.html: translations are beside the text. */
function titleOf(topic: Readonly<Record<string, unknown>>, language: Language): string {
  const wanted = textLanguageOf(language);
  for (const one of listOf(membersOf(topic['_title'])['extension']).map(membersOf)) {
    const parts = listOf(one['extension']).map(membersOf);
    const part = (name: string): Readonly<Record<string, unknown>> => parts.find(({ url }) => url === name) ?? {};
    if (textOf(part('lang')['valueCode']) === wanted) return textOf(part('content')['valueString']);
  }
  return textOf(topic['title']) || textOf(topic['name']);
}

/** Events of a Bundle of `$events`, the newest first. */
export function eventsIn(bundle: unknown): Told[] {
  const [first] = entriesOf(bundle);
  const events = listOf(membersOf(membersOf(first)['resource'])['notificationEvent']).map(membersOf);
  return events
    .map(({ eventNumber, timestamp, focus }) => ({
      number: Number(eventNumber),
      happened: dateOf(timestamp),
      focus: focus === undefined ? undefined : textOf(membersOf(focus)['reference']).split('/').slice(-2).join('/'),
    }))
    .reverse();
}

/** The place behind which the next page of `$status` begins, as its link has it. */
export function nextPlaceIn(bundle: unknown): string | undefined {
  const links = listOf(membersOf(bundle)['link']).map(membersOf);
  const next = links.find(({ relation }) => relation === 'next');
  const place = URL.parse(textOf(next?.['url']))?.searchParams.get('behind');
  return place ?? undefined;
}

const entriesOf = (bundle: unknown): readonly unknown[] => listOf(membersOf(bundle)['entry']);

function dateOf(value: unknown): Date | undefined {
  const time = Date.parse(textOf(value));
  return Number.isNaN(time) ? undefined : new Date(time);
}
