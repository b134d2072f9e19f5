// Neighbours of a test: in a separate database on the PostgreSQL of the run, they do almost constantly what other suites do there
// sometimes. A test that relies on having the only transaction, lock or connection fails beside them every time, instead of once in twenty.
import { spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, databaseUrl } from '@dhp/postgres';

/** Milliseconds for which a transaction stays open. */
const [shortest, longest] = [200, 8_000];
/** As many suites of one run may hold at a time. */
const connections = 12;

/**
 * @param {string} serverUrl of a user who may create databases and roles
 * @returns ends them, and removes what they have made; rejects with the first error of one
 */
export async function startNeighbours(serverUrl) {
  const name = `dhp_neighbours_${randomBytes(6).toString('hex')}`;
  const admin = connect(serverUrl, { max: 4, applicationName: 'dhp neighbours' });
  await admin.unsafe(`create database ${name}`);
  const sql = connect(databaseUrl(serverUrl, name), { max: connections + 8, applicationName: 'dhp neighbours' });
  await sql.unsafe('create table shared (id int primary key, n int not null default 0)');
  await sql.unsafe('insert into shared (id) select generate_series(1, 4)');
  await sql.unsafe('create table locked ()');
  const ending = new AbortController();
  const pause = (most = longest) => delay(randomInt(shortest, most), undefined, { signal: ending.signal });
  const acts = [
    // Two, so that one is open at every moment: the oldest open transaction almost never belongs to the test.
    ...[1, 2].map(() => () => holdNumber(sql, pause)),
    () => holdSnapshot(sql, pause),
    ...[1, 2].map(() => () => holdLocks(sql, pause)),
    () => holdConnections(databaseUrl(serverUrl, name), pause),
    () => makeDatabase(admin, name, pause),
    () => makeRole(admin, name, pause),
    () => admin.unsafe('checkpoint').then(() => pause()),
  ];
  const all = acts.map((act) => repeat(act, ending.signal));
  return async () => {
    ending.abort();
    const ended = await Promise.allSettled(all);
    await sql.end();
    await admin.unsafe(`drop database ${name} with (force)`);
    await admin.end();
    for (const { reason } of ended) if (reason !== undefined) throw reason;
  };
}

async function repeat(act, signal) {
  while (!signal.aborted) {
    await act().catch((error) => {
      if (!signal.aborted) throw error;
    });
  }
}

/** A transaction with a number: readers in the order of transaction numbers do not see rows written after it. */
function holdNumber(sql, pause) {
  return sql.begin(async (transaction) => {
    await transaction`select pg_current_xact_id()`;
    await pause();
  });
}

function holdSnapshot(sql, pause) {
  return sql.begin('isolation level repeatable read', async (transaction) => {
    await transaction`select count(*) from shared`;
    await pause();
  });
}

/** Locks of each kind, and a second transaction that waits for each of them. */
async function holdLocks(sql, pause) {
  const key = randomInt(2 ** 31);
  const id = randomInt(1, 5);
  const take = [
    (on) => on`select pg_advisory_xact_lock(${key}::bigint)`,
    (on) => on`select pg_advisory_xact_lock(${key}::int, 0)`,
    (on) => on`update shared set n = n + 1 where id = ${id}`,
    (on) => on`lock table locked`,
  ][randomInt(4)];
  let waiting;
  const held = sql.begin(async (transaction) => {
    await take(transaction);
    waiting = sql.begin(async (other) => {
      await other`set local lock_timeout = 0`;
      await other`set local statement_timeout = 0`;
      await take(other);
    });
    waiting.catch(() => undefined);
    await pause();
  });
  await held.finally(() => waiting);
}

async function holdConnections(url, pause) {
  const held = connect(url, { max: connections, applicationName: 'dhp neighbours' });
  await Promise.all(Array.from({ length: connections }, () => held`select pg_sleep(0.05)`));
  await pause().finally(() => held.end());
}

async function makeDatabase(admin, name, pause) {
  await admin.unsafe(`create database ${name}_made`);
  await pause(2_000).finally(() => admin.unsafe(`drop database ${name}_made with (force)`));
  await pause(2_000);
}

async function makeRole(admin, name, pause) {
  await admin.unsafe(`create role ${name}_role; grant connect on database ${name} to ${name}_role`);
  await pause().finally(() =>
    admin.unsafe(`revoke connect on database ${name} from ${name}_role; drop role ${name}_role`),
  );
}

/** @returns ends processes that do nothing but compute, `count` of them; they end with this process, too */
export function keepBusy(count) {
  const all = Array.from({ length: count }, () =>
    spawn(
      process.execPath,
      [
        '-e',
        'process.stdin.on("end", () => process.exit()).resume(); const turn = () => { for (let end = Date.now() + 50; Date.now() < end; ); setImmediate(turn); }; turn()',
      ],
      { stdio: ['pipe', 'ignore', 'inherit'] },
    ),
  );
  return () => all.forEach((one) => one.kill());
}
