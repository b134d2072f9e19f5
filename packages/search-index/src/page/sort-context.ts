import { typeName, typeNumber } from '@dhp/fhir-model';
import type { Condition } from '../condition/condition.ts';
import type { SearchQuery } from '../query/search-query.ts';
import type { Term } from '../row/index-row.ts';
import { numberOf } from '../sql/columns.ts';
import type { Finding } from './find-rows.ts';
import type { SortContext } from '../types/sorting.ts';
import { createTerms } from '../row-condition/terms.ts';

const fewWords = 64;

/** Loads the context of the sort keys of a query. */
export async function contextOf(finding: Finding, { branches, sort }: SearchQuery): Promise<SortContext> {
  const where = branches.length === 1 ? branches[0]!.where : allOf(branches);
  if (sort.length === 0) return { ...nothingKnown, ...scoredBy(where) };
  const units = new Map<bigint, readonly bigint[]>();
  const few = new Map<bigint, readonly Term[]>();
  let targets = new Set<string>();
  const words = createTerms(finding.sql, finding.run);
  for (const { by } of sort) {
    if (by.kind === 'quantity')
      for (const seed of new Set([by.seed, by.posted])) units.set(seed, (await words.of(seed)).map(keyOfTerm));
    if (by.kind === 'reference') targets = new Set([...targets, ...(await presentTypes(finding, by.targets))]);
    if (by.kind === 'word') few.set(by.parameter, await words.of(by.parameter, fewWords + 1));
  }
  return {
    units: (seed) => units.get(seed) ?? [],
    targets: (types) => types.filter((type) => targets.has(type)),
    words(parameter) {
      const known = few.get(parameter);
      return known !== undefined && known.length <= fewWords ? known : undefined;
    },
    ...scoredBy(where),
  };
}

const nothingKnown = { units: () => [], targets: () => [], words: () => undefined } as const;

function allOf(branches: SearchQuery['branches']): Condition {
  return { op: 'all', of: branches.map(({ where }) => where) };
}

function scoredBy(where: Condition): Pick<SortContext, 'near' | 'fullText'> {
  return { near: conditionIn(where, 'near'), fullText: conditionIn(where, 'full-text') };
}

const keyOfTerm = ({ key }: Term): bigint => key;

/** Returns the types of which a resource has ever been stored. */
async function presentTypes({ sql, run }: Finding, types: readonly string[]): Promise<string[]> {
  const numbers = `{${types.map((type) => typeNumber(type)!).join(',')}}`;
  const rows = await run(
    sql,
    sql`select t.ty from unnest(${numbers}::smallint[]) as t (ty)
      where exists (select 1 from fhir.identity i where i.ty = t.ty)`,
    'types',
  );
  return rows.map(([ty]) => typeName(numberOf(ty))!);
}

/** The first condition of a kind that is not denied. */
function conditionIn<Op extends Condition['op']>(
  condition: Condition,
  op: Op,
): Extract<Condition, { op: Op }> | undefined {
  if (condition.op === op) return condition as Extract<Condition, { op: Op }>;
  if (condition.op !== 'all' && condition.op !== 'any') return undefined;
  for (const each of condition.of) {
    const found = conditionIn(each, op);
    if (found !== undefined) return found;
  }
  return undefined;
}
