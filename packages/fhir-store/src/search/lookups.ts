import { typeNumber } from '@dhp/fhir-model';
import { booleanOf } from '../statements/columns.ts';
import { compartmentSeeds } from './compartment-seeds.ts';
import { tried, type Finding, type FoundRows } from './find-rows.ts';
import { joined, type Fragment } from './fragment.ts';
import { anyOrder } from './order.ts';
import { ownHashes, type PageColumns } from './page-statement.ts';
import type { Lookups } from './resolve.ts';
import { containedOf, fewContained } from './held-rows.ts';
import { isOfContained, type Join, type RowCondition } from './row-condition.ts';
import { signature } from './attempts.ts';
import { rank } from './lead.ts';
import { leadOf } from './leads.ts';
import type { Attempt } from './way.ts';
import { bigintOf, createWords } from './words.ts';

export function createLookups(finding: Finding): Lookups {
  const { sql, run, effort, fullText } = finding;
  return {
    words: createWords(sql, run),
    fullText,
    async few(type, where) {
      const found = await ends(finding, {
        type,
        where,
        most: effort.ends,
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
      const found = await ends(finding, { ...join, most: effort.few, columns });
      return found === undefined ? undefined : [...new Set(found.rows.map(([own]) => bigintOf(own)))];
    },
  };
}

/** Rows of a type that meet a condition when an index leads to few of them; undefined when none does. */
async function ends(
  finding: Finding,
  { type, where, most, columns }: { type: string; where: RowCondition; most: number; columns: PageColumns },
): Promise<FoundRows | undefined> {
  const { sql, memory, effort } = finding;
  const lead = leadOf(sql, [typeNumber(type)!], where);
  if (lead === undefined || lead.rank > rank.many) return undefined;
  const name = `ends ${type} ${signature(where)}`;
  if (memory.has(name)) return undefined;
  const attempt: Attempt = {
    ways: lead.sources.map((source) => ({ kind: 'gather', source })),
    limit: effort.few,
    name,
  };
  const found = await tried(finding, [attempt], { order: anyOrder, rows: most + 1, columns });
  if (found !== undefined && found.rows.length <= most) return found;
  memory.add(name);
  return undefined;
}

/**
 * The resources of a type that rows refer to by some seeds. Which of a row's keys such a reference is, its hash tells: that
 * of the target is the key without the seed, and another key gives the hash of nothing.
 */
function targetsOf({ sql }: Finding, { seeds }: Join, target: string): PageColumns {
  const ty = typeNumber(target)!;
  const each = seeds.map((seed): Fragment => {
    const bits = sql`${seed.toString()}::bigint`;
    const byKeys = sql`select s.own from unnest(t.keys) as k (key)
      cross join lateral (select own from fhir.search where own = k.key # ${bits} and ty = ${ty}::smallint limit 1) s`;
    if (target !== 'Patient' || !compartmentSeeds().has(seed)) return byKeys;
    return sql`select t.pat where (t.pat # ${bits}) = any(t.keys) union all ${byKeys} where t.pat is null`;
  });
  const targets = joined(sql, each, sql` union all `)!;
  return {
    columns: sql`e.own`,
    joins: sql`join fhir.search t on t.rid = p.rid and t.shard = p.shard cross join lateral (${targets}) as e (own)`,
  };
}
