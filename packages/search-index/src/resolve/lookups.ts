import { typeNumber } from '@dhp/fhir-model';
import { readCutTexts, readBesideContained } from './cut-texts.ts';
import { booleanOf, numberOf } from '../sql/columns.ts';
import { isOfType } from '../row-condition/check.ts';
import { compartmentSeeds } from '../row-condition/compartment-seeds.ts';
import { tried, type Finding, type FoundRows } from '../page/find-rows.ts';
import { joined, type Fragment } from '../sql/fragment.ts';
import { anyOrder } from '../sort/order.ts';
import { ownHashes, type PageColumns } from '../page/page-statement.ts';
import type { Lookups } from './resolve.ts';
import { containedOf, fewContained } from '../page/held-rows.ts';
import {
  isOfContained,
  leadsAlongMany,
  ofContainedRows,
  type Join,
  type RowCondition,
} from '../row-condition/row-condition.ts';
import { signature } from '../plan/plan-alternatives.ts';
import { rank } from '../plan/access-path.ts';
import { accessPathOf } from '../plan/access-paths.ts';
import type { PlanAlternative } from '../plan/plan-node.ts';
import { payForEnds, payForGivenUp, payForWords, requireRoom } from '../page/payment.ts';
import { bigintOf, createTerms } from '../row-condition/terms.ts';

export function createLookups(finding: Finding): Lookups {
  const { sql, run, costLimits, fullText, budget } = finding;
  const inTurn = turns(atOnce, () => requireRoom(budget));
  const terms = createTerms(sql, run, (texts) => payForWords(budget, texts));
  return {
    words: {
      matching: (condition) => inTurn(() => terms.matching(condition)),
      of: (parameter, most) => inTurn(() => terms.of(parameter, most)),
    },
    fullText,
    lacks: finding.lacks,
    cutTexts: (type, condition) => readCutTexts(finding, type, condition),
    cutTextsBesideContained: (type, condition) => readBesideContained(finding, type, condition),
    async few(type, where) {
      const columns = ownHashes(sql, containedOf(sql, type));
      const asked = { type, where, most: costLimits.ends, columns };
      const found = await inTurn(() => ends(finding, asked));
      if (found === undefined) return undefined;
      const isWanted = isOfContained(where) && booleanOf(found.also);
      const held = isWanted ? await fewContained(finding, type, ofContainedRows(where)) : [];
      if (held === undefined) return undefined;
      return { stored: found.rows.map(([own]) => bigintOf(own)), contained: held.map(({ key }) => key) };
    },
    async fewReferred(join, target) {
      const columns = targetsOf(finding, join, target);
      const brief = { ...finding, run: finding.runBriefly };
      const follows = { from: join.type, seeds: join.seeds, to: target };
      const most = finding.fewReferring ?? costLimits.few;
      const asked = { ...join, most, columns, follows, limit: most };
      const found = await inTurn(() => ends(brief, asked));
      return found === undefined ? undefined : [...new Set(found.rows.map(([own]) => bigintOf(own)))];
    },
  };
}

/** Look-ups of a search at the same time: the sessions are for all requests, and what is begun cannot be ended by the budget. */
const atOnce = 4;

/** Runs what it is given, at most so many at a time, in the order in which they come; what `begin` throws stops those that have not begun. */
function turns(most: number, begin: () => void): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running === most) await new Promise<void>((resolved) => waiting.push(resolved));
    else running += 1;
    try {
      begin();
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

interface EndsAsked {
  readonly type: string;
  readonly where: RowCondition;
  readonly most: number;
  readonly columns: PageColumns;
  /** Candidates, if less than else. */
  readonly limit?: number;
  /** The references of each row are followed. */
  readonly follows?: { readonly from: string; readonly seeds: readonly bigint[]; readonly to: string };
}

/** Rows of a type that meet a condition when an index leads to few of them; undefined when none does. */
async function ends(
  finding: Finding,
  { type, where, most, columns, follows, limit = finding.costLimits.few }: EndsAsked,
): Promise<FoundRows | undefined> {
  const { sql, failedPlans, budget } = finding;
  const accessPath = accessPathOf(sql, [typeNumber(type)!], where);
  if (accessPath === undefined || accessPath.rank > rank.many) return undefined;
  const name = `ends ${limit} ${type} ${signature(where)}`;
  if (failedPlans.has(name)) return undefined;
  const alternative: PlanAlternative = {
    nodes: accessPath.sources.map((source) => ({ kind: 'collect', source })),
    limit,
    name,
  };
  const run = leadsAlongMany(where) ? finding.runBriefly : finding.run;
  const found = await tried({ ...finding, run }, [alternative], { order: anyOrder, rows: most + 1, columns });
  if (found === undefined) payForGivenUp(budget, limit);
  else payForEnds(budget, { where, candidates: numberOf(found.candidates), rows: found.rows.length, follows });
  if (found !== undefined && found.rows.length <= most) return found;
  failedPlans.add(name);
  return undefined;
}

/**
 * The resources of a type that rows refer to by some seeds. Which of a row's keys such a reference is, its hash tells: that
 * of the target is the key without the seed, and another key gives the hash of nothing.
 */
function targetsOf({ sql }: Finding, { seeds }: Join, target: string): PageColumns {
  const each = seeds.map((seed): Fragment => {
    const bits = sql`${seed.toString()}::bigint`;
    const byKeys = sql`select s.own from unnest(t.keys) as k (key)
      cross join lateral (select t.own from fhir.search t where t.own = k.key # ${bits} and ${isOfType(sql, sql`t`, target)} limit 1) s`;
    if (target !== 'Patient' || !compartmentSeeds().has(seed)) return byKeys;
    return sql`select t.pat where (t.pat # ${bits}) = any(t.keys) union all ${byKeys} where t.pat is null`;
  });
  const targets = joined(sql, each, sql` union all `)!;
  return {
    columns: sql`e.own`,
    joins: sql`join fhir.search t on t.rid = p.rid and t.shard = p.shard cross join lateral (${targets}) as e (own)`,
    counted: true,
  };
}
