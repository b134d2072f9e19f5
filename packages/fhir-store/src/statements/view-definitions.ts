/** Versions of ViewDefinitions, which are no resource type of R5. docs/decisions/0161-stored-view-definitions.md */
import type { Session } from './session.ts';

/** Elements that a ViewDefinition is found by. */
export interface ViewElements {
  readonly url: string | undefined;
  readonly version: string | undefined;
  readonly name: string | undefined;
  readonly title: string | undefined;
  readonly status: string | undefined;
  readonly resource: string | undefined;
}

export interface ViewRow {
  readonly id: string;
  readonly ver: number;
  readonly upd: Date;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** Null: a deletion. */
  readonly content: string | null;
}

/** A search: of each list that is given one value must be met; `name` and `title` by their beginnings, in lower case. */
export type ViewCriteria = Readonly<Partial<Record<'id' | keyof ViewElements, readonly string[]>>>;

/** Changes of ViewDefinitions wait for one another: they are few, and each looks for the canonical of all others. */
export async function lockViewDefinitions(session: Session): Promise<Date> {
  await session`select pg_advisory_xact_lock(hashtextextended('fhir view definitions', 0))`;
  const [row] = await session<{ now: Date }[]>`select clock_timestamp() as now`;
  return row!.now;
}

export async function selectViewDefinition(sql: Session, id: string, ver?: number): Promise<ViewRow | undefined> {
  const [row] = await sql<ViewRow[]>`
    select id, ver, upd, method, content from fhir.view_definition
    where id = ${id} and (ver = ${ver ?? null}::int or (newest and ${ver ?? null}::int is null))`;
  return row;
}

/** The id of another one with the same url and version. */
export async function selectSameCanonical(
  sql: Session,
  id: string,
  { url, version }: Pick<ViewElements, 'url' | 'version'>,
): Promise<string | undefined> {
  const [row] = await sql<{ id: string }[]>`
    select id from fhir.view_definition
    where newest and content is not null and url = ${url ?? null}::text
      and coalesce(version, '') = ${version ?? ''}::text and id <> ${id}`;
  return row?.id;
}

/** Makes a version the current one. @param elements undefined for a deletion */
export async function insertViewDefinition(
  session: Session,
  { id, ver, upd, method, content }: ViewRow,
  elements: ViewElements | undefined,
): Promise<void> {
  const { url, version, name, title, status, resource } = elements ?? {};
  await session`update fhir.view_definition set newest = false where id = ${id} and newest`;
  await session`
    insert into fhir.view_definition (id, ver, upd, newest, method, url, version, name, title, status, resource, content)
    values (${id}, ${ver}::int, ${upd.toISOString()}::timestamptz, true, ${method}::text, ${url ?? null}::text, ${version ?? null}::text,
      ${name?.toLowerCase() ?? null}::text, ${title?.toLowerCase() ?? null}::text, ${status ?? null}::text, ${resource ?? null}::text, ${content}::text)`;
}

/** Versions below `before`, the newest first; or those above `after`, the oldest first. */
export async function selectViewVersions(
  sql: Session,
  id: string,
  { count, before, after }: { readonly count: number; readonly before?: number; readonly after?: number },
): Promise<{ readonly rows: ViewRow[]; readonly total: number }> {
  const isUp = after !== undefined;
  const [counted] = await sql<{ total: number }[]>`
    select count(*)::int as total from fhir.view_definition where id = ${id}`;
  const rows = await sql<ViewRow[]>`
    select id, ver, upd, method, content from fhir.view_definition
    where id = ${id} and ver > ${after ?? 0}::int and (${before ?? null}::int is null or ver < ${before ?? null}::int)
    order by case when ${isUp}::boolean then ver else -ver end limit ${count}::int`;
  return { rows, total: counted!.total };
}

/** Existing definitions that meet the criteria, by their ids; @param after the id before the first one */
export async function selectViewDefinitions(
  sql: Session,
  { id, url, version, name, title, status, resource }: ViewCriteria,
  { count, after }: { readonly count: number; readonly after: string },
): Promise<{ readonly rows: ViewRow[]; readonly total: number }> {
  const found = await sql<(ViewRow & { readonly total: number })[]>`
    with met as (
      select v.id, v.ver, v.upd, v.method, v.content from fhir.view_definition v
      where newest and content is not null
        and (${id ?? null}::text[] is null or v.id = any(${id ?? null}::text[]))
        and (${url ?? null}::text[] is null or url = any(${url ?? null}::text[]))
        and (${version ?? null}::text[] is null or version = any(${version ?? null}::text[]))
        and (${status ?? null}::text[] is null or status = any(${status ?? null}::text[]))
        and (${resource ?? null}::text[] is null or resource = any(${resource ?? null}::text[]))
        and (${name ?? null}::text[] is null or exists (select from unnest(${name ?? null}::text[]) b where starts_with(v.name, b)))
        and (${title ?? null}::text[] is null or exists (select from unnest(${title ?? null}::text[]) b where starts_with(v.title, b)))
    )
    select c.total, p.* from (select count(*)::int as total from met) c
    left join lateral (select * from met where id > ${after} order by id limit ${count}::int) p on true
    order by p.id`;
  const rows = found.filter((row) => (row.id as string | null) !== null);
  return { rows: rows.map(({ total: _, ...row }) => row), total: found[0]!.total };
}
