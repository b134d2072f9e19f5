/** Rows of labels, stored with the versions that have them. docs/decisions/0049-labels.md */
import type { Sql } from '@dhp/postgres';
import type { Fragment } from './index-input.ts';
import type { Session } from './session.ts';

/** Hashes are texts. */
export interface LabelRow {
  readonly own: string;
  /** The number of the definition that made it. */
  readonly definition: number;
  readonly labels: readonly string[];
  /** Hashes of the resources that it groups; undefined if its type inherits nothing. */
  readonly members: readonly string[] | undefined;
}

/** A row of a version. */
export interface PlacedLabels {
  /** The number of the write in the statement. */
  readonly of: number;
  readonly ver: number;
  readonly row: LabelRow;
}

/**
 * Further parts of a statement that stores writes, with a comma before them; empty if no write has labels or members.
 * @param stored the stored writes: rows `n, rid`, the numbers of the writes and those of their resources; else the numbers are of resources, and a
 * condition tells whether all are stored. Names are locked before the condition is evaluated, and rows of a name after that.
 */
export function alsoLabels(
  sql: Session,
  labels: readonly (PlacedLabels | undefined)[],
  stored?: { readonly rids: Fragment } | { readonly when: Fragment },
): Fragment {
  const placed = labels.filter((each) => each !== undefined);
  return placed.length === 0 ? sql`` : sql`, ${labelParts(sql, placed, stored)}`;
}

/**
 * The parts `label_input`, `label_rows` and `label_members`. A writer of the members of a resource holds its lock, or the resource is new.
 */
export function labelParts(
  sql: Session,
  labels: readonly PlacedLabels[],
  stored?: { readonly rids: Fragment } | { readonly when: Fragment },
): Fragment {
  const text = JSON.stringify(labels.map(({ of, ver, row }) => ({ of, ver, ...row })));
  const isJoined = stored !== undefined && 'rids' in stored;
  const rid = isJoined ? sql`w.rid` : sql`i.of`;
  const given = isJoined
    ? sql`join (${stored.rids}) as w (n, rid) on w.n = i.of`
    : stored === undefined
      ? sql``
      : sql`where ${stored.when}`;
  return sql`label_input as (
      select ${rid} as rid, i.ver, i.own, i.definition, i.labels, i.members
      from jsonb_to_recordset(${text}::text::jsonb) as i (of bigint, ver int, own bigint, definition int, labels jsonb, members jsonb)
      ${given}
    ), label_rows as (
      insert into fhir.label (rid, ver, own, definition, labels)
      select rid, ver, own, definition, array(select jsonb_array_elements_text(labels)) from label_input
      where labels <> '[]' order by own, ver
      on conflict (own, ver) do update set definition = excluded.definition, labels = excluded.labels
      where label.definition <= excluded.definition
    ), label_members as (
      insert into fhir.label_member (own, ver, members)
      select own, ver, array(select jsonb_array_elements_text(members)::bigint) from label_input where members is not null order by own
      on conflict (own) do update set ver = excluded.ver, members = excluded.members
      where label_member.ver <= excluded.ver
    )`;
}

/** Resources, and labels that none of them may have. */
export interface AskedUnlabelled {
  /** Hashes of `Type/id`. */
  readonly owns: readonly bigint[];
  readonly none: readonly string[];
}

/** For each question, whether none of its resources has one of its labels. */
export async function selectUnlabelled(sql: Sql, questions: readonly AskedUnlabelled[]): Promise<boolean[]> {
  const owns = questions.map((each) => `{${each.owns.join(',')}}`).join(';');
  const none = JSON.stringify(questions.map((each) => each.none));
  const rows = await sql<{ unlabelled: boolean }[]>`
    select not fhir.labelled(o.owns::bigint[], array(select jsonb_array_elements_text(n.none))) as unlabelled
    from unnest(string_to_array(${owns}, ';')) with ordinality as o (owns, n)
    join jsonb_array_elements(${none}::text::jsonb) with ordinality as n (none, n) using (n)
    order by n`;
  return rows.map(({ unlabelled }) => unlabelled);
}

