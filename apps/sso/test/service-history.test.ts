/** The state of the services by day: counted once a minute by any node, with gaps shown, and independently of requests. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@dhp/postgres';
import { calendarOf, firstDay, minuteOf, uncounted } from '../src/service-history/days.ts';
import { countMinute, measureServices, type Measuring, type Remembered } from '../src/service-history/measure.ts';
import { testBed } from './support.ts';

const bed = await testBed();
const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

type Mood =
  | 'ready'
  | 'degraded'
  | 'not ready'
  | 'once lost'
  | 'gone'
  | 'silent'
  | 'endless'
  | 'in pieces'
  | 'a page'
  | 'null'
  | 'other';

/** A service with a configurable answer that counts its requests. */
async function service(): Promise<{ url: string; mood: Mood; asked: number }> {
  const server = createServer((_request, response) => {
    state.asked += 1;
    if (state.mood === 'gone' || (state.mood === 'once lost' && state.asked % 2 === 1)) response.destroy();
    else if (state.mood === 'endless') {
      response.writeHead(200);
      const more = setInterval(() => response.write('x'.repeat(65_536)), 1);
      response.on('close', () => clearInterval(more));
    } else if (state.mood === 'in pieces') {
      response.writeHead(200).write('{"status":');
      setTimeout(() => response.end('"ready"}'), 20);
    } else if (state.mood === 'a page' || state.mood === 'null') {
      response.writeHead(200).end(state.mood === 'null' ? 'null' : '<h1>Welcome</h1> "status":"ready"');
    } else if (state.mood !== 'silent') {
      const body = JSON.stringify({ status: state.mood === 'once lost' ? 'ready' : state.mood });
      const length = { 'content-length': String(body.length) };
      response.writeHead(state.mood === 'not ready' ? 503 : 200, length).end(body);
    }
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const state = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/readyz`,
    mood: 'ready' as Mood,
    asked: 0,
  };
  return state;
}

interface Sums {
  readonly up: number;
  readonly partly: number;
  readonly down: number;
}

const dayOf = calendarOf('Asia/Tashkent');
const faults: unknown[] = [];
const measuring = (services: Measuring['services']): Measuring => ({
  ...{ sql: bed.sql, services, dayOf, clock: () => new Date() },
  onFault: (error) => faults.push(error),
});
const sumsOf = async (name: string, day?: string): Promise<Sums> => {
  const [row] = await bed.sql<Sums[]>`
    select coalesce(sum(up), 0)::int as up, coalesce(sum(partly), 0)::int as partly, coalesce(sum(down), 0)::int as down
    from sso.service_day where service = ${name} and (${day ?? null}::date is null or day = ${day ?? null}::date)`;
  return { ...row! };
};
const clear = async (): Promise<void> => {
  const { sql, ...owner } = await ownerSql();
  await sql`delete from sso.service_day`;
  await sql`delete from sso.service_count`;
  await owner.end();
};

async function ownerSql(): Promise<{ sql: typeof bed.sql; end: () => Promise<void> }> {
  const { connect } = await import('@dhp/postgres');
  const sql = connect(bed.ownerUrl, { max: 1 });
  return { sql, end: () => sql.end({ timeout: 5 }) };
}

test('a minute is counted by what each service says', async () => {
  await clear();
  const one = await service();
  const asked = measuring([{ name: 'playground', url: one.url }]);
  const moods: [Mood, Sums][] = [
    ['ready', { up: 1, partly: 0, down: 0 }],
    ['degraded', { up: 1, partly: 1, down: 0 }],
    ['not ready', { up: 1, partly: 1, down: 1 }],
    ['gone', { up: 1, partly: 1, down: 2 }],
    ['once lost', { up: 2, partly: 1, down: 2 }],
    ['endless', { up: 2, partly: 1, down: 3 }],
    ['silent', { up: 2, partly: 1, down: 4 }],
    ['in pieces', { up: 3, partly: 1, down: 4 }],
    ['a page', { up: 3, partly: 1, down: 5 }],
    ['null', { up: 3, partly: 1, down: 6 }],
    ['other', { up: 3, partly: 1, down: 7 }],
  ];
  for (const [n, [mood, sums]] of moods.entries()) {
    Object.assign(one, { mood, asked: 0 });
    await countMinute(asked, new Date(Date.UTC(2026, 10, 1, 10, n)));
    assert.deepEqual(await sumsOf('playground'), sums, mood);
  }
});

test('several nodes at once count a minute once, and ask once', async () => {
  await clear();
  const one = await service();
  const asked = measuring([{ name: 'portal', url: one.url }]);
  for (let minute = 0; minute < 5; minute += 1) {
    const at = new Date(Date.UTC(2026, 10, 2, 8, minute));
    await Promise.all(Array.from({ length: 6 }, () => countMinute(asked, at)));
  }
  assert.deepEqual(await sumsOf('portal'), { up: 5, partly: 0, down: 0 });
  assert.equal(one.asked, 5);
  // A clock that is behind does not count a minute again.
  await countMinute(asked, new Date(Date.UTC(2026, 10, 2, 8, 2)));
  assert.deepEqual(await sumsOf('portal'), { up: 5, partly: 0, down: 0 });
});

test('minutes that the database did not take are counted later, once, for all services', async () => {
  await clear();
  const one = await service();
  const services = (['sso', 'playground', 'portal'] as const).map((name) => ({ name, url: one.url }));
  const asked = measuring(services);
  const away = { ...asked, sql: connect('postgres://nobody@127.0.0.1:9/none', { max: 1 }) };
  const minute = (n: number): Date => new Date(Date.UTC(2026, 10, 3, 18, 55 + n));
  const nodes: Remembered[] = Array.from({ length: 2 }, (): Remembered => new Map());
  await countMinute(asked, minute(0), nodes[0]);
  one.mood = 'not ready';
  for (let n = 1; n <= 8; n += 1)
    for (const node of nodes) {
      await assert.rejects(countMinute(away, minute(n), node));
      await assert.rejects(countMinute(away, minute(n), node), 'and again in the same minute');
    }
  await away.sql.end({ timeout: 1 });
  one.mood = 'ready';
  await countMinute(asked, minute(9), nodes[1]);
  await countMinute(asked, minute(9), nodes[0]);
  await countMinute(asked, minute(10), nodes[0]);
  for (const { name } of services) assert.deepEqual(await sumsOf(name), { up: 3, partly: 0, down: 8 }, name);
  // The day ends at 19:00 UTC in Tashkent.
  assert.deepEqual(await sumsOf('playground', '2026-11-03'), { up: 1, partly: 0, down: 4 });
  assert.deepEqual(await sumsOf('playground', '2026-11-04'), { up: 2, partly: 0, down: 4 });
});

test('a clock that was a day ahead tells of no failure, and counting goes on when it is set right', async () => {
  await clear();
  const one = await service();
  // One moment for all of it: if a minute ended meanwhile, two would lie between the counts, and not the one that is tolerated.
  const now = minuteOf(new Date());
  const ahead = (): Date => new Date(now.getTime() + 86_400_000);
  let clock = ahead;
  const asked = { ...measuring([{ name: 'sso', url: one.url }]), clock: () => clock(), seconds: 0.05 };
  await countMinute(asked, new Date(now.getTime() - 120_000));
  const stop = measureServices(asked);
  try {
    await delay(300);
    assert.deepEqual(await sumsOf('sso'), { up: 1, partly: 0, down: 0 });
    clock = () => now;
    const limit = Date.now() + 20_000;
    while ((await sumsOf('sso')).up < 2) {
      assert.ok(Date.now() < limit, 'it is not counted');
      await delay(50);
    }
  } finally {
    await stop();
  }
  // An older server accepted it.
  const { sql, ...owner } = await ownerSql();
  await sql`update sso.service_count set minute = ${ahead()}`;
  await owner.end();
  await countMinute(asked, new Date());
  const { up, down } = await sumsOf('sso');
  assert.deepEqual([up >= 3, down], [true, 0]);
});

test('minutes that nobody counted are told as those in which the single sign-on was down', async () => {
  await clear();
  const one = await service();
  const asked = measuring(['sso', 'portal'].map((name) => ({ name: name as 'sso' | 'portal', url: one.url })));
  // 23:58 in Tashkent, and 00:08 of the day after.
  await countMinute(asked, new Date(Date.UTC(2026, 10, 3, 18, 58)));
  await countMinute(asked, new Date(Date.UTC(2026, 10, 3, 19, 8)));
  assert.deepEqual(await sumsOf('sso', '2026-11-03'), { up: 1, partly: 0, down: 1 });
  assert.deepEqual(await sumsOf('sso', '2026-11-04'), { up: 1, partly: 0, down: 8 });
  assert.deepEqual(await sumsOf('portal'), { up: 2, partly: 0, down: 0 });
});

test('days of gaps have the minutes that they have, for any zone and length', () => {
  for (const zone of ['Asia/Tashkent', 'UTC', 'Asia/Kathmandu', 'Europe/Berlin', 'America/St_Johns'])
    for (const minutes of [0, 1, 2, 59, 60, 1_440, 1_441, 5_000, 90 * 1_440, 200 * 1_440]) {
      const end = new Date(Date.UTC(2026, 9, 27, 13, 7));
      const calendar = calendarOf(zone);
      const gaps = uncounted(new Date(end.getTime() - (minutes + 1) * 60_000), end, calendar);
      const told = gaps.reduce((sum, { down }) => sum + down, 0);
      assert.equal(told, minutes <= 1 ? 0 : Math.min(minutes, 90 * 1_440), `${zone} ${String(minutes)}`);
      // An independent computation: each minute separately.
      if (minutes > 1 && minutes <= 5_000) {
        const days = new Map<string, number>();
        for (let n = 1; n <= minutes; n += 1) {
          const day = calendar(new Date(end.getTime() - n * 60_000));
          days.set(day, (days.get(day) ?? 0) + 1);
        }
        assert.deepEqual(new Map(gaps.map(({ day, down }) => [day, down])), new Map([...days].reverse()), zone);
      }
    }
});

test('ninety days are kept', async () => {
  await clear();
  const one = await service();
  const asked = measuring([{ name: 'playground', url: one.url }]);
  const day = (n: number): Date => new Date(Date.UTC(2026, 0, 1 + n, 6));
  for (const n of [0, 1, 100, 101]) await countMinute(asked, day(n));
  const rows = await bed.sql<{ day: string }[]>`
    select day::text as day from sso.service_day where service = 'playground' order by day`;
  assert.deepEqual(
    rows.map((row) => row.day),
    [dayOf(day(100)), dayOf(day(101))],
  );
  assert.equal(firstDay(day(101), dayOf), dayOf(day(12)));
});

test('a server measures by itself, tells everybody, and answers while the services are silent', async () => {
  await clear();
  const [well, silent] = [await service(), await service()];
  silent.mood = 'silent';
  const { url } = await bed.start({
    measureSeconds: 0.05,
    services: [
      { name: 'playground', url: well.url },
      { name: 'production', url: silent.url },
    ],
  });
  const limit = Date.now() + 30_000;
  while ((await sumsOf('production')).down === 0) {
    const begun = performance.now();
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    assert.ok(performance.now() - begun < 5_000);
    assert.ok(Date.now() < limit, 'it is not counted');
    await delay(20);
  }
  const response = await fetch(`${url}/status/history`);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('cache-control')!, /max-age=30/);
  const history = (await response.json()) as { days: number; since: string; minutes: (Sums & { service: string })[] };
  assert.equal(history.days, 90);
  assert.equal(history.since, firstDay(new Date(), dayOf));
  assert.deepEqual(history.minutes.map(({ service: name }) => name).sort(), ['playground', 'production']);
  for (const { service: name, up, down } of history.minutes) assert.ok(name === 'playground' ? up > 0 : down > 0, name);
});
