/** Branches of a search that ask the same for their types: a search of a compartment has more than 60 types, and statements grow with what they say of each. */
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

/** Types of which the same is asked. */
export interface Branches {
  /** Their numbers. */
  readonly types: readonly number[];
  readonly where: RowCondition;
}

/**
 * Branches that ask the same for their types as one, in whatever order their resources are found: only where no value is requested, whose keys are
 * of a type.
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

/** Tests of a row, one of which it meets if it is of a branch: what is asked of several types is in them once. No index serves them. */
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
