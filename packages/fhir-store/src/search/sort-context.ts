import type { Condition, SearchQuery, Word } from '@dhp/fhir-search';
import type { Finding } from './find-rows.ts';
import type { SortContext } from './sort-columns.ts';
import { createWords } from './words.ts';

const fewWords = 64;

/** What the sort keys of a query need to know beside themselves. */
export async function contextOf(finding: Finding, { branches, sort }: SearchQuery): Promise<SortContext> {
  const units = new Map<bigint, readonly bigint[]>();
  const few = new Map<bigint, readonly Word[]>();
  const words = createWords(finding.sql, finding.run);
  for (const { by } of sort) {
    if (by.kind === 'quantity')
      units.set(
        by.seed,
        (await words.of(by.seed)).map(({ key }) => key),
      );
    if (by.kind === 'word') few.set(by.parameter, await words.of(by.parameter, fewWords + 1));
  }
  const all: Condition = { op: 'all', of: branches.map(({ where }) => where) };
  return {
    units: (seed) => units.get(seed) ?? [],
    words(parameter) {
      const known = few.get(parameter);
      return known !== undefined && known.length <= fewWords ? known : undefined;
    },
    near: conditionIn(all, 'near'),
    fullText: conditionIn(all, 'full-text'),
  };
}

/** The first condition of a kind that is not denied. */
function conditionIn<Op extends Condition['op']>(
  condition: Condition,
  op: Op,
): Extract<Condition, { op: Op }> | undefined {
  if (condition.op === op) return condition as Extract<Condition, { op: Op }>;
  if (condition.op !== 'all' && condition.op !== 'any') return undefined;
  return condition.of.map((each) => conditionIn(each, op)).find((each) => each !== undefined);
}
