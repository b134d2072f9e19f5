/** Next versions where rows are on several nodes, each stored in its shard by the statement of one PostgreSQL. docs/decisions/0185-writes-by-shards.md */
import { endedBefore } from '../commit-order/transactions.ts';
import type { ShardMap } from '../placement/shard-map.ts';
import { beginsSpread, spreadOf, storeInShard, type Spread } from '../placement/store-on-shards.ts';
import { noneAsked } from './care.ts';
import { numbers, type Column } from './columns.ts';
import { indexChanges } from './index-changes.ts';
import { followsDefinition, indexParts, indexValues, type Fragment, type IndexParts } from './index-input.ts';
import { inShards, storeBeside } from './insert-apart.ts';
import type { Current } from './look.ts';
import {
  careOf,
  consentOf,
  foundVersions,
  labelsOf,
  replacedOf,
  versionParts,
  withoutPostings,
  type NextVersion,
  type Replaced,
  type Way,
} from './replace.ts';
import { patientOfNext } from './patient-of-resource.ts';
import { onServer, type Basis } from './server.ts';
import type { Session } from './session.ts';

/** Whether all are stored so: not while another definition is built, whose rows may have been left in another shard. */
export function areOfShards(sql: Session, rows: readonly NextVersion[], basis: Basis): boolean {
  return (
    indexParts(
      sql,
      rows.map(({ index }) => index),
      basis,
    ).next === undefined
  );
}

interface Apart {
  readonly basis: Basis;
  readonly map: ShardMap;
  /** The current versions in the order of the rows; none moves to another shard. */
  readonly current: readonly Current[];
  readonly postings: 'stay' | 'change';
}

/** As `replace`, in a separate transaction, for versions that `areOfShards` accepts. */
export async function replaceApart(
  sql: Session,
  rows: readonly NextVersion[],
  { basis, map, current, postings }: Apart,
): Promise<(Replaced | undefined)[]> {
  const [begun] = (await sql`select ${beginsSpread(sql)} where ${onServer(sql, basis)}`.raw()) as Column[][];
  const spread = spreadOf(begun!);
  const found = new Array<Replaced | undefined>(rows.length);
  for (const [shard, places] of inShards(map, [...rows.keys()], (n) => current[n]!.shard)) {
    const own = places.map((n) => rows[n]!);
    const at = places.map((n) => current[n]!);
    const statement = statementOf(sql, own, { basis, current: at, postings, spread });
    const seen = await storeInShard(sql, spread, { shard, statement, locked: at.map(({ rid }) => rid) });
    for (const [n, replaced] of replacedOf(own, seen).entries()) found[places[n]!] = replaced;
  }
  await storeBeside(sql, besideOf(rows, found));
  return found;
}

/** The rows that belong to the stored versions. */
function besideOf(
  rows: readonly NextVersion[],
  found: readonly (Replaced | undefined)[],
): Parameters<typeof storeBeside>[1] {
  const stored = rows.flatMap((row, n) => (found[n]?.stored === true ? [{ row, of: found[n].current.rid }] : []));
  const placed = <P extends { readonly of: number }>(of: (row: NextVersion, index: number) => P | undefined) =>
    stored.map(({ row, of: rid }) => {
      const each = of(row, 0);
      return each && { ...each, of: rid };
    });
  return {
    records: stored.map(({ row: { records = [] }, of }) => ({ of, rows: records })),
    consents: placed(consentOf),
    care: { next: placed(careOf) },
    labels: placed(labelsOf),
  };
}

function statementOf(
  sql: Session,
  rows: readonly NextVersion[],
  { basis, current, postings, spread }: Omit<Apart, 'map'> & { readonly spread: Spread },
): Fragment {
  const indexes = rows.map(({ index }) => index);
  const parts = indexParts(sql, indexes, basis);
  const whole = inShard(sql, parts, current, spread);
  const way = postings === 'stay' && !indexes.includes(undefined) ? withoutPostings(sql, parts, whole) : whole;
  const follows = followsDefinition(sql, indexes, basis, noneAsked(sql, rows.map(careOf)));
  return sql`with ${versionParts(sql, rows, { way, parts })}
    select w::text from (${foundVersions(sql, way, follows!)}) w`;
}

/** Locked before the statement, which so sees them and their rows of the index as they stay. */
function inShard(sql: Session, parts: IndexParts, current: readonly Current[], { txid }: Spread): Way {
  return {
    fits: endedBefore(sql, sql`r.txid`, txid),
    values: indexValues(sql, parts.active.version),
    others: sql`false`,
    arguments: sql`${numbers(current.map(({ rid }) => rid))}::bigint[], ${numbers(current.map(({ shard }) => shard))}::int[], `,
    names: sql`rid, place, `,
    joined: sql`join fhir.resource r on r.rid = i.rid and r.shard = i.place`,
    lock: sql``,
    replaced: sql`
      update fhir.resource r
      set ver = r.ver + 1, upd = l.new_upd, deleted = l.new_deleted, content = l.new_content, txid = ${txid}::text::xid8,
          method = l.new_method, writer = l.new_writer, ${patientOfNext(sql, sql`l.pat`)}
      from locked l where l.stored and r.rid = l.rid and r.shard = l.shard`,
    rest: indexChanges(parts.active),
    inStep: sql`true`,
  };
}
