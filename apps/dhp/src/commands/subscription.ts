/** `dhp subscription list|show|replay|pause|resume`: notifications of an environment, telling them again, and holding them back. docs/notifications.md */
import { insertAuditEvents } from '@dhp/audit';
import type { FhirStore } from '@dhp/fhir-store';
import type { ListedSubscription } from '@dhp/fhir-store/subscriptions';
import { connect, type Sql } from '@dhp/postgres';
import { operatingSystemUser } from '@dhp/sso-kit';
import { UsageError, type Command, type Option, type Values } from '../cli.ts';
import { openContext, withSsoDatabase } from '../context.ts';
import { environmentOf, environmentOption, withEnvironment, withStore } from '../environment.ts';
import { progressOn, silent } from '../progress.ts';
import { results } from '../results.ts';
import { card, print, table } from '../output.ts';
import { reason, reasonOf, textOf } from './shared.ts';

/** Loaded when the command runs: the help does not need it. */
const subscriptions = async () => import('@dhp/fhir-store/subscriptions');

/** The most Subscriptions of one list, and the most of their resources that are read at a time. */
const limit = 1_000;
const together = 50;

const json: Option = { type: 'boolean', help: 'print one JSON object' };
const options = { environment: environmentOption, json };
const from: Option = { type: 'string', value: 'NUMBER', help: 'the first event that is told again' };
const since: Option = { type: 'string', value: 'TIME', help: 'in its place: from the first event of that time on' };

interface Shown extends ListedSubscription {
  readonly topic: string | undefined;
  readonly endpoint: string | undefined;
}

function work<Result>(values: Values, act: (sql: Sql, url: string) => Promise<Result>): Promise<Result> {
  const context = openContext(values['json'] === true ? silent : progressOn(process.stderr, 1000));
  return withEnvironment(context, environmentOf(values), async (url) => {
    const sql = connect(url, { max: 1, applicationName: 'dhp subscription' });
    try {
      return await act(sql, url);
    } finally {
      await sql.end();
    }
  });
}

/** The existing ones, with data of their resources. */
async function found(values: Values, id?: string): Promise<Shown[]> {
  const { listSubscriptions } = await subscriptions();
  return work(values, async (sql, url) => {
    const all = await listSubscriptions(sql, limit, { id });
    if (all.length === 0) return [];
    return withStore(openContext(silent), environmentOf(values), url, async (store) => {
      const shown: Shown[] = [];
      for (let n = 0; n < all.length; n += together)
        shown.push(...(await Promise.all(all.slice(n, n + together).map((one) => withResource(one, store)))));
      return shown;
    });
  });
}

