/**
 * Branches of a search with the same condition for several types: a search of a compartment has more than 60 types, and statements grow with the
 * conditions of each.
 */
import { typeNumber } from '@dhp/fhir-model';
import { signature } from '../plan/plan-alternatives.ts';
import { check } from '../row-condition/check.ts';
import { conjuncts, isEverything, type RowCondition } from '../row-condition/row-condition.ts';
import { ofTypes, type Fragment, type Sql } from '../sql/fragment.ts';

/** The resources of one type that are looked for. */
export interface Branch {
  readonly type: string;
  readonly where: RowCondition;
}

/** Types with the same condition. */
export interface Branches {
  /** Their numbers. */
  readonly types: readonly number[];
  readonly where: RowCondition;
}

/**
 * Merges branches with the same condition for several types, whatever the order in which their resources are found: only if no value is requested,
 * since keys of values depend on the type.
 */
export function alike(branches: readonly Branch[]): Branches[] {
  return grouped(branches, ({ where }) => (conjuncts(where).every(isOfAnyType) ? signature(where) : undefined));
}

function isOfAnyType({ op }: RowCondition): boolean {
  return (
    op === 'patient' ||
    op === 'last-updated' ||
    op === 'consented' ||
    op === 'cared' ||
    op === 'labelled' ||
    op === 'unlabelled'
  );
}

/** Tests of a row, one of which holds if the row is of a branch: a condition for several types occurs once. No index serves them. */
export function testsOf(sql: Sql, branches: readonly Branch[], row: Fragment): Fragment[] {
  return grouped(branches, ({ where }) => signature(where)).map(({ types, where }) => {
    const isOne = sql`(${ofTypes(sql, sql`${row}.ty`, types)}) is true`;
    return isEverything(where) ? isOne : sql`(${isOne} and ${check(sql, where, row)})`;
  });
}

/** @param nameOf of branches with the same name one is made; undefined: it stays by itself */
function grouped(branches: readonly Branch[], nameOf: (branch: Branch) => string | undefined): Branches[] {
  const groups: { readonly types: number[]; readonly where: RowCondition }[] = [];
  const known = new Map<string, number[]>();
  for (const branch of branches) {
    const number = typeNumber(branch.type)!;
    const name = nameOf(branch);
    const others = name === undefined ? undefined : known.get(name);
    if (others !== undefined) {
      others.push(number);
      continue;
    }
    const types = [number];
    if (name !== undefined) known.set(name, types);
    groups.push({ types, where: branch.where });
  }
  return groups;
}
