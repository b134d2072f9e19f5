import { keysOfParts } from '../keys/umbrella-strings.ts';
import type { Interval } from '../condition/condition.ts';
import { isNumberKey } from '../row-condition/check.ts';
import { inNumbers, inTimes } from '../row-condition/in-interval.ts';
import { ofTypes, timeText, type Fragment, type Sql } from '../sql/fragment.ts';
import { entriesWithWords, isCurrent, isCurrentHere, withoutEntry } from '../full-text/full-text.ts';
import { rank, type AccessPath } from './access-path.ts';
import { everything, type NumberKeys, type RowCondition } from '../row-condition/row-condition.ts';
import { keysOfText, matches, rangeOf, trigramPattern } from '../row-condition/text-match.ts';
import type { Source } from './plan-node.ts';

export function byText(
  sql: Sql,
  types: readonly number[],
  condition: Extract<RowCondition, { op: 'string' }>,
): AccessPath {
  const { key, match, text } = condition;
  const name = `string ${key} ${match} ${text}`;
  const ofKey = isNumberKey(sql, sql`c.key`, [...keysOfText(key, condition), ...keysOfParts(key)]);
  const source = (where: Fragment): Source => ({
    row: false,
    repeats: true,
    from: sql`fhir.str c`,
    where,
    rest: everything,
  });
  const range = rangeOf(sql, sql`c.v`, condition);
  if (range !== undefined) {
    const at = match === 'starts' || match === 'equals' ? rank.text : rank.time;
    return { rank: at, name, sources: [source(sql`${ofKey} and ${range}`)] };
  }
  const pattern = trigramPattern(condition);
  if (pattern === undefined) {
    return { rank: rank.scan, name, sources: [source(sql`${ofKey} and ${matches(sql, sql`c.v`, condition)}`)] };
  }
  // Only the trigram index can serve it. It lacks texts that are a part of another one of the same resource: the whole leads there, under
  // its own key, and the search row shows whether the text is among those of the key.
  const byParts = sql`c.v like ${pattern}::text and not c.part and ${isOfType(sql, types)}`;
  return { rank: rank.text, name, sources: [{ ...source(byParts), rest: condition }] };
}

/** Access path of a full-text condition: resources whose entry has the words, and those that changed since their entry was made. */
export function byWords(
  sql: Sql,
  types: readonly number[],
  condition: Extract<RowCondition, { op: 'full-text' }>,
): AccessPath | undefined {
  // A word that must not be in a narrative may be elsewhere in the resource.
  if (condition.in !== 'content' && condition.query.includes('-')) return undefined;
  const rows = { row: false, repeats: false };
  // An entry decides a condition on the content; for a narrative, it only shows that the resource has the words and a narrative.
  const rest = condition.in === 'content' ? everything : condition;
  return {
    rank: rank.text,
    name: `${condition.in} ${condition.query}`,
    sources: [
      {
        ...rows,
        from: sql`fhir.text c`,
        where: entriesWithWords(sql, condition),
        test: isCurrent(sql, types, condition),
        testHere: isCurrentHere(sql, types, condition),
        rest,
      },
      {
        ...rows,
        from: sql`(select b.rid, b.shard from fhir.resource b where ${withoutEntry(sql, types, condition)}) c`,
        where: sql`true`,
        rest: everything,
      },
    ],
  };
}

/** Test of the type for a posting `c` that does not contain it. */
function isOfType(sql: Sql, types: readonly number[]): Fragment {
  return sql`exists (select 1 from fhir.search o
    where o.rid = c.rid and o.shard = c.shard and ${ofTypes(sql, sql`o.ty`, types)})`;
}

/** Bounds for index ranges: the lower end of an interval is at most `highest`, its upper end at least `lowestEnd`. */
function outerLimits({ low, high }: Interval): { lowest: number; lowestEnd: number; highest: number } {
  const least = Math.min(...[low?.lt, low?.le, high?.lt, high?.le].filter((limit) => limit !== undefined));
  const most = (of: Interval['low']): number => Math.max(...[of?.gt, of?.ge].filter((limit) => limit !== undefined));
  return { lowest: most(low), lowestEnd: Math.max(most(low), most(high)), highest: least };
}

/** Points by their value; ranges that begin below it by their ends. */
export function byNumber(sql: Sql, keys: NumberKeys, interval: Interval): AccessPath {
  const { lowest, lowestEnd, highest } = outerLimits(interval);
  const source = (range: Fragment): Source => ({
    row: false,
    repeats: true,
    from: sql`fhir.num c`,
    where: sql`${isNumberKey(sql, sql`c.key`, keys)} and ${range} and ${inNumbers(sql, interval, sql`c.lo`, sql`coalesce(c.hi, c.lo)`)}`,
    rest: everything,
  });
  const sources = [source(sql`c.lo >= ${lowestEnd}::float8 and c.lo <= ${highest}::float8`)];
  if (lowestEnd > lowest) sources.push(source(sql`c.lo < c.hi and c.hi >= ${lowestEnd}::float8`));
  return {
    rank: rank.value,
    name: `number ${'unitsOf' in keys ? `units ${keys.unitsOf} ${keys.moved?.join() ?? ''} ${keys.texts?.join(' ') ?? ''}` : keys.join()} ${JSON.stringify(interval)}`,
    sources,
  };
}

export const day = 86_400_000;

/** Access path of dates: an interval of at most a day begins at most a day before it ends; longer intervals have an index by their end. */
export function byTime(sql: Sql, key: bigint, interval: Interval): AccessPath {
  const { lowest, lowestEnd, highest } = outerLimits(interval);
  const time = (ms: number): Fragment => sql`${timeText(ms)}::timestamptz`;
  const source = (range: Fragment): Source => ({
    row: false,
    repeats: true,
    from: sql`fhir.date c`,
    where: sql`c.key = ${key.toString()}::bigint and ${range} and ${inTimes(sql, interval, sql`c.lo`, sql`c.hi`)}`,
    rest: everything,
  });
  const begin = lowestEnd > lowest ? Math.max(lowest, lowestEnd - day) : lowest;
  const sources = [source(sql`c.lo >= ${time(begin)} and c.lo <= ${time(highest)}`)];
  if (lowestEnd > lowest) sources.push(source(sql`c.long and c.hi >= ${time(lowestEnd)}`));
  return { rank: rank.time, name: `date ${key} ${JSON.stringify(interval)}`, sources };
}
