/** What one request may cost, and what one that asks for more is told. */
import { Budget, type BudgetSpent, type Measure } from '@dhp/budget';

/** The limits of an environment. Each has its setting; what is left out has the default. */
export interface CostLimits {
  /** Units of work of one request, all entries of its Bundle together. */
  readonly work: number;
  /** Bytes that one request may hold in memory beside its body. */
  readonly bytes: number;
  /** Rows of the database that one request may read. */
  readonly rows: number;
  /** Units of work for one resource that is validated and indexed. */
  readonly resourceWork: number;
}

export const defaultCosts: CostLimits = {
  work: 100_000_000,
  bytes: 256 * 1024 ** 2,
  rows: 1_000_000,
  resourceWork: 5_000_000,
};

/** The budget of one request; what it holds is a part of what the whole process may hold. */
export function requestBudget({ work, bytes, rows }: CostLimits, whole?: Budget): Budget {
  return new Budget({ work, bytes, rows }, 'request', whole);
}

const codes = {
  work: 'work-limit-exceeded',
  bytes: 'memory-limit-exceeded',
  rows: 'row-limit-exceeded',
} as const satisfies Record<Measure, string>;

const settings = { work: 'DHP_REQUEST_WORK', bytes: 'DHP_REQUEST_MEMORY', rows: 'DHP_REQUEST_ROWS' } as const;

/** The code of the catalogue for a limit that was passed, and the values of its sentences. */
export function codeOfCost({ what, limit, scope }: BudgetSpent): {
  readonly code: (typeof codes)[Measure] | 'server-full';
  readonly values: { readonly limit: number; readonly setting: string };
} {
  const setting = scope === 'resource' && what === 'work' ? 'DHP_RESOURCE_WORK' : settings[what];
  return { code: scope === 'server' ? 'server-full' : codes[what], values: { limit, setting } };
}
