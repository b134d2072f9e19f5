/** The columns of fhir.search in a writing statement: how they come in with the rows that are written. */
import { indexVersion } from '@dhp/fhir-search';
import { booleans, numbers, separator } from './columns.ts';
import { lists, textLists, textSeparator, type IndexColumns } from './index-columns.ts';
import { onServer, type Basis } from './server.ts';
import type { Session } from './session.ts';

export type Fragment = ReturnType<Session>;

/**
 * Arguments of `unnest`, as they are named: own, pat, dt, hi, long, keys, tsys, ts, has, np, nk, nlo, nhi, dk, dlo, dhi, sk, sv, sp.
 * Undefined: the row of a deletion, which has no values.
 */
export function indexArguments(sql: Session, rows: readonly (IndexColumns | undefined)[]): Fragment {
  const column = (name: Listed): string => lists(rows.map((row) => row?.[name]));
  return sql`
    string_to_array(${column('own')}, ';', '')::bigint[], string_to_array(${column('pat')}, ';', '')::bigint[],
    ${numbers(rows.map((row) => row?.dt))}::float8[], ${numbers(rows.map((row) => row?.hi))}::float8[],
    ${booleans(rows.map((row) => row?.long ?? false))}::boolean[], string_to_array(${column('keys')}, ';', ''),
    string_to_array(${column('tsys')}, ';', ''), ${numbers(rows.map((row) => row?.ts))}::int[],
    ${numbers(rows.map((row) => row?.has))}::bigint[],
    ${numbers(rows.map((row) => row?.np))}::smallint[],
    string_to_array(${column('nk')}, ';', ''), string_to_array(${column('nlo')}, ';', ''),
    string_to_array(${column('nhi')}, ';', ''), string_to_array(${column('dk')}, ';', ''),
    string_to_array(${column('dlo')}, ';', ''), string_to_array(${column('dhi')}, ';', ''),
    string_to_array(${column('sk')}, ';', ''), string_to_array(${textLists(rows.map((row) => row?.sv))}, ${separator}, ''),
    string_to_array(${column('sp')}, ';', '')`;
}

type Listed = Exclude<keyof IndexColumns, 'generation' | 'dt' | 'hi' | 'long' | 'ts' | 'has' | 'np' | 'sv'>;

/** The columns of fhir.search behind `ty`, of an input `i` with the names of `indexArguments`. */
export function indexValues(sql: Session): Fragment {
  return sql`${indexVersion}::smallint as version, i.own, i.pat, to_timestamp(i.dt / 1e3::float8) as dt,
    to_timestamp(i.hi / 1e3::float8) as hi, nullif(i.long, false) as long, i.keys::bigint[] as keys, i.tsys::int[] as tsys,
    cardinality(i.tsys::int[])::smallint as tn, i.ts,
    coalesce(i.has, 0) as has, i.np, i.nk::bigint[] as nk, i.nlo::float8[] as nlo, i.nhi::float8[] as nhi, i.dk::bigint[] as dk,
    i.dlo::timestamptz[] as dlo, i.dhi::timestamptz[] as dhi, i.sk::bigint[] as sk,
    string_to_array(i.sv, ${textSeparator}) as sv, i.sp::boolean[] as sp`;
}

/**
 * True if the rows follow the search parameters that the environment has when the statement begins, and what they were made from is of
 * this server; else the statement ends with an error that `isOutdated` knows. PostgreSQL locks the tables before it takes the snapshot, which the backfill of a new
 * parameter relies on (`readIndexWriters`).
 */
export function upToDate(sql: Session, rows: readonly (IndexColumns | undefined)[], basis: Basis): Fragment {
  let generation: number | undefined;
  for (const row of rows) if (row !== undefined) generation = Math.min(generation ?? Infinity, row.generation);
  const server = onServer(sql, basis);
  if (generation === undefined) {
    // A deletion has no rows to make, and would leave those of a definition that this program does not know.
    const made = sql`not exists (select from fhir.index_definition where version <> ${indexVersion}::int)`;
    return rows.length === 0 ? server : sql`(${server} and case when ${made} then true else fhir.outdated() end)`;
  }
  return sql`(${server} and case
    when (select generation from fhir.own_parameter_state where single) = ${generation}::int then true else fhir.outdated() end)`;
}

/** The tables of postings in which any of the rows has some: what is left out of a statement costs it nothing. */
export interface Postings {
  readonly tok: boolean;
  readonly num: boolean;
  readonly date: boolean;
  readonly str: boolean;
}

export function postingsOf(rows: readonly (IndexColumns | undefined)[]): Postings {
  const any = (name: 'tsys' | 'nk' | 'dk' | 'sk'): boolean => rows.some((row) => row !== undefined && row[name] !== '');
  return { tok: any('tsys'), num: any('nk'), date: any('dk'), str: any('sk') };
}
