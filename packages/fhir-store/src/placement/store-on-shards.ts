/**
 * Statements that store rows of one shard: carried out there as one PostgreSQL carries them out, by sessions that keep them prepared. All that a statement stores is in its shard, so no
 * other node has a part in it. docs/decisions/0185-writes-by-shards.md
 */
import { createHash } from 'node:crypto';
import type { Session } from '@dhp/postgres';
import { encode } from '@dhp/postgres/values';
import { numbers, textOf, type Column } from '@dhp/search-index/sql';
import { ownNumber } from '../commit-order/transactions.ts';
import { byKeyOnly } from '../pools.ts';
import { columnsOf, tablesOfShards } from './on-shards.ts';

type Fragment = ReturnType<Session>;

/** A transaction that stores rows here and on other nodes. */
export interface Spread {
  /** Its number, as this node has given it. */
  readonly txid: string;
  /** Settings of the sessions on other nodes, by names and values in turn. */
  readonly settings: readonly string[];
}

/**
 * The end of the select in the first statement of such a transaction, which `spreadOf` reads. From then on all nodes commit or none. The
 * number may be requested before rows are locked: a transaction that waits for one with a later number finds that it does not come behind
 * it.
 */
export function beginsSpread(sql: Session): Fragment {
  return sql`${ownNumber(sql)}, current_setting('lock_timeout'), fhir.commit_on_all()`;
}

/** @param columns those of `beginsSpread` */
export function spreadOf([txid, lockTimeout]: Column[]): Spread {
  const settings = { ...byKeyOnly, lock_timeout: textOf(lockTimeout) };
  return { txid: textOf(txid), settings: Object.entries(settings).flat() };
}

/** A statement that is carried out in a shard. */
interface ShardWork {
  /** The shard, by its name. */
  readonly shard: number;
  /** With one text for each row; no table of it is on one node. */
  readonly statement: Fragment;
  /** Numbers of resources that are locked first, so that the statement sees their final state. */
  readonly locked?: readonly number[];
}

/**
 * Stores rows in a shard, in a transaction that `beginsSpread` has begun. Two parts change nothing: they make Citus commit on both nodes,
 * and take locks on the tables by which code that waits for writers of versions and of the index recognises them.
 * @returns the rows of the statement
 */
export async function storeInShard(sql: Session, { settings }: Spread, work: ShardWork): Promise<Column[][]> {
  const { text, values } = work.statement.written();
  const { key, format, tables } = preparable(text);
  const bound = values.map(textOfValue);
  const locked = work.locked === undefined ? null : numbers(work.locked);
  const rows = await sql`
    with held as (update fhir.resource r set ver = r.ver where r.shard = ${work.shard}::int and r.rid = -1),
      indexed as (update fhir.search s set ty = s.ty where s.shard = ${work.shard}::int and s.rid = -1)
    select fhir.store_on_shard(h.names, ${tables}::text[], ${key}::text, ${format}::text, ${bound}::text[], ${locked}::bigint[], ${settings}::text[])
    from fhir.shard_here h where h.shard = ${work.shard}::int`.raw();
  return (rows as Column[][]).map(([row]) => columnsOf(row!));
}

interface Preparable {
  /** Names the statement. */
  readonly key: string;
  /** With `%n$s` in the place of tables. */
  readonly format: string;
  readonly tables: readonly string[];
}

const known = new Map<string, Preparable>();
const mostKnown = 1_000;

const named = /%|\bfhir\.(\w+)\b(?!\()/g;

function preparable(text: string): Preparable {
  const before = known.get(text);
  if (before !== undefined) return before;
  const tables: string[] = [];
  const format = text.replaceAll(named, (all, table: string | undefined) => {
    if (all === '%') return '%%';
    if (table === undefined || !tablesOfShards.has(table)) throw new Error(`fhir.${String(table)} is in no shard`);
    const at = tables.indexOf(table);
    return `%${String(1 + (at >= 0 ? at : tables.push(table) - 1))}$s`;
  });
  const made = { key: createHash('sha256').update(text).digest('hex').slice(0, 24), format, tables };
  if (known.size >= mostKnown) known.clear();
  known.set(text, made);
  return made;
}

/** A value as an element of an array of texts, in the format in which the statement would bind it. */
function textOfValue(value: unknown): string | null {
  const encoded = encode(value);
  if (encoded === null || typeof encoded === 'string') return encoded;
  if (Buffer.isBuffer(encoded)) throw new TypeError('A statement of a shard binds no bytes');
  return Buffer.concat(encoded.pieces).toString();
}
