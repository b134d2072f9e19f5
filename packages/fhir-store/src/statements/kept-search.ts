import type { Sql } from '@dhp/postgres';

interface KeptSearch {
  /** Hash of the owner and the parameters. */
  readonly hash: Buffer;
  readonly owner: Buffer;
  readonly parameters: string;
}

/**
 * Keeps parameters for a day, or for another day if they are kept. Deletes the owner's least recently requested ones beyond the limits, and
 * some expired ones of any owner.
 */
export async function keepSearch(
  sql: Sql,
  { hash, owner, parameters }: KeptSearch,
  most: { readonly searches: number; readonly bytes: number },
): Promise<void> {
  const [key, of] = [hash.toString('base64'), owner.toString('base64')];
  // An hour more than the links, which are refused by their own time; an entry that is kept long enough is not changed.
  await sql`
    with forgotten as (
      delete from fhir.kept_search k using (
        select hash from (
          select hash, row_number() over asked as number, sum(octet_length(parameters)) over asked as bytes
          from fhir.kept_search where owner = decode(${of}, 'base64') and hash <> decode(${key}, 'base64')
          window asked as (order by until desc, hash)
        ) o where o.number >= ${most.searches} or o.bytes + ${Buffer.byteLength(parameters)} > ${most.bytes}
        union
        (select hash from fhir.kept_search where until < now() order by until limit 1000)
      ) f where k.hash = f.hash and k.hash <> decode(${key}, 'base64')
    )
    insert into fhir.kept_search as k (hash, owner, parameters, until)
    values (decode(${key}, 'base64'), decode(${of}, 'base64'), ${parameters}, now() + interval '26 hours')
    on conflict (hash) do update set until = excluded.until where k.until < excluded.until - interval '1 hour'`;
}

/** Undefined if it was never kept, or has expired. */
export async function readKeptSearch(sql: Sql, hash: Buffer): Promise<string | undefined> {
  const [row] = await sql<{ parameters: string }[]>`
    select parameters from fhir.kept_search where hash = decode(${hash.toString('base64')}, 'base64') and until > now()`;
  return row?.parameters;
}