/** Values of its channel are withheld in the stored resource, as everywhere. */
async function withResource(one: ListedSubscription, store: FhirStore): Promise<Shown> {
  const stored = await store.read('Subscription', one.id);
  const text = stored?.deleted === false ? stored.content.toString('utf8') : '{}';
  const { topic, endpoint } = JSON.parse(text) as Readonly<Record<string, unknown>>;
  return { ...one, topic: stringOf(topic), endpoint: stringOf(endpoint) };
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

const columns = ['SUBSCRIPTION', 'STATUS', 'NUMBERED', 'TAKEN', 'BEHIND', 'SINCE', 'FAILED', 'CLIENT', 'TOPIC'];

const list: Command = {
  name: 'subscription list',
  summary: 'List subscriptions, the last changed first, and how far the notifications of each are',
  options,
  examples: ['dhp subscription list --environment production'],
  run: async (values) => {
    const all = await found(values);
    if (values['json'] === true) print({ subscriptions: all.map(asJson) });
    else if (all.length === 0) process.stdout.write(`${results().subscription.none}\n`);
    else process.stdout.write(table(columns, all.map(row)));
    return 0;
  },
};

const show: Command = {
  name: 'subscription show',
  summary: 'Show a subscription: its owner, how far its notifications are, and why they fail',
  argument: 'SUBSCRIPTION_ID',
  options,
  run: async (values, id) => {
    const [one] = await found(values, id);
    if (one === undefined) throw unknown(id);
    if (values['json'] === true) print(asJson(one));
    else process.stdout.write(card(asJson(one)));
    return 0;
  },
};

const replay: Command = {
  name: 'subscription replay',
  summary: 'Have the notifications of a subscription told again, from a number on, under the same numbers',
  argument: 'SUBSCRIPTION_ID',
  options: { ...options, from, since, reason },
  examples: [
    "dhp subscription replay results --from 1200 --reason 'the receiver was restored to yesterday'",
    "dhp subscription replay results --since 2026-11-25T09:30:00+05:00 --reason 'the receiver was restored'",
  ],
  run: async (values, id) => {
    const { replaySubscription } = await subscriptions();
    const asked = sinceOf(values);
    const replayed = await work(values, (sql) => replaySubscription(sql, id, asked));
    if (replayed === 'unknown') throw unknown(id);
    if (replayed === 'none')
      throw new UsageError(results().subscription.noneSince({ subscription: id, time: String(values['since']) }));
    if (replayed === undefined) throw new UsageError(results().subscription.nothing({ subscription: id }));
    if ('first' in replayed) {
      const { first: lowest, last: highest } = replayed;
      const numbers = { first: String(lowest), last: String(highest) };
      throw new UsageError(results().subscription.outside({ subscription: id, ...numbers }));
    }
    const first = String(replayed.from);
    await record(values, 'subscription.replayed', `${id} from ${first}`);
    if (values['json'] === true) print({ subscription_id: id, from: Number(first), replayed: true });
    else process.stdout.write(`${results().subscription.replayed({ subscription: id, number: first })}\n`);
    return 0;
  },
};

/** The number of `--from`, or the time of `--since`. @throws UsageError */
function sinceOf(values: Values): number | Date {
  const [number, text] = [textOf(values, 'from'), textOf(values, 'since')];
  if (text === undefined && number !== undefined && /^[1-9]\d{0,14}$/.test(number)) return Number(number);
  // Without an offset it would depend on the reader's zone.
  const isTime = text !== undefined && /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const time = new Date(isTime ? text : NaN);
  if (number !== undefined || Number.isNaN(time.getTime())) throw new UsageError(results().subscription.number);
  return time;
}

const pause: Command = {
  name: 'subscription pause',
  summary:
    'Hold the notifications of a subscription back; its events go on being numbered, and are kept as long as others',
  argument: 'SUBSCRIPTION_ID',
  options: { ...options, reason },
  examples: ["dhp subscription pause results --reason 'the receiver is moved until Monday'"],
  run: (values, id) => hold(values, id, 'paused'),
};

const resume: Command = {
  name: 'subscription resume',
  summary: 'Have the notifications of a subscription that were held back go on behind what its receiver has taken',
  argument: 'SUBSCRIPTION_ID',
  options: { ...options, reason },
  run: (values, id) => hold(values, id, 'resumed'),
};

/** Both may be repeated: an act without effect is not recorded again. */
async function hold(values: Values, id: string, act: 'paused' | 'resumed'): Promise<number> {
  const { pauseSubscription, resumeSubscription } = await subscriptions();
  const held = act === 'paused' ? pauseSubscription : resumeSubscription;
  const isChanged = await work(values, (sql) => held(sql, id));
  if (isChanged === undefined) throw unknown(id);
  if (isChanged) await record(values, `subscription.${act}`, id);
  if (values['json'] === true) print({ subscription_id: id, paused: act === 'paused', changed: isChanged });
  else process.stdout.write(`${results().subscription[act]({ subscription: id })}\n`);
  return 0;
}

type Act = 'subscription.replayed' | 'subscription.paused' | 'subscription.resumed';

/** In the trail of the SSO, like other acts of the command line. */
async function record(values: Values, event: Act, what: string): Promise<void> {
  const [actor, why] = [`cli:${operatingSystemUser()}`, reasonOf(values)];
  const about = `${environmentOf(values)}/${what}`;
  const told = why === undefined ? about : `${about}: ${why}`;
  await withSsoDatabase(openContext(silent), (sql) =>
    insertAuditEvents(sql, [{ recorded: new Date(), event, actor, reason: told }]),
  );
}

function unknown(id: string): UsageError {
  return new UsageError(results().subscription.unknown({ subscription: id }));
}

/** Events that its receiver has not accepted. */
function behindOf({ numbered, acknowledged }: ListedSubscription): number {
  return acknowledged === null ? 0 : numbered - acknowledged;
}

function row(one: Shown): string[] {
  const { id, status, numbered, acknowledged, behindSince, tries, paused, client, topic } = one;
  const counts = [
    String(numbered),
    acknowledged === null ? '-' : String(acknowledged),
    String(behindOf(one)),
    behindSince === null ? '-' : behindSince.toISOString(),
    String(tries),
  ];
  return [id, paused === null ? status : `${status},paused`, ...counts, client ?? '-', topic ?? '-'];
}

function asJson(one: Shown): Record<string, unknown> {
  const { id, status, topic, endpoint, client, owner, numbered, acknowledged, behindSince, tries, failing, changed } =
    one;
  const [, person] = owner === null ? [] : (JSON.parse(owner) as string[]);
  return {
    ...{ subscription_id: id, status },
    ...(topic !== undefined && { topic }),
    ...(endpoint !== undefined && { endpoint }),
    ...(client !== null && { client_id: client }),
    ...(person !== undefined && person !== client && { person }),
    numbered,
    ...(acknowledged !== null && { taken: acknowledged, behind: behindOf(one) }),
    ...(behindSince !== null && { behind_since: behindSince.toISOString() }),
    ...(tries > 0 && { failed: tries }),
    ...(failing !== null && { failing_since: failing.toISOString() }),
    ...(one.failure !== null && { failure: one.failure.text }),
    ...(one.paused !== null && { paused_since: one.paused.toISOString() }),
    ...(one.reason !== null && { reason: one.reason }),
    changed_at: changed.toISOString(),
  };
}

export const subscriptionCommands: readonly Command[] = [list, show, replay, pause, resume];
