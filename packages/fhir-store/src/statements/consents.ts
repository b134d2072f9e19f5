/** Rows of consents, stored with the versions that contain them. */
import type { Fragment } from './index-input.ts';
import type { Session } from './session.ts';

/** As JSON has it: hashes are texts, times ms since 1970. */
export interface ConsentRow {
  /** Hash of `Consent/<id>`. */
  readonly own: string;
  readonly pat: string | null;
  readonly national: boolean;
  readonly dated: number;
  readonly since: number | null;
  readonly until: number | null;
  readonly whole: number;
  /** As earlier servers ask of it. */
  readonly refuses: readonly object[] | null;
  /** The same, as `fhir.consent_part` has it. */
  readonly parts: readonly object[] | null;
  /** Bits of the kinds of actors that the provisions name. */
  readonly names: number;
  readonly grantees: readonly string[] | null;
  /** Proves that no provision can hold for other callers, dates or types, with times in PostgreSQL's format; null if nothing proves it. */
  readonly may: {
    readonly actors: readonly string[];
    readonly low: string | null;
    readonly high: string | null;
    readonly types: readonly number[];
    readonly spared: readonly string[] | null;
  } | null;
}

/** A row of a version of a Consent. */
export interface PlacedConsent {
  /** The number of the write in the statement. */
  readonly of: number;
  readonly ver: number;
  readonly row: ConsentRow;
}

/**
 * A further part of a statement that stores writes, with a comma before it; empty if no Consent is written. A row of an earlier version
 * replaces no later one.
 * @param rids rows `n, rid`: the numbers of the stored writes, and those of their resources; undefined: the numbers are of resources
 */
export function alsoConsents(
  sql: Session,
  consents: readonly (PlacedConsent | undefined)[],
  rids?: Fragment,
): Fragment {
  const placed = consents.filter((each) => each !== undefined);
  return placed.length === 0 ? sql`` : sql`, ${consentPart(sql, placed, rids)}`;
}

/** The part `consents`. */
export function consentPart(sql: Session, consents: readonly PlacedConsent[], rids?: Fragment): Fragment {
  return sql`consents as (
      insert into fhir.consent (${sql.unsafe(consentColumns)})
      ${consentValues(sql, consents, rids)}
      order by 1 -- of two that write several, one waits for the other
      on conflict (own) do update
      set ver = excluded.ver, pat = excluded.pat, national = excluded.national, dated = excluded.dated, since = excluded.since,
          until = excluded.until, whole = excluded.whole, refuses = excluded.refuses, grantees = excluded.grantees,
          parts = excluded.parts, parts_ver = excluded.parts_ver, names = excluded.names,
          may_ver = excluded.may_ver, may_actors = excluded.may_actors, may_low = excluded.may_low, may_high = excluded.may_high,
          may_types = excluded.may_types, spared = excluded.spared
      where consent.ver <= excluded.ver
    )`;
}

const consentColumns =
  'own, rid, ver, pat, national, dated, since, until, whole, refuses, grantees, parts, parts_ver, names, may_ver, may_actors, may_low, may_high, may_types, spared';

/** The values of rows, in the order of `consentColumns`. */
function consentValues(sql: Session, consents: readonly PlacedConsent[], rids: Fragment | undefined): Fragment {
  const text = JSON.stringify(consents.map(({ of, ver, row }) => ({ of, ver, ...row })));
  const rid = rids === undefined ? sql`i.of` : sql`w.rid`;
  const given = rids === undefined ? sql`` : sql`join (${rids}) as w (n, rid) on w.n = i.of`;
  return sql`select i.own, ${rid}, i.ver, i.pat, i.national, to_timestamp(i.dated / 1e3), coalesce(to_timestamp(i.since / 1e3), '-infinity'),
             coalesce(to_timestamp(i.until / 1e3), 'infinity'), i.whole, nullif(i.refuses, 'null'),
             case when i.grantees <> 'null' then fhir.consent_hashes(i.grantees) end,
             case when i.parts <> 'null' then array(select p from jsonb_populate_recordset(null::fhir.consent_part, i.parts) as p) end, i.ver, i.names,
             case when i.may <> 'null' then i.ver end, m.actors, m.low, m.high, m.types, m.spared
      from jsonb_to_recordset(${text}::text::jsonb) as i (of bigint, ver int, own bigint, pat bigint, national boolean, dated float8,
             since float8, until float8, whole smallint, refuses jsonb, grantees jsonb, parts jsonb, names smallint, may jsonb)
      ${given}
      cross join jsonb_to_record(case when i.may <> 'null' then i.may else '{}' end)
        as m (actors bigint[], low timestamptz, high timestamptz, types smallint[], spared bigint[])`;
}

/** Hashes of those whose stored rows are not as given. */
export async function differingConsents(sql: Session, consents: readonly PlacedConsent[]): Promise<string[]> {
  if (consents.length === 0) return [];
  const columns = (alias: string): Fragment =>
    sql.unsafe(
      consentColumns
        .split(', ')
        .map((name) => `${alias}.${name}`)
        .join(', '),
    );
  const rows = await sql<{ own: string }[]>`
    with e (${sql.unsafe(consentColumns)}) as (${consentValues(sql, consents, undefined)})
    select e.own from e left join fhir.consent c on c.own = e.own
    where (${columns('c')}) is distinct from (${columns('e')})`;
  return rows.map(({ own }) => own);
}
