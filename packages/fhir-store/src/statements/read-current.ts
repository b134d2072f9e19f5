import { boundOf, type AskedOfRead, type BoundQuestions } from './asked-of-read.ts';
import type { Session } from './session.ts';
import { methodOf, type Method } from './method.ts';
import { typeNumber } from '@dhp/fhir-model';
import { containerTypes } from '@dhp/labels';
import { mayRefuse } from '@dhp/search-index/consents';
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
  /** Bits of what is surely so (`toldOfRead`), of what was asked for; undefined where nothing was. */
  readonly told?: number | undefined;
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

/** Bits: no consent refuses it to who asks; it has no label and inherits none; it has one of the keys. What is not told may be so all the same. */
export const toldOfRead = { unrefused: 1, unlabelled: 2, hasKey: 4 } as const;

/**
 * As `readCurrent`, with what is asked of each: in the same statement, so that what is told is true of that version. The row of the index tells whose record it is, what it is called and what keys it has.
 * @param searched the definition of the index that is searched: of another one nothing is told
 */
export async function readCurrentAsked(
  sql: Session,
  keys: readonly ResourceKey[],
  limit: number,
  searched: { readonly version: number; readonly tables: IndexTables },
): Promise<(VersionRow | undefined)[]> {
  const questions = keys.map(({ asked }) => boundOf(asked));
  const parameters = [
    numbers(keys.map((key) => key.ty)),
    ids(keys.map((key) => key.id)),
    numbers(questions.map(({ flags }) => flags)),
    questions.map(({ callers }) => callers).join(';'),
    questions.map((each) => each.keys).join(';'),
    limit,
    searched.version,
  ];
  const rows = (await sql
    .unsafe(askedTexts[searched.tables][lookUpsOf(keys, questions)]!, parameters, { prepare: true })
    .raw()) as unknown as Column[][];
  const found = new Array<VersionRow | undefined>(keys.length);
  for (const [n, ver, upd, deleted, content, told] of rows)
    found[numberOf(n) - 1] = {
      ver: numberOf(ver),
      upd: numberOf(upd),
      deleted: booleanOf(deleted),
      content: content ?? undefined,
      told: told === null ? undefined : numberOf(told),
    };
  return found;
}

/** A text of pieces of texts. */
const plain = (strings: TemplateStringsArray, ...values: readonly (string | number)[]): string =>
  strings.reduce((text, next, n) => `${text}${String(values[n - 1])}${next}`);

const containers: ReadonlySet<number> = new Set(containerTypes.map((type) => typeNumber(type)!));

/** Bits of what a statement looks up. What nobody asks for is not in it: a table that is not read costs as much as one that is. */
const lookedUp = { consents: 1, labels: 2, members: 4 } as const;

/** The look-ups of the statement for these keys: labels by members only where one is of a type that puts others together. */
function lookUpsOf(keys: readonly ResourceKey[], questions: readonly BoundQuestions[]): number {
  let which = 0;
  for (const [n, { flags }] of questions.entries()) {
    if ((flags & 3) !== 0) which |= lookedUp.consents;
    if ((flags & 4) === 0) continue;
    which |= lookedUp.labels;
    if (containers.has(keys[n]!.ty)) which |= lookedUp.members;
  }
  return which;
}

const consentPart = `case when i.flags & 3 > 0 and s.pat is not null and not exists (select from fhir.consent ck where ck.pat = s.pat
          and ck.since <= statement_timestamp() and statement_timestamp() < ck.until
          and ${mayRefuse(plain, { action: '(i.flags & 3)', callers: 'i.callers::bigint[]' }, 's')}) then ${toldOfRead.unrefused} else 0 end`;
const memberPart = ` and (s.ty <> all('{${[...containers].join(',')}}'::smallint[]) or not exists (select from fhir.label_member m where m.own = s.own))`;

/** The whole text is made once: pieces of statements take longer than the question. */
function askedText(which: number): string {
  const has = (what: keyof typeof lookedUp): boolean => (which & lookedUp[what]) !== 0;
  const labels = `case when i.flags & 4 > 0 and not exists (select from fhir.label l where l.own = s.own)${has('members') ? memberPart : ''}
          then ${toldOfRead.unlabelled} else 0 end`;
  const told = [
    ...(has('consents') ? [consentPart] : []),
    ...(has('labels') ? [labels] : []),
    `case when i.keys <> '{}' and s.keys && i.keys::bigint[] then ${toldOfRead.hasKey} else 0 end`,
  ];
  return `select i.n, r.ver, (date_part('epoch', r.upd) * 1000)::bigint, r.deleted,
    case when octet_length(r.content) <= $6::int then r.content end,
    case when (select x.complete from fhir.index_state x where x.single and x.version = $7::int) then (
      select ${told.join('\n        + ')}
      from fhir.search s where s.rid = r.rid and s.shard = r.shard) end
  from unnest($1::smallint[], string_to_array($2, ','), $3::int[], string_to_array($4, ';'), string_to_array($5, ';')) with ordinality as i (ty, id, flags, callers, keys, n)
  join fhir.identity d on d.ty = i.ty and d.id = i.id
  join fhir.resource r on r.rid = d.rid and r.shard = d.shard`;
}

const texts = Array.from({ length: 8 }, (_, which) => askedText(which));

/** By what they look up. */
const askedTexts: Readonly<Record<IndexTables, readonly string[]>> = {
  a: texts,
  b: texts.map((text) => textFor(text, 'b')),
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
