/** Pages of subscriptions and of their events, from a server with more of them than an answer contains. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Asking } from '../src/subscriptions/fhir.ts';
import { listed, one, type ListPlace } from '../src/subscriptions/read.ts';

type Json = Readonly<Record<string, unknown>>;

const base = 'http://fhir.example/fhir';
/** The server's limits: subscriptions in an answer of `$status`, and events in one of `$events`. */
const [mostOwn, mostEvents] = [500, 100];

const statusOf = (id: string, numbered: number, events: readonly Json[] = []): Json => ({
  ...{ resourceType: 'SubscriptionStatus', status: 'active', topic: 'http://example.org/t' },
  ...{ subscription: { reference: `Subscription/${id}` }, eventsSinceSubscriptionStart: String(numbered) },
  notificationEvent: events,
});

/** A server with so many subscriptions, each with this many events of which the first are gone. */
function serverWith(
  count: number,
  numbered: number,
  kept: number,
): { readonly asking: Asking; readonly asked: string[] } {
  const ids = Array.from({ length: count }, (_, n) => `s${String(n)}`);
  const asked: string[] = [];
  const answered = (path: string): Json => {
    const { pathname, searchParams } = new URL(`${base}${path}`);
    const number = (name: string, none: number): number => Number(searchParams.get(name) ?? none);
    if (pathname.endsWith('/Subscription/$status')) {
      const place = searchParams.get('behind');
      const from = place === null ? 0 : Number(place.split('.')[0]);
      const page = ids.slice(from, from + mostOwn);
      const next = new URLSearchParams({ behind: `${String(from + mostOwn)}.${page.at(-1) ?? ''}`, own: 'true' });
      const url = `${base}/Subscription/$status?${next.toString()}`;
      const link = from + mostOwn < count ? [{ relation: 'self' }, { relation: 'next', url }] : [{ relation: 'self' }];
      return { resourceType: 'Bundle', link, entry: page.map((id) => ({ resource: statusOf(id, numbered) })) };
    }
    if (pathname.endsWith('$status')) return { entry: [{ resource: statusOf('s0', numbered) }] };
    if (!pathname.endsWith('$events')) return {};
    const since = Math.max(number('eventsSinceNumber', 1), numbered - kept + 1);
    const until = Math.min(number('eventsUntilNumber', numbered), numbered, since + mostEvents - 1);
    const numbers = Array.from({ length: Math.max(0, until - since + 1) }, (_, n) => since + n);
    const events = numbers.map((n) => ({ eventNumber: String(n), timestamp: '2026-01-01T00:00:00Z' }));
    return { entry: [{ resource: statusOf('s0', numbered, events) }] };
  };
  return {
    asked,
    asking: {
      ask(_, path) {
        asked.push(path);
        return Promise.resolve({ body: answered(path) });
      },
    },
  };
}

for (const count of [0, 1, 99, 100, 101, 499, 500, 501, 600, 1_203])
  test(`${String(count)} subscriptions are listed page after page, each once and in order`, async () => {
    const { asking } = serverWith(count, 1, 1);
    const found: string[] = [];
    let pages = 0;
    for (let place: ListPlace | undefined = { behind: '', skipped: 0 }; place !== undefined; pages += 1) {
      const page = await listed(asking, 'en', place);
      assert.ok('all' in page);
      assert.ok(page.all.length <= 100 && (page.all.length > 0 || count === 0));
      found.push(...page.all.map(({ id }) => id));
      place = page.next;
    }
    assert.deepEqual(
      found,
      Array.from({ length: count }, (_, n) => `s${String(n)}`),
    );
    assert.ok(pages <= Math.ceil(count / 100) + 1);
  });

for (const [numbered, kept] of [
  [0, 0],
  [1, 1],
  [100, 100],
  [101, 101],
  [731, 731],
  [731, 350],
  [2 ** 31 + 150, 260],
] as const)
  test(`${String(kept)} events up to number ${String(numbered)} are shown page after page, each once`, async () => {
    const { asking } = serverWith(1, numbered, kept);
    const found: number[] = [];
    for (let before: number | undefined, pages = 0; pages < 20; pages += 1) {
      const page = await one(asking, 'en', 's0', { showsContent: false, before });
      assert.ok(page !== undefined && 'events' in page);
      found.push(...page.events.map(({ number }) => number));
      const first = page.events.at(-1)?.number ?? 1;
      if (page.events.length < mostEvents || first === 1) break;
      before = first;
    }
    assert.deepEqual(
      found,
      Array.from({ length: kept }, (_, n) => numbered - n),
    );
  });
