import type { AskedOfRead } from './asked-of-read.ts';
import type { Session } from './session.ts';
import { methodOf, type Method } from './method.ts';
import { typeName } from '@dhp/fhir-model';
import { mayRefuse } from '@dhp/search-index/consents';
import { hash64, referenceText } from '@dhp/search-index/keys';
import { textFor, type IndexTables } from '@dhp/search-index/sql';
import { booleanOf, ids, numberOf, numbers, type Column } from './columns.ts';

export interface ResourceKey {
  /** Number of the resource type. */
  readonly ty: number;
  readonly id: string;
  /** Told with it. */
  readonly asked?: AskedOfRead | undefined;
}

export interface VersionRow {
  readonly ver: number;
  /** Milliseconds since 1970. */
  readonly upd: number;
  readonly deleted: boolean;
  /** Undefined when it is larger than the limit of the statement. */
  readonly content: Buffer | undefined;
  /** Undefined when it is not known, or was not asked for. */
  readonly method?: Method | undefined;
  /** Whether there was nothing before it, or a deletion; undefined when it was not asked for. */
  readonly isNew?: boolean | undefined;
  /** Whether a consent may refuse it; undefined when it was not asked for, or the index does not tell of one patient. */
  readonly mayBeRefused?: boolean | undefined;
  /** Whether it has labels or may inherit some; undefined when it was not asked for. */
  readonly hasLabels?: boolean | undefined;
}

/**
 * The current versions of many ids in one statement, in the order asked for; undefined where there is none. Contents of
 * more than `limit` bytes are left out.
 */
export async function readCurrent(
  sql: Session,
  keys: readonly ResourceKey[],
  limit: number,
): Promise<(VersionRow | undefined)[]> {
  const rows = await sql`
    select i.n, r.ver, (date_part('epoch', r.upd) * 1000)::bigint, r.deleted,
           case when octet_length(r.content) <= ${limit} then r.content end
    from unnest(${numbers(keys.map((key) => key.ty))}::smallint[],
                string_to_array(${ids(keys.map((key) => key.id))}, ',')) with ordinality as i (ty, id, n)
    join fhir.identity d on d.ty = i.ty and d.id = i.id
    join fhir.resource r on r.rid = d.rid and r.shard = d.shard`.raw();
  const found = new Array<VersionRow | undefined>(keys.length);
  for (const [n, ver, upd, deleted, content] of rows as unknown as Column[][])
    found[numberOf(n) - 1] = versionRow([ver!, upd!, deleted!, content!]);
  return found;
}

/**
 * As `readCurrent`, with whether consents may refuse them, and whether they have labels: in the same statement, so that what is told is true of that version. The row of the index tells whose record it is.
 * @param searched the definition of the index that is searched: of another one nothing is told
 */
export async function readCurrentAsked(
  sql: Session,
  keys: readonly ResourceKey[],
  limit: number,
  searched: { readonly version: number; readonly tables: IndexTables },
): Promise<(VersionRow | undefined)[]> {
  const parameters = [
    numbers(keys.map((key) => key.ty)),
    ids(keys.map((key) => key.id)),
    numbers(keys.map(({ asked }) => asked?.consents?.action ?? 0)),
    keys.map(({ asked }) => `{${(asked?.consents?.callers ?? []).join(',')}}`).join(';'),
    numbers(
      keys.map(({ ty, id, asked }) => (asked?.labels === true ? hash64(referenceText(typeName(ty)!, id)) : undefined)),
    ),
    limit,
    searched.version,
  ];
  const rows = (await sql
    .unsafe(askedTexts[searched.tables], parameters, { prepare: true })
    .raw()) as unknown as Column[][];
  const found = new Array<VersionRow | undefined>(keys.length);
  for (const [n, ver, upd, deleted, content, mayBeRefused, hasLabels] of rows)
    found[numberOf(n) - 1] = {
      ...{ ver: numberOf(ver), upd: numberOf(upd), deleted: booleanOf(deleted), content: content ?? undefined },
      ...{ mayBeRefused: toldBy(mayBeRefused), hasLabels: toldBy(hasLabels) },
    };
  return found;
}

function toldBy(column: Column | undefined): boolean | undefined {
  return column === null || column === undefined ? undefined : booleanOf(column);
}

/** A text of pieces of texts. */
const plain = (strings: TemplateStringsArray, ...values: readonly (string | number)[]): string =>
  strings.reduce((text, next, n) => `${text}${String(values[n - 1])}${next}`);

/** The whole text is made once: pieces of statements take longer than the question. */
const askedText = `select i.n, r.ver, (date_part('epoch', r.upd) * 1000)::bigint, r.deleted,
    case when octet_length(r.content) <= $6::int then r.content end,
    case when i.action > 0 and (select x.complete from fhir.index_state x where x.single and x.version = $7::int) then (
      select case when s.pat is not null then exists (select from fhir.consent ck where ck.pat = s.pat
        and ck.since <= statement_timestamp() and statement_timestamp() < ck.until
        and ${mayRefuse(plain, { action: 'i.action', callers: 'i.callers::bigint[]' }, 's')}) end
      from fhir.search s where s.rid = r.rid and s.shard = r.shard) end,
    case when i.own is not null then exists (select from fhir.label l where l.own = i.own) or exists (select from fhir.label_member m where m.own = i.own) end
  from unnest($1::smallint[], string_to_array($2, ','), $3::int[], string_to_array($4, ';'), $5::bigint[]) with ordinality as i (ty, id, action, callers, own, n)
  join fhir.identity d on d.ty = i.ty and d.id = i.id
  join fhir.resource r on r.rid = d.rid and r.shard = d.shard`;

const askedTexts: Readonly<Record<IndexTables, string>> = {
  a: askedText,
  b: textFor(askedText, 'b'),
};

/** ver, upd in ms, deleted, content, and where they were asked for method and whether it is new. */
export function versionRow([ver, upd, deleted, content, method, isNew]: Column[]): VersionRow {
  return {
    ver: numberOf(ver),
    upd: numberOf(upd),
    deleted: booleanOf(deleted),
    content: content ?? undefined,
    method: methodOf(method),
    isNew: isNew === undefined ? undefined : booleanOf(isNew),
  };
}

/** Resources that are not deleted, by type number. Reads an index, no bodies. */
export async function countResources(sql: Session): Promise<{ ty: number; count: number }[]> {
  const rows = await sql<{ ty: number; count: string }[]>`
    select ty, count(*) as count from fhir.resource where not deleted group by ty`;
  return rows.map(({ ty, count }) => ({ ty, count: Number(count) }));
}
