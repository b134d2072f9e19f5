import { resourceTypes, typeNumber } from '@dhp/fhir-model';
import type { FoundVersion } from '../page/found-version.ts';
import { testsOf } from '../page/branches.ts';
import { check } from '../row-condition/check.ts';
import type { Finding } from '../page/find-rows.ts';
import { and, bigints, joined, or, type Fragment } from '../sql/fragment.ts';
import type { Merge } from '../sql/run.ts';
import type { Wanted } from './include-wanted.ts';
import type { KnownResources } from './known-resources.ts';
import { pageRow } from '../page/page.ts';
import { numberOf } from '../sql/columns.ts';
import { asksOthers, isNothing, nothing, type RowCondition } from '../row-condition/row-condition.ts';

/** Returns the condition of the visible resources of a type; undefined: none is visible. */
export type Visible = (type: string) => Promise<RowCondition | undefined>;

/** Current resources that are wanted, visible and not known yet, `rows` of them at most, in one statement. */
export async function readIncluded(
  { sql, run }: Pick<Finding, 'sql' | 'run'>,
  wanted: readonly Wanted[],
  { visible, known, rows }: { visible: Visible; known: KnownResources; rows: number },
): Promise<FoundVersion[]> {
  const rules = await rulesOf(wanted, visible);
  const selects = wanted.flatMap(({ type, where }): Fragment[] => {
    const test = type === undefined ? anyType(sql, rules) : ofType(sql, type, rules);
    const others = withoutKnown(where, known);
    if (test === undefined || isNothing(others)) return [];
    const same = others.op === 'own' ? [] : known.own(type);
    const other = sql`not (c.own = any(${bigints(same)}::bigint[]))`;
    const tests = and(sql, [leading(sql, others), test, ...(same.length === 0 ? [] : [other])]);
    return [sql`(select c.rid, c.shard from fhir.search c where ${tests} limit ${rows})`];
  });
  const union = joined(sql, selects, sql` union `);
  if (union === undefined) return [];
  const found = await run(
    sql,
    sql`
      with found as materialized (select u.rid, u.shard from (${union}) u order by u.rid limit ${rows})
      select r.ty, r.id, r.ver, (date_part('epoch', r.upd) * 1000)::bigint, r.content, r.rid
      from found f join fhir.resource r on r.rid = f.rid and r.shard = f.shard order by f.rid`,
    'includes',
    [...rules.values()].some(asksOthers) ? undefined : firstByRid(rows),
  );
  return found.map((row) => pageRow(row).version);
}

/** The last column is the rid. */
function firstByRid(rows: number): Merge {
  return (answers) =>
    answers
      .flat()
      .sort((a, b) => numberOf(a.at(-1)) - numberOf(b.at(-1)))
      .slice(0, rows);
}

/** Of named resources, those that are not known yet. */
function withoutKnown(where: RowCondition, known: KnownResources): RowCondition {
  if (where.op !== 'own') return where;
  const own = where.any.filter((each) => !known.hasOwn(each));
  return own.length === 0 ? nothing : { op: 'own', any: own };
}

/** The condition in a form that the index serves; conditions beside the first keys become tests. */
function leading(sql: Finding['sql'], where: RowCondition): Fragment {
  const parts = where.op === 'all' ? where.of : [where];
  const [first, ...others] = parts;
  const accessPath =
    first?.op === 'own'
      ? sql`c.own = any(${bigints(first.any)}::bigint[])`
      : first?.op === 'keys'
        ? sql`c.keys && ${bigints(first.any)}::bigint[]`
        : sql`false`;
  return and(sql, [accessPath, ...others.map((each) => check(sql, each, sql`c`))]);
}

type Rules = ReadonlyMap<string, RowCondition>;

/** Returns the rule of every wanted type that is visible at all. */
async function rulesOf(wanted: readonly Wanted[], visible: Visible): Promise<Rules> {
  const types = wanted.some(({ type }) => type === undefined) ? resourceTypes : wanted.map(({ type }) => type!);
  const rules = new Map<string, RowCondition>();
  for (const type of types) {
    const rule = await visible(type);
    if (rule !== undefined) rules.set(type, rule);
  }
  return rules;
}

function ofType(sql: Finding['sql'], type: string, rules: Rules): Fragment | undefined {
  const rule = rules.get(type);
  if (rule === undefined) return undefined;
  return sql`(c.ty = ${typeNumber(type)!}::smallint) is true and ${check(sql, rule, sql`c`)}`;
}

/** A question of many types alike is in it once. */
function anyType(sql: Finding['sql'], rules: Rules): Fragment {
  const branches = [...rules].map(([type, where]) => ({ type, where }));
  return or(sql, testsOf(sql, branches, sql`c`));
}
