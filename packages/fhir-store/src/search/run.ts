import type { Sql as Pool } from '@dhp/postgres';
import { SearchNotPossible, SearchTimeout, type Explained } from '@dhp/search-index/search';
import {
  CompiledFragment,
  statementOf,
  type Column,
  type Connections,
  type Fragment,
  type Merge,
  type Run,
  type Sql,
} from '@dhp/search-index/sql';
import { indexComplete, indexCompleteWithoutGaps, parametersFollow } from '../statements/index-gate.ts';
import { isMovedShard, isWithoutPlan } from '../placement/node-errors.ts';
import type { ShardMap } from '../placement/shard-map.ts';
import { StoreUnavailable, storeError } from '../store-unavailable.ts';
import { askShards, type Known } from '../placement/on-shards.ts';

/** The pools of searches. */
export type Pools = Readonly<Record<Connections, Pool>>;

/** The connections that run the statements of searches. */
export interface Place {
  readonly pools: Pools;
  /** Whether the rows are on several nodes. */
  readonly isSpread: () => boolean;
  readonly shards: () => ShardMap | undefined;
  /** Settings of the sessions of the pools, for those on other nodes. */
  readonly settings: Readonly<Record<Connections, Settings>>;
}

export type Settings = Readonly<Record<string, string | number>>;

/** A statement of many searches is planned once for a connection. */
const prepared = { prepare: true } as const;

/**
 * Returns the function that runs the statements of one search. Besides the errors of `Run`, it throws errors that `isNotIndexed` and
 * `isStaleDefinition` recognise.
 * @param version of the definition of the index that the search reads
 * @param follows the generation of the environment's own search parameters that the search uses, if it may use some
 * @param milliseconds after which a statement is cancelled (default: the setting of the connections)
 */
export function running(
  { pools, isSpread, shards, settings }: Place,
  version: number,
  follows: number | undefined,
  milliseconds?: number,
): Run {
  return async (sql, statement, _what, merge) => {
    try {
      const gate = gatedStatement(sql, statement, { version, follows });
      const pool = pools[sql.connections];
      const asked = async (session: Pick<Pool, 'unsafe'>): Promise<Column[][]> =>
        merge === undefined || !isSpread()
          ? session.unsafe(gate.text, gate.parameters, prepared).raw()
          : merge(await askShards(session, gate, settings[sql.connections], knownShards(shards(), merge)));
      if (milliseconds === undefined) return await asked(pool);
      const limited = () =>
        pool.begin('read only', async (begun) => {
          await begun.unsafe(`set local statement_timeout = ${milliseconds}`);
          return asked(begun);
        });
      return await limited().catch((error: unknown) => {
        if (!isMovedShard(error)) throw error;
        return limited();
      });
    } catch (error) {
      throw searchError(error);
    }
  };
}

function knownShards(map: ShardMap | undefined, { among }: Merge): Known | undefined {
  return map === undefined || among === undefined ? undefined : { map, among };
}

interface Gate {
  readonly version: number;
  readonly follows: number | undefined;
}

/** `gated`, in the form that the driver takes. The text of a compiled statement is cached, and the values of the gate follow its own. */
function gatedStatement(sql: Sql, statement: Fragment, gate: Gate): ReturnType<typeof statementOf> {
  if (!(statement instanceof CompiledFragment)) return statementOf(gated(sql, statement, gate));
  const { version, follows } = gate;
  const name = follows === undefined ? 'without gaps' : 'following parameters';
  const text = statement.textWithin(name, () => statementOf(gated(sql, statement, gate)).text);
  const ofGate = follows === undefined ? [version] : [version, follows];
  return { text, parameters: [...statement.values, ...ofGate] };
}

/**
 * The statement, which fails while the index is not complete, or if the search parameters have changed. Every statement of a search runs
 * this way, including look-ups of words and counts: none can answer from an index that lacks resources.
 */
function gated(sql: Sql, statement: Fragment, { version, follows }: Gate): Fragment {
  const current =
    follows === undefined
      ? indexCompleteWithoutGaps(sql, version)
      : sql`${indexComplete(sql, version)} and ${parametersFollow(sql, follows)}`;
  return sql`select q.* from (${statement}) q where ${current}`;
}

/** A `run` that runs each statement once more, explained. */
export function explaining(place: Place, explained: Explained[], version: number, follows: number | undefined): Run {
  const { pools } = place;
  const run = running(place, version, follows);
  return async (sql, statement, what, merge) => {
    const begin = performance.now();
    const rows = await run(sql, statement, what, merge);
    const milliseconds = performance.now() - begin;
    try {
      const { text: string, parameters } = statementOf(gated(sql, statement, { version, follows }));
      const pool = pools[sql.connections];
      const [analysed] = await pool.unsafe(
        `explain (analyze, buffers, settings, format json) ${string}`,
        parameters,
        prepared,
      );
      const [planned] = await pool.unsafe(`explain (generic_plan, format json) ${string}`).simple();
      const [plan, analysis] = [planned!['QUERY PLAN'], analysed!['QUERY PLAN']];
      explained.push({ what, sql: string, plan, analysis, milliseconds });
    } catch (error) {
      throw searchError(error);
    }
    return rows;
  };
}

export function searchError(error: unknown): unknown {
  if (isWithoutPlan(error))
    return new SearchNotPossible(
      'The database lies on several nodes, and they cannot carry out these parameters together. Leave out one of them, or _sort',
      { cause: error },
    );
  const known = storeError(error);
  return known instanceof StoreUnavailable && known.reason === 'timeout' ? new SearchTimeout(error) : known;
}
