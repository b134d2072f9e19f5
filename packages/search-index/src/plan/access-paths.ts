import { typeName } from '@dhp/fhir-model';
import { mainDateParameter } from '@dhp/fhir-search/parameters';
import type { KeysCondition, Labelled } from '../condition/condition.ts';
import { oneOfPatients } from '../keys/keys.ts';
import { inTimes } from '../row-condition/in-interval.ts';
import { labelledOwns } from '../row-condition/unlabelled.ts';
import { bigints, ofTypes, type Fragment, type Sql } from '../sql/fragment.ts';
import { rank, type AccessPath } from './access-path.ts';
import { byNumber, byText, byTime, byWords } from './access-paths-by-value.ts';
import { all, everything, type RowCondition } from '../row-condition/row-condition.ts';
import type { Source } from './plan-node.ts';

/** Candidates of one condition, in no order; undefined when no index serves it. Those of `any` are those of every branch. */
export function accessPathOf(sql: Sql, types: readonly number[], condition: RowCondition): AccessPath | undefined {
  const accessPath = accessPathTo(sql, types, condition);
  const undated = types.every((ty) => mainDateParameter(typeName(ty) ?? '') === undefined);
  return accessPath && { ...accessPath, sources: accessPath.sources.map((source) => ({ ...source, undated })) };
}

function accessPathTo(sql: Sql, types: readonly number[], condition: RowCondition): AccessPath | undefined {
  switch (condition.op) {
    case 'own':
      return byOwn(sql, condition.any);
    case 'keys':
      return byKeys(sql, types, condition.any, rank[condition.expect]);
    case 'patient':
      return {
        rank: rank.patient,
        name: `patient ${condition.any.join()}`,
        sources: [
          {
            row: true,
            repeats: false,
            from: sql`fhir.search c`,
            where: sql`c.pat = any(${bigints(condition.any)}::bigint[]) and ${ofTypes(sql, sql`c.ty`, types)}`,
            rest: everything,
          },
          ofSeveralPatients(sql, types, condition.any),
        ],
      };
    case 'string':
      return condition.unposted === true ? undefined : byText(sql, types, condition);
    case 'number':
      return postedNumber(sql, condition);
    case 'near': {
      // A degree of latitude is 111 km everywhere; a little more, because of rounding.
      const degrees = (condition.metres / 111_000) * 1.01 + 1e-6;
      const { latitude, latitudeKey } = condition;
      const accessPath = byNumber(sql, [latitudeKey], { low: { ge: latitude - degrees, le: latitude + degrees } });
      return { ...accessPath, sources: accessPath.sources.map((source) => ({ ...source, rest: condition })) };
    }
    case 'date':
      return condition.key === 'main' ? undefined : byTime(sql, condition.key, condition.interval);
    case 'last-updated':
      return {
        rank: rank.time,
        name: `upd ${JSON.stringify(condition.interval)}`,
        sources: [
          {
            row: false,
            repeats: false,
            from: sql`fhir.resource c`,
            where: sql`${ofTypes(sql, sql`c.ty`, types)} and ${inTimes(sql, condition.interval, sql`c.upd`, sql`c.upd`)}`,
            rest: everything,
            deletedToo: true,
          },
        ],
      };
    case 'any': {
      const accessPaths = condition.of.map((each) => bestAccessPath(sql, types, each));
      if (!accessPaths.every((accessPath) => accessPath !== undefined)) return undefined;
      return {
        rank: Math.max(...accessPaths.map((accessPath) => accessPath.rank)),
        name: `any ${accessPaths.map((accessPath) => accessPath.name).join(' ')}`,
        sources: accessPaths.flatMap((accessPath) => accessPath.sources),
      };
    }
    case 'all':
      return bestAccessPath(sql, types, condition);
    case 'full-text':
      return byWords(sql, types, condition);
    case 'labelled':
      return byLabels(sql, types, condition);
    case 'not':
    case 'present':
    case 'refers':
    case 'referred':
    case 'holds':
    case 'repetition':
    case 'boundary':
    case 'version':
    case 'cared':
    case 'consented':
    case 'unlabelled':
      return undefined;
  }
}

function byOwn(sql: Sql, any: readonly bigint[]): AccessPath {
  return byRow(sql`c.own = any(${bigints(any)}::bigint[])`, everything, { sql, at: rank.own, name: 'own' });
}

