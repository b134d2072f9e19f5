/**
 * Conditions on whole texts, if the searched rows have only the start of a long text. Resources with such a text are few: an index of long
 * texts leads to them, and their bodies decide whether they match. docs/decisions/0027-index-definitions.md
 */
import { typeNumber } from '@dhp/fhir-model';
import type { Condition } from '../condition/condition.ts';
import { LackingDefinition } from '../condition/lacking-definition.ts';
import { longTextKey } from '../keys/text-for-index.ts';
import type { Finding } from '../page/find-rows.ts';
import type { IndexRow } from '../row/index-row.ts';
import { bigintOf } from '../row-condition/terms.ts';
import { keysOfText, textMatches } from '../row-condition/text-match.ts';
import { numberOf, textOf } from '../sql/columns.ts';
import { bigints, type Fragment } from '../sql/fragment.ts';
import { addedUp, together, type Merge } from '../sql/run.ts';

export type TextCondition = Extract<Condition, { op: 'string' | 'term' }>;

/** Own hashes of the resources with a long text that a condition is about, and of those of them that meet it. */
export interface CutTexts {
  readonly all: readonly bigint[];
  readonly matching: readonly bigint[];
}

/** Resources with long texts that one condition reads, and bytes of their bodies: as many as are read within half a second. */
const mostRead = 500;
const mostBytes = 8_000_000;
/** Contained resources of a type that are looked through. */
const mostContained = 20_000;
/** Long words of a parameter. */
const mostWords = 2_000;

/** @throws LackingDefinition if they are too many to be read, or cannot be read */
export async function readCutTexts(finding: Finding, type: string, condition: TextCondition): Promise<CutTexts> {
  const { sql, run, wholeRows } = finding;
  const withText = await rowsWithLongText(finding, type, condition);
  if (withText === undefined) return { all: [], matching: [] };
  const found = await run(
    sql,
    sql`select s.own, r.size, case when sum(r.size) over () <= ${mostBytes}::bigint then r.content end
      from (${withText}) c
      cross join lateral (select own from fhir.search s where s.rid = c.rid and s.shard = c.shard limit 1) s
      cross join lateral (
        select content, octet_length(content) as size from fhir.resource r where r.rid = c.rid and r.shard = c.shard limit 1) r`,
    'long texts',
    together,
  );
  if (found.length > mostRead || wholeRows === undefined) throw new LackingDefinition();
  if (found.reduce((sum, [, size]) => sum + numberOf(size), 0) > mostBytes) throw new LackingDefinition();
  const all = found.map(([own]) => bigintOf(own));
  const rows = await wholeRows(found.map(([, , content]) => ({ type, content: textOf(content) })));
  if (rows === undefined) throw new LackingDefinition();
  return { all, matching: all.filter((_, n) => meets(rows[n]!, condition)) };
}

/**
 * The same if contained resources can meet the condition as well, for which there is no key: nothing is read if there are some.
 * @throws LackingDefinition if they are too many, or if a resource of either kind has such a text and some are contained
 */
export async function readBesideContained(finding: Finding, type: string, condition: TextCondition): Promise<CutTexts> {
  const { sql, run } = finding;
  const ty = typeNumber(type)!;
  const among = sql`(select sk, sv, keys from fhir.contained where ty = ${ty}::smallint limit ${mostContained + 1}) c`;
  const counted = async (from: Fragment, merge?: Merge): Promise<number> =>
    numberOf((await run(sql, sql`select count(*)::int from ${from}`, 'long texts', merge))[0]![0]);
  const contained = await counted(among);
  if (contained === 0) return readCutTexts(finding, type, condition);
  const stored = await rowsWithLongText(finding, type, condition);
  const isLong =
    condition.op === 'string'
      ? sql`exists (select 1 from unnest(c.sk, c.sv) as t (k, v)
          where t.k = ${wholeKey(condition).toString()}::bigint and octet_length(t.v) >= 256)`
      : sql`c.keys && ${bigints(await longWords(finding, condition.parameter))}::bigint[]`;
  const isStored = stored !== undefined && (await counted(sql`(${stored}) c`, addedUp)) > 0;
  if (isStored || (await counted(sql`${among} where ${isLong}`)) > 0) throw new LackingDefinition();
  if (contained > mostContained) throw new LackingDefinition();
  return { all: [], matching: [] };
}

/** A statement for the stored resources of the type with such a text, one more than may be read; undefined without such resources. */
async function rowsWithLongText(
  finding: Finding,
  type: string,
  condition: TextCondition,
): Promise<Fragment | undefined> {
  const { sql } = finding;
  if (condition.op === 'string') {
    return sql`select distinct t.rid, t.shard from fhir.str t
      where t.key = ${wholeKey(condition).toString()}::bigint and octet_length(t.v) >= 256 limit ${mostRead + 1}`;
  }
  const keys = await longWords(finding, condition.parameter);
  if (keys.length === 0) return undefined;
  return sql`select s.rid, s.shard from fhir.search s
    where s.keys && ${bigints(keys)}::bigint[] and (s.ty = ${typeNumber(type)!}::smallint) is true limit ${mostRead + 1}`;
}

/** @throws LackingDefinition if they are too many */
async function longWords({ sql, run }: Finding, parameter: bigint): Promise<bigint[]> {
  const words = await run(
    sql,
    sql`select key from fhir.word
      where parameter = ${parameter.toString()}::bigint and octet_length(v) >= 256 limit ${mostWords + 1}`,
    'words',
  );
  if (words.length > mostWords) throw new LackingDefinition();
  return words.map(([key]) => bigintOf(key));
}

/** The key that a text has as a whole. */
function wholeKey({ key, follows }: Extract<TextCondition, { op: 'string' }>): bigint {
  return follows ?? key;
}

/** Whether a row that has whole texts meets the condition. */
function meets({ strings, words }: IndexRow, condition: TextCondition): boolean {
  if (condition.op === 'string') {
    const keys = keysOfText(condition.key, condition);
    return strings.some(({ key, text }) => keys.includes(key) && textMatches(text, condition));
  }
  const { parameter, ignoreCase = false } = condition;
  // Parts of long words are under a separate parameter, which rows without long words do not have.
  const parameters = [parameter, longTextKey(parameter)];
  return words.some(
    (word) =>
      parameters.includes(word.parameter) && textMatches(ignoreCase ? word.text.toLowerCase() : word.text, condition),
  );
}
