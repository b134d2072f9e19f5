/** The search parameters of the environment's own, as fhir.own_parameter has them. */
import { typeNumber } from '@dhp/fhir-model';
import type { Sql } from '@dhp/postgres';
import type { IndexTables } from '@dhp/search-index/sql';
import { serverName } from './server.ts';
import type { Session } from './session.ts';

export interface OwnParameterRow {
  readonly id: string;
  readonly name: string;
  /** JSON */
  readonly definition: string;
  /** The generation that brought it. */
  readonly since: number;
  /** Progress of indexing by it, in row numbers: precise enough for a percentage. */
  readonly next: number;
  readonly complete: boolean;
}

export interface OwnParameterRows {
  /** The server that was asked. */
  readonly server: string;
  /** Time by the clock of the server, in milliseconds. */
  readonly now: number;
  readonly generation: number;
  /** Parameters in order of precedence. */
  readonly rows: readonly OwnParameterRow[];
  /** One more than the highest rid of all resources. */
  readonly end: number;
  /** The index definitions whose rows all writers must store. */
  readonly definitions: readonly number[];
  /** Resources without values in the index, by search parameter (`OwnParameters.gaps`). */
  readonly gaps: ReadonlyMap<string, number>;
  readonly hasGaps: boolean;
  /** The active definition, and the one that is built beside it; undefined: there never was one. */
  readonly active: { readonly version: number; readonly tables: IndexTables } | undefined;
  readonly next: { readonly version: number; readonly tables: IndexTables } | undefined;
  /** The number of the newest definition of labels; undefined if there never was one. */
  readonly labels: number | undefined;
  /** Whether a build of care links has begun. */
  readonly linksCare: boolean;
}

/** A lock under which one server at a time changes the search parameters, or their gaps. It ends with the transaction. */
export async function lockOwnParameters(transaction: Session): Promise<void> {
  await transaction`select pg_advisory_xact_lock(hashtextextended('dhp fhir own parameters', 0))`;
}

/** All parameters at one moment. */
export async function readOwnParameters(sql: Session): Promise<OwnParameterRows> {
  const found = await sql<Record<string, string | number | boolean | null>[]>`
    select ${serverName(sql)} as server, date_part('epoch', clock_timestamp()) * 1000 as now, s.generation, e.rid as end,
      d.versions as definitions, coalesce(i.gaps, false) as "hasGaps", g.counted as gaps,
      i.version as active, i.second, x.version as built, x.second as beside,
      (select max(number) from fhir.label_definition) as labels, exists (select 1 from fhir.care_build) as "linksCare", p.id, p.name, p.definition, p.since, p.next_rid as next, p.complete
    from fhir.own_parameter_state s
    cross join (select coalesce(max(rid) + 1, 0) as rid from fhir.resource) e
    cross join (select array_agg(version)::text as versions from fhir.index_definition) d
    left join fhir.index_state i on i.single
    left join fhir.index_next x on x.single
    cross join (select string_agg(n.name || ' ' || n.count, ',') as counted from (
      select u.name, count(*) as count
      from fhir.index_gap g
      join fhir.resource r on r.rid = g.rid and r.shard = g.shard and r.ver = g.ver and not r.deleted
      cross join unnest(string_to_array(g.parameters, ' ')) as u (name)
      group by u.name) n) g
    left join fhir.own_parameter p on true
    where s.single
    order by p.rid`;
  const { server, now, generation, end, definitions, gaps, hasGaps, active, second, built, beside, labels, linksCare } =
    found[0]!;
  const rows = found.filter(({ id }) => id !== null) as unknown as (OwnParameterRow & { next: string })[];
  return {
    server: String(server),
    now: Number(now),
    generation: Number(generation),
    end: Number(end),
    definitions: typeof definitions === 'string' ? definitions.slice(1, -1).split(',').map(Number) : [],
    gaps: new Map(typeof gaps === 'string' ? gaps.split(',').map(countOf) : []),
    hasGaps: hasGaps === true || typeof gaps === 'string',
    active: active === null ? undefined : { version: Number(active), tables: second === true ? 'b' : 'a' },
    next: built === null ? undefined : { version: Number(built), tables: beside === true ? 'b' : 'a' },
    labels: labels === null ? undefined : Number(labels),
    linksCare: linksCare === true,
    rows: rows.map(({ id, name, definition, since, next, complete }) => ({
      ...{ id, name, definition, since, next: Number(next), complete },
    })),
  };
}

/** `Type.code 12` */
function countOf(text: string): [parameter: string, count: number] {
  const [name = '', count] = text.split(' ');
  return [name, Number(count)];
}

/** A parameter that must exist. */
export interface Defined {
  readonly id: string;
  readonly rid: number;
  readonly name: string;
  readonly definition: string;
}

/** A SearchParameter resource that is stored at this moment. */
export interface StoredParameter {
  readonly rid: number;
  readonly id: string;
  readonly content: string;
}

/**
 * Brings the parameters in step with the stored SearchParameter resources, one server at a time. A parameter with a changed definition, and
 * one that comes back, are indexed from the beginning.
 * @param define returns the definitions of the resources, given in the order of their rids
 */
export async function storeOwnParameters(
  sql: Sql,
  define: (stored: readonly StoredParameter[]) => readonly Defined[],
): Promise<void> {
  await sql.begin(async (transaction) => {
    await lockOwnParameters(transaction);
    const stored = await transaction<{ rid: string; id: string; content: string }[]>`
      select rid, id, content from fhir.resource
      where ty = ${typeNumber('SearchParameter')!} and not deleted
      order by rid`;
    const wanted = define(stored.map(({ rid, id, content }) => ({ rid: Number(rid), id, content })));
    const { generation, rows } = await readOwnParameters(transaction);
    const known = new Map(rows.map((row) => [row.id, row]));
    const gone = rows.filter(({ id, name }) => !wanted.some((one) => one.id === id && one.name === name));
    const changed = wanted.filter((one) => {
      const row = known.get(one.id);
      return row?.name !== one.name || row.definition !== one.definition;
    });
    if (gone.length === 0 && changed.length === 0) return;
    for (const { id } of gone) await transaction`delete from fhir.own_parameter where id = ${id}`;
    for (const { id, rid, name, definition } of changed) {
      await transaction`
        insert into fhir.own_parameter (id, rid, name, definition, since)
        values (${id}, ${rid}, ${name}, ${definition}, ${generation + 1})
        on conflict (id) do update set definition = excluded.definition`;
    }
    await transaction`update fhir.own_parameter_state set generation = ${generation + 1} where single`;
  });
}

/** Notes how far the resources are indexed by the parameters of a generation that are not complete. */
export async function noteOwnParameters(sql: Session, generation: number, next: number): Promise<void> {
  await sql`
    update fhir.own_parameter set next_rid = ${next} where since <= ${generation} and next_rid < ${next} and not complete`;
}

/**
 * The transactions that may be storing index rows at this moment, by names that are never reused. PostgreSQL locks a table before it takes
 * the snapshot of the statement, so any other transaction that stores rows sees everything committed by now.
 */
export async function readIndexWriters(sql: Session): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select distinct l.pid || ' ' || l.virtualtransaction as name
    from pg_locks l
    where l.locktype = 'relation' and l.relation in ('fhir.search'::regclass, 'fhir.search_b'::regclass) and l.mode = 'RowExclusiveLock' and l.granted
      and l.database = (select oid from pg_database where datname = current_database())`;
  return rows.map(({ name }) => name);
}