/** The test of the row decides if the labels of too many resources would have to be read. */
function byLabels(sql: Sql, types: readonly number[], condition: Labelled): AccessPath {
  const where = sql`c.own = ${labelledOwns(sql, condition.any)} and (${ofTypes(sql, sql`c.ty`, types)}) is true`;
  return byRow(where, condition, { sql, at: rank.many, name: `labelled ${condition.any.join()}` });
}

/** If it is posted together with other numbers, the row decides whether it is this one. */
function postedNumber(sql: Sql, condition: Extract<RowCondition, { op: 'number' }>): AccessPath {
  const { keys, posted, interval } = condition;
  if (posted === undefined) return byNumber(sql, keys, interval);
  const accessPath = byNumber(sql, posted, interval);
  return { ...accessPath, sources: accessPath.sources.map((source) => ({ ...source, rest: condition })) };
}

/** The best access path among conditions that must all hold, with the others left to check. */
function bestAccessPath(sql: Sql, types: readonly number[], condition: RowCondition): AccessPath | undefined {
  if (condition.op !== 'all') return accessPathOf(sql, types, condition);
  let best: { accessPath: AccessPath; others: RowCondition[] } | undefined;
  condition.of.forEach((each, index) => {
    const accessPath = accessPathOf(sql, types, each);
    if (accessPath === undefined || (best !== undefined && best.accessPath.rank <= accessPath.rank)) return;
    best = { accessPath, others: condition.of.filter((_, n) => n !== index) };
  });
  if (best === undefined) return undefined;
  const keys = condition.of.filter((each) => each.op === 'keys');
  // Of two codes that many resources have, few may have both.
  if (best.accessPath.rank === rank.many && keys.length > 1)
    return withRest(byMeetingKeys(sql, types, keys), without(condition.of, keys));
  return withRest(best.accessPath, best.others);
}

function without(conditions: readonly RowCondition[], those: readonly RowCondition[]): readonly RowCondition[] {
  return conditions.filter((each) => !those.includes(each));
}

export function withRest(accessPath: AccessPath, others: readonly RowCondition[]): AccessPath {
  return {
    ...accessPath,
    sources: accessPath.sources.map((source) => ({ ...source, rest: all([...others, source.rest]) })),
  };
}

function byRow(
  where: Fragment,
  rest: RowCondition,
  { sql, at, name }: { sql: Sql; at: number; name: string },
): AccessPath {
  return { rank: at, name, sources: [{ row: true, repeats: false, from: sql`fhir.search c`, where, rest }] };
}

/** The time to prepare a GIN scan grows with the square of its keys: 150,000 keys take less than half as long as in scans of 4,000. */
const mostKeys = 1_000;

/**
 * Only the GIN index can serve it; the type is written as a test, lest a second index be combined with it. Very many keys, such as of
 * hundreds of ids of any type, are searched in several scans.
 */
export function byKeys(sql: Sql, types: readonly number[], keys: readonly bigint[], at: number): AccessPath {
  let among = sql`c.keys && ${bigints(keys.slice(0, mostKeys))}::bigint[]`;
  for (let from = mostKeys; from < keys.length; from += mostKeys) {
    among = sql`${among} or c.keys && ${bigints(keys.slice(from, from + mostKeys))}::bigint[]`;
  }
  const where = sql`(${among}) and (${ofTypes(sql, sql`c.ty`, types)}) is true`;
  return byRow(where, everything, { sql, at, name: `keys ${keys.join()}` });
}

/** Keys of several conditions that must be there at once: the index finds where their lists meet. */
export function byMeetingKeys(sql: Sql, types: readonly number[], keys: readonly KeysCondition[]): AccessPath {
  const accessPaths = keys.map((condition) => byKeys(sql, types, condition.any, rank.many));
  const sources = accessPaths.map((accessPath) => accessPath.sources[0]!);
  const where = sources.slice(1).reduce((joined, source) => sql`${joined} and ${source.where}`, sources[0]!.where);
  const name = accessPaths.map((accessPath) => accessPath.name).join(' ');
  return { rank: rank.many, name, sources: [{ ...sources[0]!, where }] };
}

/** Resources that are in the compartments of several patients have them among their keys. */
export function ofSeveralPatients(sql: Sql, types: readonly number[], patients: readonly bigint[]): Source {
  const keys = patients.map((patient) => oneOfPatients ^ patient);
  return byKeys(sql, types, keys, rank.patient).sources[0]!;
}
