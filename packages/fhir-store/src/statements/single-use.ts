import type { Sql } from '@dhp/postgres';

export interface NotedUses {
  /** The hashes, in base64, of those that were not noted before. */
  readonly fresh: ReadonlySet<string>;
  /** Milliseconds for which uses have been remembered; undefined when that is not known. */
  readonly remembered: number | undefined;
}

/** Notes uses, each named once. */
export async function insertUsed(
  sql: Sql,
  uses: readonly { readonly hash: Buffer; readonly until: Date }[],
): Promise<NotedUses> {
  const hashes = uses.map(({ hash }) => hash.toString('base64'));
  const until = uses.map((use) => use.until.toISOString());
  const [row] = await sql<{ fresh: string | null; remembered: number | null }[]>`
    with noted as (
      insert into fhir.single_use (hash, until)
      select decode(hash, 'base64'), until::timestamptz from unnest(${hashes}::text[], ${until}::text[]) as u (hash, until)
      order by 1
      on conflict (hash) do nothing
      returning hash
    )
    select (select string_agg(encode(hash, 'base64'), ' ') from noted) as fresh,
      (select date_part('epoch', clock_timestamp() - since) * 1000 from fhir.single_use_memory) as remembered`;
  const { fresh, remembered } = row!;
  return { fresh: new Set(fresh?.split(' ')), remembered: remembered ?? undefined };
}

/** Begins to record uses, if the begin is not known, or if the clock of the database was set back. */
export async function beginMemory(sql: Sql): Promise<void> {
  await sql`
    insert into fhir.single_use_memory (since) values (clock_timestamp())
    on conflict (one) do update set since = excluded.since where single_use_memory.since > excluded.since`;
}

/** Deletes expired entries. */
export async function deleteUsed(sql: Sql, now: Date): Promise<void> {
  await sql`delete from fhir.single_use where until < ${now}`;
}
