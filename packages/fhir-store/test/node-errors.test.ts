/**
 * Errors that several nodes raise while shards move and nodes die, on one PostgreSQL that raises them: retries and reported errors. Those of real nodes
 * are in tests/distributed. docs/decisions/0141-errors-of-several-nodes.md
 */
import assert from 'node:assert/strict';
import { before, beforeEach, describe, it } from 'node:test';
import { PostgresError } from '@dhp/postgres/errors';
import { SearchNotPossible, StoreUnavailable, type FhirStore, type WriteOutcome } from '../src/index.ts';
import { searchError } from '../src/search/run.ts';
import { patient, storeUnderTest, unconditional } from './database.ts';

const underTest = await storeUnderTest('node_errors');

describe('a database of several nodes', () => {
  let store: FhirStore;
  before(async () => {
    const { sql } = underTest.database;
    // A sequence number remains used, whatever is rolled back. The name of the function is in the context of its errors.
    await sql.unsafe(`
      create sequence public.tries;
      create sequence public.commits;
      create table public.fault (code text, message text, times int);
      create function public."while executing command on "() returns trigger language plpgsql security definer as $$
      declare f public.fault;
      begin
        select * into f from public.fault;
        if found and nextval('public.tries') <= f.times then
          raise exception using errcode = f.code, message = f.message;
        end if;
        return null;
      end $$;
      create trigger fault after insert or update on fhir.resource for each statement execute function public."while executing command on "();
      create function public.at_commit() returns trigger language plpgsql security definer as $$
      begin
        if exists (select from public.fault where code = 'XX000' and times = 0) and nextval('public.commits') > 0 then
          raise exception using errcode = 'XX000', message = 'could not commit transaction for shard 102008 on at least one active node';
        end if;
        return null;
      end $$;
      create constraint trigger at_commit after insert or update on fhir.resource deferrable initially deferred
      for each row execute function public.at_commit();`);
    store = await underTest.open();
    await store.update({ ...patient(), id: 'there', ...unconditional });
  });
  beforeEach(() =>
    underTest.database.sql.unsafe(
      `truncate public.fault; alter sequence public.tries restart; alter sequence public.commits restart`,
    ),
  );

  const failing = (code: string, times: number, message = 'as a node says it'): Promise<unknown> =>
    underTest.database.sql`insert into public.fault values (${code}, ${message}, ${times}::int)`;
  const countOf = async (sequence: string): Promise<number> => {
    const [row] = await underTest.database.sql<{ n: string }[]>`
      select coalesce(pg_sequence_last_value(${sequence}::regclass), 0) as n`;
    return Number(row!.n);
  };
  const tries = (): Promise<number> => countOf('public.tries');
  const writes: readonly (readonly [string, () => Promise<WriteOutcome>])[] = [
    ['a creation', () => store.create(patient())],
    ['a creation under a name', () => store.update({ ...patient(), id: crypto.randomUUID(), ...unconditional })],
    [
      'an update',
      () => store.update({ ...patient({ language: crypto.randomUUID().slice(0, 8) }), id: 'there', ...unconditional }),
    ],
    [
      'a transaction',
      async () => {
        const outcome = await store.transaction([{ kind: 'create', id: crypto.randomUUID(), ...patient() }]);
        return outcome.kind === 'committed' ? outcome.outcomes[0]! : assert.fail('refused');
      },
    ],
  ];

  for (const [code, what, message] of [
    ['CIINF', 'a shard that has moved before the statement came there'],
    ['42P01', 'a shard whose rest was removed before the statement came there'],
    ['40P01', 'a deadlock over nodes'],
    ['XX000', 'a shard that is another now', 'could not find valid entry for shard 102008'],
    ['XX000', 'a shard that is nowhere for a moment', 'could not find any healthy placement for shard 102008'],
    [
      'XX000',
      'shards that do not lie together for a moment',
      'cannot find a worker that has active placements for all shards in the query',
    ],
    ['XX000', 'a shard whose rest was removed under the statement', 'could not open relation with OID 20123'],
  ] as const)
    for (const [name, write] of writes)
      it(`stores ${name} once, behind ${what}`, async () => {
        await failing(code, 2, message);
        assert.match((await write()).kind, /created|updated/);
        assert.equal(await tries(), 3);
      });

  it('refuses a search for which there is no plan over nodes, and no other', () => {
    const said = (words: string): unknown =>
      searchError(new PostgresError(new Map(Object.entries({ V: 'ERROR', C: '0A000', M: words }))));
    const refused = said('cannot push down this subquery');
    assert.ok(refused instanceof SearchNotPossible && refused.cause instanceof PostgresError);
    assert.ok(said('cross-database references are not implemented') instanceof PostgresError);
  });

  it('does not try again what a table is missing for here', async () => {
    const { sql } = underTest.database;
    await sql.unsafe(`alter function public."while executing command on "() rename to raises`);
    try {
      await failing('42P01', 1_000);
      await assert.rejects(store.create(patient()), { code: '42P01' });
      assert.equal(await tries(), 1);
    } finally {
      await sql.unsafe(`alter function public.raises() rename to "while executing command on "`);
    }
  });

  it('says of a commit that was not answered that it may be stored, and sends nothing again', async () => {
    await failing('XX000', 0);
    // Concurrently, so that they share a statement.
    const sent = [1, 2, 3].map(() => store.create(patient()));
    for (const outcome of await Promise.allSettled(sent)) {
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof StoreUnavailable);
      assert.equal(outcome.reason.reason, 'unknown');
    }
    assert.equal(await countOf('public.commits'), 1);
  });

  it('is unavailable where it is tried again in vain, and stores nothing', async () => {
    await failing('CIINF', 1_000_000);
    const told = { name: 'StoreUnavailable', reason: 'contended' };
    await assert.rejects(store.transaction([{ kind: 'create', id: 'in-vain', ...patient() }]), told);
    assert.equal(await store.read('Patient', 'in-vain'), undefined);
  });

  const lost = [
    ['08006', 'connection to the remote node 127.0.0.1:5433 failed with the following error: Connection refused'],
    ['08006', 'connection establishment for node 127.0.0.1:5433 failed'],
    ['XX000', 'failure on connection marked as essential: 127.0.0.1:5433'],
    ['XX000', "failed to prepare transaction 'citus_0_1_2_3' on host 127.0.0.1:5433"],
    ['XX000', 'terminating connection due to unexpected postmaster exit'],
    ['58030', 'failed to complete COPY on 127.0.0.1:5433'],
    ['XX000', 'failed to assign 1 task(s) to worker nodes'],
    ['XX000', 'node group 2 does not have a primary node'],
    ['XX000', 'could not receive data from server: Connection reset by peer'],
    ['08003', 'connection does not exist'],
    ['57P01', 'terminating connection due to administrator command'],
    ['57P03', 'the database system is starting up'],
    ['25006', 'cannot execute INSERT in a read-only transaction'],
  ] as const;
  for (const [code, message] of lost)
    it(`is unavailable where a node is: ${message}`, async () => {
      await failing(code, 1_000, message);
      // Concurrently, so that they share a statement: afterwards each is tried by itself, for the others may be in other shards.
      const sent = [1, 2, 3].map(() => store.create(patient()));
      for (const outcome of await Promise.allSettled(sent)) {
        assert.ok(outcome.status === 'rejected' && outcome.reason instanceof StoreUnavailable);
        assert.equal(outcome.reason.reason, 'connection');
      }
      assert.ok((await tries()) > 1);
    });
});
