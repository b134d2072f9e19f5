/** Pages of events: stored whole or not at all, with numbers without gaps, and lanes that become due. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { connect, type Sql } from '@dhp/postgres';
import { claimLanes, keepLanes, passLanes, type Lane } from '../src/statements/lanes.ts';
import {
  holdReader,
  storePage,
  type FoldedSubscription,
  type Hold,
  type ReadPage,
} from '../src/statements/event-reader.ts';
import { serverName } from '../src/statements/server.ts';
import { storeUnderTest } from './database.ts';

const { database } = await storeUnderTest('event_pages');
const sql = connect(database.url, { max: 4 });
after(() => sql.end({ timeout: 5 }));

const [{ server }] = (await sql`select ${serverName(sql)} as server`) as unknown as [{ server: string }];
const nothing = { server, database: 'd', topics: [], subscriptions: [], events: [] };
let place = 0;
let made = 0;

function page(more: Partial<ReadPage>): ReadPage {
  const from = place === 0 ? null : String(place);
  return { ...nothing, from, to: String(place + 1), ...more };
}

async function stored(hold: Hold, more: Partial<ReadPage>): Promise<boolean> {
  const isStored = await storePage(sql, hold, page(more));
  if (isStored) place += 1;
  return isStored;
}

const begun = (id: string): FoldedSubscription => ({
  ...{ id, ver: 1, request: null, owner: null, status: 'active', wanted: null, begins: true },
});

const eventsOf = (...subscriptions: string[]): ReadPage['events'] =>
  subscriptions.map((subscription) => {
    made += 1;
    return { subscription, type: 'Observation', id: `o${String(made)}`, ver: 1, happened: new Date() };
  });

async function numbers(session: Sql, subscription: string): Promise<string> {
  const rows = await session<{ all: string }[]>`
    select string_agg(id || ':' || number, ' ' order by number) as all from fhir.event where subscription = ${subscription}`;
  return rows[0]!.all;
}

const holder = randomUUID();
const take = (most = 10): Promise<Lane[]> => claimLanes(sql, holder, { all: most, failing: 0 }, 60_000);
const pass = (lanes: readonly Lane[]): Promise<boolean[]> =>
  passLanes(
    sql,
    lanes.map((lane) => [lane, { acknowledged: lane.numbered, seconds: undefined }]),
  );

test('events get the next numbers in their order, and wake the lanes of their subscriptions alone', async () => {
  const hold = (await holdReader(sql, randomUUID(), 60_000))!;
  assert.ok(await stored(hold, { subscriptions: [begun('a'), begun('b')], events: eventsOf('a') }));
  assert.deepEqual(await pass(await take()), [false, false]);
  assert.ok(await stored(hold, { events: eventsOf('a', 'a') }));
  assert.ok(await stored(hold, { events: eventsOf('b', 'a', 'b') }));
  assert.equal(await numbers(sql, 'a'), 'o1:1 o2:2 o3:3 o5:4');
  assert.equal(await numbers(sql, 'b'), 'o4:1 o6:2');
  const lanes = await take();
  assert.deepEqual(lanes.map(({ subscription, numbered }) => [subscription, numbered]).sort(), [
    ['a', 4],
    ['b', 2],
  ]);
  // An event that came while it was held makes it due again.
  assert.ok(await stored(hold, { events: eventsOf('b') }));
  const isDue = new Map((await pass(lanes)).map((due, n) => [lanes[n]!.subscription, due]));
  assert.deepEqual([isDue.get('a'), isDue.get('b')], [false, true]);
  assert.deepEqual(
    (await take()).map(({ subscription }) => subscription),
    ['b'],
  );
});

test('a page is stored by the holder alone, behind the place alone, and not in part', async () => {
  await sql`update fhir.event_reader set lease = '-infinity'`;
  const before = (await holdReader(sql, randomUUID(), 60_000))!;
  await sql`update fhir.event_reader set lease = '-infinity'`;
  const hold = (await holdReader(sql, randomUUID(), 60_000))!;
  const [numbered] = await sql`select numbered::text from fhir.subscription where id = 'a'`;
  assert.equal(await stored(before, { events: eventsOf('a') }), false);
  assert.equal(await stored(hold, { events: eventsOf('a'), from: 'elsewhere' }), false);
  assert.equal(await stored(hold, { events: eventsOf('a'), server: 'another' }), false);
  const [event] = eventsOf('a');
  // The second event of one change is refused, and with it the first.
  await assert.rejects(
    stored(hold, { events: [...eventsOf('b'), event!, event!] }),
    /event_subscription_type_id_ver_key/,
  );
  const [state] =
    await sql`select place, (select numbered::text from fhir.subscription where id = 'a') from fhir.event_reader`;
  assert.deepEqual(state, { place: String(place), ...numbered });
  assert.ok(await stored(hold, { events: [event!] }));
  assert.match(await numbers(sql, 'a'), new RegExp(`${event!.id}:5$`));
});

test('of the lanes of a holder those alone are kept that are worked on, and only as they were taken', async () => {
  await sql`update fhir.lane set holder = null, lease = '-infinity', due = now()`;
  const [one, other] = (await take()) as [Lane, Lane];
  const leases = async (): Promise<Record<string, boolean>> => {
    const rows = await sql<{ subscription: string; isLong: boolean }[]>`
      select subscription, lease > now() + interval '2 minutes' as "isLong" from fhir.lane`;
    return Object.fromEntries(rows.map(({ subscription, isLong }) => [subscription, isLong]));
  };
  await keepLanes(sql, [one, { ...other, epoch: String(Number(other.epoch) - 1) }], 600_000);
  assert.deepEqual(await leases(), { [one.subscription]: true, [other.subscription]: false });
});

test('a lease that ends later than any that is given is of a clock that was set back, and holds nobody up', async () => {
  const gone = randomUUID();
  await sql`update fhir.lane set holder = ${gone}, lease = now() + interval '10 minutes', due = now()`;
  await sql`update fhir.event_reader set holder = ${gone}, lease = now() + interval '10 minutes'`;
  assert.deepEqual(await take(), []);
  assert.equal(await holdReader(sql, randomUUID(), 60_000), undefined);
  await sql`update fhir.lane set lease = now() + interval '1 day'`;
  await sql`update fhir.event_reader set lease = now() + interval '1 day'`;
  assert.equal((await take()).length, 2);
  assert.ok(await holdReader(sql, randomUUID(), 60_000));
});
