import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type Sql } from '../src/index.ts';
import { isConnectionError, isOutcomeUnknown } from '../src/driver/errors.ts';
import {
  startPgBouncer,
  startWire,
  testDatabase,
  testServer,
  withoutPgBouncer,
  type PgBouncer,
  type TestDatabase,
  type Wire,
} from '../src/testing.ts';

/** A longer run by hand: DHP_CHAOS_SECONDS=180 DHP_CHAOS_SEED=7 npm test -- packages/postgres/test/chaos.test.ts */
const seconds = Number(process.env['DHP_CHAOS_SECONDS'] ?? 4);
const seed = Number(process.env['DHP_CHAOS_SEED'] ?? 1);

type Fate = 'committed' | 'not stored' | 'unknown';

/**
 * Network faults at random moments, while statements of all kinds share a few connections. Each statement returns a unique token, so that
 * an answer for another statement is detected; each write is stored according to its reported outcome.
 */
for (const way of ['to the server', 'to PgBouncer'] as const)
  describe(
    `a network ${way} that fails at random (seed ${String(seed)})`,
    {
      timeout: (seconds + 60) * 1000,
      skip: way === 'to PgBouncer' && withoutPgBouncer,
    },
    () => {
      let database: TestDatabase;
      let pooler: PgBouncer | undefined;
      let wire: Wire;
      before(async () => {
        const server = await testServer();
        pooler = way === 'to PgBouncer' ? await startPgBouncer(server, { default_pool_size: '2' }) : undefined;
        wire = await startWire(pooler === undefined ? server : `postgres://127.0.0.1:${String(pooler.port)}`);
        database = await testDatabase({ name: 'chaos', connect: { applicationName: 'owner' } });
        await database.sql`create table written (token text not null, part int not null)`;
      });
      after(async () => {
        await pooler?.close();
        await wire.restore();
        await database.drop();
        await wire.close();
      });

      it('gives no answer to another, and every write the fate that was reported', async (test) => {
        const url = pooler === undefined ? wire.through(database.url) : pooler.through(database.url, wire.port);
        const sql = connect(url, { max: 3, maxPipeline: 8, connectTimeout: 2 });
        const kinds = pooler === undefined ? [...kindsOfAll, ...kindsOfSessions] : kindsOfAll;
        test.after(() => sql.end({ timeout: 1 }));
        const pick = randomOf(seed);
        const fates = new Map<string, { fate: Fate; parts: number }>();
        const seen = { answers: 0, losses: 0 };
        const begun = performance.now();
        let next = 0;
        // On a busy machine it continues until it has tried something.
        const isOver = (): boolean => {
          const passed = performance.now() - begun;
          return passed > (seconds + 30) * 1000 || (passed > seconds * 1000 && seen.answers > 50 && seen.losses > 0);
        };

        /** Runs one of the kinds of statements. A failure other than one of the connection ends the test. */
        async function one(): Promise<void> {
          const token = `t${String((next += 1))}`;
          const kind = kinds[pick(kinds.length)]!;
          try {
            await kind(sql, token, pick, (fate, parts) => fates.set(token, { fate, parts }));
            seen.answers += 1;
          } catch (error) {
            if (!isConnectionError(error) && !isForgotten(error)) throw error;
            seen.losses += 1;
            const written = fates.get(token);
            if (written !== undefined) written.fate = isOutcomeUnknown(error) ? 'unknown' : 'not stored';
            await delay(20);
          }
        }
        const client = async (): Promise<void> => {
          while (!isOver()) await one();
        };
        const clients = Promise.all(Array.from({ length: 12 }, client));

        while (!isOver()) {
          await delay(30 + pick(250));
          const fault = pick(10);
          if (fault < 4) await wire.cut();
          else if (fault < 6) {
            const [row] = await database.sql`
          select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and application_name = 'dhp' limit 1`;
            assert.ok(row === undefined || 'pg_terminate_backend' in row);
          } else if (fault < 9) {
            wire.blackhole();
            await delay(pick(300));
          } else {
            wire.blackhole('open');
            await delay(pick(300));
            await wire.cut();
          }
          await delay(pick(60));
          await wire.restore();
        }
        await clients;
        await sql.end();

        assert.ok(seen.answers > 50 && seen.losses > 0, JSON.stringify(seen));
        // Statements whose connection was lost may still be running.
        await database.sql`
      select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name = 'dhp'`;
        const stored = new Map<string, number>();
        for (const { token, n } of await database.sql<{ token: string; n: number }[]>`
      select token, count(*)::int as n from written group by token`)
          stored.set(token, n);
        const wrong: string[] = [];
        for (const [token, { fate, parts }] of fates) {
          const n = stored.get(token) ?? 0;
          const possible = { committed: [parts], 'not stored': [0], unknown: [0, parts] }[fate];
          if (!possible.includes(n)) wrong.push(`${token}: ${fate}, of ${String(parts)} rows ${String(n)} are stored`);
        }
        assert.deepEqual(wrong, []);
        for (const token of stored.keys()) assert.ok(fates.has(token), `${token} was written by nobody`);
      });
    },
  );

