/**
 * First versions where rows are on several nodes: their names and records on the node that clients speak to, and the rest in their shards, by one statement for each. One transaction.
 * docs/decisions/0185-writes-by-shards.md
 */
import { beginsSpread, spreadOf, storeInShard, type Spread } from '../placement/store-on-shards.ts';
import type { ShardMap } from '../placement/shard-map.ts';
import { alsoRecords, type NumberedRows } from './audit-records.ts';
import { alsoCare, noneAsked, type CareOfWrites, type PlacedCare } from './care.ts';
import { ids, numbers, type Column } from './columns.ts';
import { alsoConsents, type PlacedConsent } from './consents.ts';
import { alsoFresh, indexFresh } from './index-fresh.ts';
import { followsDefinition, indexParts, type Fragment } from './index-input.ts';
import { careOf, consentOf, firstVersions, indexOf, labelsOf, recordsOf, type FirstVersion } from './insert.ts';
import { alsoLabels, type PlacedLabels } from './labels.ts';
import { patientColumns, patientValues } from './patient-of-resource.ts';
import { onServer, type Basis } from './server.ts';
import type { Session } from './session.ts';

/**
 * As `insertAbsent`, in a separate transaction.
 * @param areNew as for `insertNew`: an existing id is unique_violation
 */
export async function insertApart(
  sql: Session,
  rows: readonly FirstVersion[],
  { basis, map, areNew }: { readonly basis: Basis; readonly map: ShardMap; readonly areNew: boolean },
): Promise<Set<number>> {
  // As `insertAbsent`: names in sorted order, and before any row.
  const [row] = (await sql`
    with named as (
      insert into fhir.identity (ty, id, rid, shard)
      select i.ty, i.id, i.rid, i.shard from ${namesOf(sql, rows)} where (select ${onServer(sql, basis)}) order by i.ty, i.id collate "C"
      ${areNew ? sql`` : sql`on conflict (ty, id) do nothing`}
      returning rid
    )${alsoRecords(sql, rows.map(recordsOf), areNew ? undefined : sql`select rid from named`)}
    select (select array_agg(rid)::text from named), ${beginsSpread(sql)}`.raw()) as Column[][];
  const [named, ...begun] = row!;
  const stored = new Set(
    named === null || named === undefined ? [] : named.toString('latin1').slice(1, -1).split(',').map(Number),
  );
  const fresh = areNew ? rows : rows.filter(({ rid }) => stored.has(rid));
  const spread = spreadOf(begun);
  await storeBeside(sql, {
    consents: fresh.map(consentOf),
    care: { first: fresh.map(careOf) },
    labels: fresh.map(labelsOf),
  });
  for (const [shard, group] of inShards(map, fresh, ({ shard: key }) => key))
    await storeInShard(sql, spread, { shard, statement: freshRows(sql, group, { basis, spread }) });
  return stored;
}

/** Rows `i`, with ty, id, rid and shard. */
export function namesOf(sql: Session, rows: readonly FirstVersion[]): Fragment {
  return sql`unnest(${numbers(rows.map(({ ty }) => ty))}::smallint[], string_to_array(${ids(rows.map(({ id }) => id))}, ','),
    ${numbers(rows.map(({ rid }) => rid))}::bigint[], ${numbers(rows.map(({ shard }) => shard))}::int[]) as i (ty, id, rid, shard)`;
}

/** All of them. It returns how many. */
function freshRows(
  sql: Session,
  rows: readonly FirstVersion[],
  { basis, spread }: { readonly basis: Basis; readonly spread: Spread },
): Fragment {
  const parts = indexParts(sql, rows.map(indexOf), basis);
  const follows = followsDefinition(sql, rows.map(indexOf), basis, noneAsked(sql, rows.map(careOf)));
  return sql`with fresh as materialized (${firstVersions(sql, rows, parts)} where (select ${follows!})),
    ${indexFresh(parts.active)}${alsoFresh(sql, parts, rows)}, ${storedFresh(sql, spread)}
    select w::text from (select count(*) from stored) w`;
}

/** The part `stored`, of the part `fresh`. */
export function storedFresh(sql: Session, { txid }: Spread): Fragment {
  return sql`stored as (
      insert into fhir.resource (rid, shard, ty, ver, upd, id, content, method, writer, txid, ${sql.unsafe(patientColumns)})
      select rid, shard, ty, 1, to_timestamp(upd / 1e3::float8), id, content, method, writer, ${txid}::text::xid8, ${patientValues(sql, sql`pat`, sql`1`)} from fresh
      returning 1
    )`;
}

/**
 * Rows that belong to versions and are on the node that clients use, or complete on each node; few versions have any. Care links that may be left out
 * are not among them: the shard proves `noneAsked`.
 */
interface Beside {
  /** Of the trail, which is on one node. */
  readonly records?: readonly NumberedRows[];
  readonly consents: readonly (PlacedConsent | undefined)[];
  readonly care: CareOfWrites;
  readonly labels: readonly (PlacedLabels | undefined)[];
}

/** Stores it, of versions that are stored: all numbers are of resources. */
export async function storeBeside(sql: Session, { records = [], consents, care, labels }: Beside): Promise<void> {
  const first = care.first?.filter(isMade).filter(({ rows }) => rows !== 'unasked' && rows.links.length > 0) ?? [];
  const next = care.next?.filter(isMade) ?? [];
  const isNone =
    [...consents, ...labels].every((each) => each === undefined) && records.every(({ rows }) => rows.length === 0);
  if (first.length + next.length === 0 && isNone) return;
  await sql`with these as (select 1)${alsoRecords(sql, records)}${alsoConsents(sql, consents)}${alsoCare(sql, { first, next })}${alsoLabels(sql, labels)} select 1`.raw();
}

function isMade(care: PlacedCare | undefined): care is PlacedCare {
  return care !== undefined && care.rows !== 'unasked';
}

/** The items of each shard, by its name, in the order in which all transactions take locks there. */
export function inShards<T>(map: ShardMap, all: readonly T[], keyOf: (each: T) => number): [number, T[]][] {
  const groups = new Map<number, T[]>();
  for (const each of all) {
    const name = map.nameOf(keyOf(each));
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [each]);
    else group.push(each);
  }
  return [...groups].sort(([a], [b]) => a - b);
}
