import { typeNumber } from '@dhp/fhir-model';
import { readCutTexts, readBesideContained } from './cut-texts.ts';
import { booleanOf } from '../sql/columns.ts';
import { isOfType } from '../row-condition/check.ts';
import { compartmentSeeds } from '../row-condition/compartment-seeds.ts';
import { tried, type Finding, type FoundRows } from '../page/find-rows.ts';
import { joined, type Fragment } from '../sql/fragment.ts';
import { anyOrder } from '../sort/order.ts';
import { ownHashes, type PageColumns } from '../page/page-statement.ts';
import type { Lookups } from './resolve.ts';
import { containedOf, fewContained } from '../page/held-rows.ts';
import { isOfContained, leadsAlongMany, type Join, type RowCondition } from '../row-condition/row-condition.ts';
import { signature } from '../plan/plan-alternatives.ts';
import { rank } from '../plan/access-path.ts';
import { accessPathOf } from '../plan/access-paths.ts';
import type { PlanAlternative } from '../plan/plan-node.ts';
import { bigintOf, createTerms } from '../row-condition/terms.ts';

export function createLookups(finding: Finding): Lookups {
  const { sql, run, costLimits, fullText } = finding;
  return {
    words: createTerms(sql, run),
    fullText,
    lacks: finding.lacks,
    cutTexts: (type, condition) => readCutTexts(finding, type, condition),
    cutTextsBesideContained: (type, condition) => readBesideContained(finding, type, condition),
    async few(type, where) {
      const found = await ends(finding, {
        type,
        where,
        most: costLimits.ends,
        columns: ownHashes(sql, containedOf(sql, type)),
      });
      if (found === undefined) return undefined;
      const isWanted = isOfContained(where) && booleanOf(found.also);
      const held = isWanted ? await fewContained(finding, type, where) : [];
      if (held === undefined) return undefined;
      return { stored: found.rows.map(([own]) => bigintOf(own)), contained: held.map(({ key }) => key) };
    },
    async fewReferred(join, target) {
      const columns = targetsOf(finding, join, target);
      const brief = { ...finding, run: finding.runBriefly };
      const found = await ends(brief, { ...join, most: costLimits.few, columns });
      return found === undefined ? undefined : [...new Set(found.rows.map(([own]) => bigintOf(own)))];
    },
  };
}

/** Rows of a type that meet a condition when an index leads to few of them; undefined when none does. */
async function ends(
  finding: Finding,
  { type, where, most, columns }: { type: string; where: RowCondition; most: number; columns: PageColumns },
): Promise<FoundRows | undefined> {
  const { sql, failedPlans, costLimits } = finding;
  const accessPath = accessPathOf(sql, [typeNumber(type)!], where);
  if (accessPath === undefined || accessPath.rank > rank.many) return undefined;
  const name = `ends ${type} ${signature(where)}`;
  if (failedPlans.has(name)) return undefined;
  const alternative: PlanAlternative = {
    nodes: accessPath.sources.map((source) => ({ kind: 'collect', source })),
    limit: costLimits.few,
    name,
  };
  const run = leadsAlongMany(where) ? finding.runBriefly : finding.run;
  const found = await tried({ ...finding, run }, [alternative], { order: anyOrder, rows: most + 1, columns });
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
  };
}
