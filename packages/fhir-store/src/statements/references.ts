import { typeName, typeNumber } from '@dhp/fhir-model';
import type { Session } from './session.ts';
import { booleans, ids, numberOf, numbers, textOf, type Column } from './columns.ts';
import type { PlacedDefinition } from './index-definition.ts';
import { indexComplete } from './index-gate.ts';
import { sessionOn } from './index-tables.ts';
import type { Basis } from './server.ts';
import type { Fragment } from './index-input.ts';
import type { ResourceKey } from './read-current.ts';

/** Returns the positions of the keys whose resource does not exist or is deleted. */
export async function readMissing(sql: Session, keys: readonly ResourceKey[]): Promise<number[]> {
  const rows = await sql`
    select i.n
    from unnest(${numbers(keys.map((key) => key.ty))}::smallint[],
                string_to_array(${ids(keys.map((key) => key.id))}, ',')) with ordinality as i (ty, id, n)
    left join fhir.identity d on d.ty = i.ty and d.id = i.id
    left join fhir.resource r on r.rid = d.rid and r.shard = d.shard
    where r.rid is null or r.deleted
    order by i.n`.raw();
  return (rows as unknown as Column[][]).map(([n]) => numberOf(n) - 1);
}

/** Records of events: their targets may be deleted, and they are unchanged. */
const records = numbers(['AuditEvent', 'Provenance'].map(typeNumber));

/**
 * Current resources that have a key, without records of events and without the one whose hash is `own`.
 * @param key of a reference: `keyOf(anyReference, 'Type/id')`
 * @throws an error that `isNotIndexed` recognises while the index is not complete
 */
export async function readReferrers(
  sql: Session,
  { definition, tables }: PlacedDefinition,
  { key, own, limit }: { key: bigint; own: bigint; limit: number },
): Promise<{ type: string; id: string; versionId: number }[]> {
  const rows = await sessionOn(sql, tables)`
    with s as materialized (
      select rid, shard from fhir.search where keys @> array[${String(key)}::bigint] and own <> ${String(own)}::bigint
        and ty <> all (${records}::smallint[])
      limit ${limit}
    )
    select r.ty, r.id, r.ver from s join fhir.resource r on r.rid = s.rid and r.shard = s.shard
    where ${indexComplete<Fragment>((...piece) => sql(...piece), definition.version)}
    order by r.ty, r.id`.raw();
  return (rows as unknown as Column[][]).map(([ty, id, ver]) => ({
    type: typeName(numberOf(ty))!,
    id: textOf(id),
    versionId: numberOf(ver),
  }));
}

/**
 * For each of the keys some current resources that have it, without records of events, in one statement: for a key it reads at most `limit`
 * rows, plus the disregarded ones.
 * @param keys of references: `keyOf(anyReference, 'Type/id')`
 * @param disregarded hashes of `Type/id`
 * @returns by the places of the keys
 * @throws an error that `isNotIndexed` recognises while the index is not complete
 */
export async function readReferrersOfEach(
  sql: Session,
  { definition, tables }: PlacedDefinition,
  { keys, disregarded, limit }: { keys: readonly bigint[]; disregarded: readonly bigint[]; limit: number },
): Promise<{ n: number; type: string; id: string }[]> {
  const rows = await sessionOn(sql, tables)`
    select g.n, r.ty, r.id
    from unnest(${`{${keys.join(',')}}`}::bigint[]) with ordinality as g (key, n)
    cross join lateral (
      select s.rid, s.shard from fhir.search s
      where s.keys @> array[g.key] and s.own <> all (${`{${disregarded.join(',')}}`}::bigint[])
        and s.ty <> all (${records}::smallint[])
      limit ${limit}
    ) f
    join fhir.resource r on r.rid = f.rid and r.shard = f.shard
    where ${indexComplete<Fragment>((...piece) => sql(...piece), definition.version)}
    order by g.n, r.ty, r.id`.raw();
  return (rows as unknown as Column[][]).map(([n, ty, id]) => ({
    n: numberOf(n) - 1,
    type: typeName(numberOf(ty))!,
    id: textOf(id),
  }));
}

/** Conditions on references under which a transaction is stored. */
export interface ReferenceGuard {
  /** Targets that the transaction does not store itself. */
  readonly targets: readonly ResourceKey[];
  /** The keys of any reference to the resources that the transaction deletes. */
  readonly gone: readonly bigint[];
  /** Hashes of `Type/id` of resources that may refer to them: those that the transaction itself stores, and disregarded ones. */
  readonly disregarded: readonly bigint[];
  /** Locks on names by their hash, ascending; exclusive for deleted resources. */
  readonly locks: readonly { readonly bucket: number; readonly exclusive: boolean }[];
}

/**
 * True if the references hold, which then lasts until the commit; else raises an error that `isBroken` recognises. References to deleted
 * resources are only found with a complete index: without one it raises an error that `isNotIndexed` recognises.
 */
export function held(
  sql: Session,
  { targets, gone, disregarded, locks }: ReferenceGuard,
  { stored: { active } }: Pick<Basis, 'stored'>,
): Fragment {
  const { version } = active.definition;
  const indexed =
    gone.length === 0 ? sql`` : sql`${indexComplete<Fragment>((...piece) => sql(...piece), version)} and `;
  return sql`${indexed}fhir.hold_references(${version}::int, ${active.tables === 'b'}::boolean,
    ${numbers(locks.map(({ bucket }) => bucket))}::int[], ${booleans(locks.map(({ exclusive }) => exclusive))}::boolean[],
    ${numbers(targets.map((key) => key.ty))}::smallint[], string_to_array(${ids(targets.map((key) => key.id))}, ','),
    ${`{${gone.join(',')}}`}::bigint[], ${`{${disregarded.join(',')}}`}::bigint[],
    ${records}::smallint[])`;
}

/** The references of a transaction do not fit the stored resources. */
export function isBroken(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === brokenState;
}

/** SQLSTATE that `fhir.hold_references` raises. */
export const brokenState = 'DHP02';