type Kind = (
  sql: Sql,
  token: string,
  pick: (below: number) => number,
  write: (fate: Fate, parts: number) => void,
) => Promise<void>;

const kindsOfAll: readonly Kind[] = [
  async (sql, token) => {
    assert.deepEqual([...(await sql`select ${token} as token`)], [{ token }]);
  },
  async (sql, token, pick) => {
    const n = pick(400);
    const rows = await sql`select ${token}::text || '-' || i as token from generate_series(1, ${n}::int) i`.values();
    assert.deepEqual(
      rows.map(([value]) => value),
      Array.from({ length: n }, (_, at) => `${token}-${String(at + 1)}`),
    );
  },
  async (sql, token) => {
    const large = `${token} ${'ў'.repeat(100_000)}`;
    assert.equal((await sql`select ${large} as large`)[0]?.['large'], large);
  },
  // A unique text: it is prepared while others are in flight.
  async (sql, token) => {
    assert.deepEqual(
      [...(await sql.unsafe(`select $1 as ${token}`, [token], { prepare: true }))],
      [{ [token]: token }],
    );
  },
  async (sql, token) => {
    await assert.rejects(
      async () => sql`select (${token}::text || i)::int from generate_series(1, 3) i`,
      (error: Error) => isConnectionError(error) || isForgotten(error) || error.message.includes(`"${token}1"`),
    );
  },
  async (sql) => {
    await assert.rejects(
      async () => sql`select ${undefined as never}`,
      (error) => error instanceof TypeError || isConnectionError(error),
    );
  },
  async (sql, token, _pick, write) => {
    write('committed', 1);
    const rows = await sql`insert into written values (${token}, 1) returning token`;
    assert.deepEqual([...rows], [{ token }]);
  },
  async (sql, token, _pick, write) => {
    write('committed', 2);
    await sql.unsafe(`insert into written values ('${token}', 1); insert into written values ('${token}', 2)`);
  },
  async (sql, token, pick, write) => {
    const parts = 1 + pick(3);
    const fault = pick(3);
    write('committed', parts);
    const work = sql.begin(async (session) => {
      for (let part = 1; part <= parts; part += 1) {
        await session`insert into written values (${token}, ${part})`;
        await delay(pick(10));
        const rows = await session`select token from written where token = ${token}`;
        assert.equal(rows.length, part);
      }
      if (fault === 0) throw new RolledBack();
      if (fault === 1) await session`select 1 / 0`.catch(() => undefined);
    });
    await work.catch((error: unknown) => {
      const isExpected = error instanceof RolledBack || (error as { code?: unknown }).code === '22012';
      if (!isExpected) throw error;
      write('not stored', parts);
    });
  },
];

/** Uses of a connection that need a session of the server. */
const kindsOfSessions: readonly Kind[] = [
  async (sql) => {
    await sql.unsafe('deallocate all');
  },
  async (sql, token, pick) => {
    const connection = await sql.reserve();
    try {
      await connection`select set_config('dhp.token', ${token}, false)`;
      await delay(pick(10));
      const rows = await connection`select current_setting('dhp.token') as token`;
      assert.deepEqual([...rows], [{ token }]);
    } finally {
      connection.release();
    }
  },
];

/** Its prepared statement was removed by `deallocate all` twice in a row, or within a transaction: it was not executed. */
function isForgotten(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '26000';
}

class RolledBack extends Error {}

/** Numbers below a limit, the same for the same seed (mulberry32). */
function randomOf(from: number): (below: number) => number {
  let state = from;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