/** A resource whose labels are requested. */
export interface AskedLabels {
  /** Hash of `Type/id`. */
  readonly own: bigint;
  /** Whether its type inherits the labels of the resources that it groups. */
  readonly inherits: boolean;
}

/** The labels of each; undefined if it leads to too many resources. Nearly all have none, so only existing rows are read. */
export async function selectLabels(
  sql: Sql,
  asked: readonly AskedLabels[],
): Promise<(readonly string[] | undefined)[]> {
  const inheriting = asked.filter(({ inherits }) => inherits);
  if (inheriting.length === 0) return selectOwnLabels(sql, asked);
  const rows = await sql<FoundLabels[]>`
    select l.own, l.labels, false as all from fhir.label l where l.own = any(${textOfOwns(asked)}::text::bigint[])
    union all
    select m.own, fhir.labels_of(array[m.own]), true from fhir.label_member m where m.own = any(${textOfOwns(inheriting)}::text::bigint[])`;
  const whole = new Map(rows.filter(({ all }) => all).map(({ own, labels }) => [own, labels ?? undefined]));
  const own = ownLabels(rows.filter(({ all }) => !all));
  return asked.map((each) => {
    const name = String(each.own);
    return whole.has(name) ? whole.get(name) : (own.get(name) ?? []);
  });
}

/** The labels of each by its own versions, without inherited ones. */
export async function selectOwnLabels(sql: Sql, asked: readonly AskedLabels[]): Promise<(readonly string[])[]> {
  const rows = await sql<FoundLabels[]>`
    select l.own, l.labels, false as all from fhir.label l where l.own = any(${textOfOwns(asked)}::text::bigint[])`;
  if (rows.length === 0) return asked.map(() => []);
  const own = ownLabels(rows);
  return asked.map((each) => own.get(String(each.own)) ?? []);
}

interface FoundLabels {
  readonly own: string;
  readonly labels: string[] | null;
  /** Including inherited ones. */
  readonly all: boolean;
}

/** Those of all versions of each, in their order. */
function ownLabels(rows: readonly FoundLabels[]): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const { own, labels } of rows)
    found.set(own, [...new Set([...(found.get(own) ?? []), ...(labels ?? [])])].sort());
  return found;
}

function textOfOwns(asked: readonly AskedLabels[]): string {
  return `{${asked.map(({ own }) => own).join(',')}}`;
}

/** The number of the newest definition of labels, where all that is stored has labels by it. */
export async function selectLabelled(sql: Session): Promise<number | 'building' | undefined> {
  const [row] = await sql<{ number: number; phase: string }[]>`
    select number, phase from fhir.label_definition order by number desc limit 1`;
  if (row === undefined) return undefined;
  return row.phase === 'complete' ? row.number : 'building';
}

/** Rows of labels by `own ver`, and of members by `own`. @param owns hashes of `Type/<id>` */
export async function selectLabelRows(
  sql: Session,
  owns: readonly string[],
): Promise<{
  labels: Map<string, readonly string[]>;
  members: Map<string, { ver: number; members: readonly string[] }>;
}> {
  const list = `{${owns.join(',')}}`;
  const labels = await sql<{ own: string; ver: number; labels: string[] }[]>`
    select own, ver, labels from fhir.label where own = any(${list}::bigint[])`;
  const members = await sql<{ own: string; ver: number; members: string[] }[]>`
    select own, ver, members::text[] as members from fhir.label_member where own = any(${list}::bigint[])`;
  return {
    labels: new Map(labels.map((row) => [`${row.own} ${String(row.ver)}`, row.labels])),
    members: new Map(members.map(({ own, ...row }) => [own, row])),
  };
}
