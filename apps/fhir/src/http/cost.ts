import type { CostLimits } from '../contract/costs.ts';
/** Limits of the cost of one request, and the failure when one is exceeded. */
import { Budget, type BudgetSpent, type Measure } from '@dhp/budget';
import type { JsonSource } from '@dhp/fhir-model';
import { postedScope } from '@dhp/search-index/rows';

export const defaultCosts: CostLimits = {
  work: 20_000_000,
  bytes: 256 * 1024 ** 2,
  rows: 1_000_000,
  milliseconds: 30_000,
  resourceWork: 2_000_000,
};

/**
 * Units of work that come on top for each byte that was sent. The definitions of R5 take two to be validated, resources of patients less
 * than one: bodies whose cost is out of proportion to their size are limited, large ones are not.
 */
export const workOfByte = 4;

/** The budget of one request with its body, or one of a length; the bytes that it holds count against those of the whole process. */
export function requestBudget({ work, bytes, rows, milliseconds }: CostLimits, body: unknown, whole?: Budget): Budget {
  const sent = Buffer.isBuffer(body) || typeof body === 'string' ? body.length : 0;
  const length = typeof body === 'number' ? body : sent;
  return new Budget({ work: work + workOfByte * length, bytes, rows, milliseconds }, 'request', whole);
}

/**
 * Raises the limit for a stored resource that is processed as a whole, such as one that a patch changes, by the allowance of a body of its
 * length. Only the longest one counts: many of them in a Bundle are limited together.
 */
export function allowForStored({ work }: CostLimits, request: Budget, length: number): void {
  request.allow(work + workOfByte * length);
}

/** Bytes of a stored resource that are parsed for one unit of work. */
const bytesOfUnit = 16;

/** Pays for parsing a stored resource. @throws BudgetSpent */
export function payForParsing(budget: Budget | undefined, { length }: Buffer | string): void {
  budget?.spend(length / bytesOfUnit, 'reading what is stored');
}

/** The budget of one resource of a length within a request: its cost counts for both. */
export function resourceBudget({ resourceWork }: CostLimits, request: Budget, length: number): Budget {
  return request.part({ work: resourceWork + workOfByte * length }, 'resource');
}

/** The budget of index values of a resource that is stored already: as much as indexing it again may take, counted for the request. */
export function storedBudget({ resourceWork }: CostLimits, request: Budget, length: number): Budget {
  return request.part({ work: 10 * (resourceWork + workOfByte * length) }, 'resource');
}

/**
 * The length of a resource without the values that its storing replaces. Its index values may cost no more in a write than in reindexing;
 * otherwise the search parameter would be refused to everybody then.
 */
export function storedLength({ text, members, metaMembers }: JsonSource): number {
  const replaced = [members.get('id'), metaMembers?.get('versionId'), metaMembers?.get('lastUpdated')];
  if (metaMembers?.size === 0) replaced.push(members.get('meta'));
  return replaced.reduce((length, span) => length - (span === undefined ? 0 : span.end - span.start), text.length);
}

const codes = {
  work: 'work-limit-exceeded',
  bytes: 'memory-limit-exceeded',
  rows: 'row-limit-exceeded',
  milliseconds: 'time-limit-exceeded',
} as const satisfies Record<Measure, string>;

const settings = {
  work: 'DHP_REQUEST_WORK',
  bytes: 'DHP_REQUEST_MEMORY',
  rows: 'DHP_REQUEST_ROWS',
  milliseconds: 'DHP_REQUEST_SECONDS',
} as const;

/** The kind of budget that is spent where a request is refused with an error of the code: memory of all requests together is that of the server. */
const kinds: ReadonlyMap<string, Measure | 'server'> = new Map<string, Measure | 'server'>([
  ...Object.entries(codes).map(([what, code]) => [code, what as Measure] as const),
  ['search-values-too-many', 'rows'],
  ['server-full', 'server'],
]);

/** Undefined for a refusal that has to do with no budget. */
export function budgetOfCode(code: string | undefined): Measure | 'server' | undefined {
  return code === undefined ? undefined : kinds.get(code);
}

/** The code of the catalogue for a limit that was passed, and the values of its sentences. */
export function codeOfCost({ what, limit, scope }: BudgetSpent): {
  readonly code: (typeof codes)[Measure] | 'server-full' | 'search-values-too-many';
  readonly values: { readonly limit: number; readonly setting: string };
} {
  if (scope === postedScope) return { code: 'search-values-too-many', values: { limit, setting: '' } };
  const setting = scope === 'resource' && what === 'work' ? 'DHP_RESOURCE_WORK' : settings[what];
  const told = what === 'milliseconds' ? limit / 1000 : limit;
  return { code: scope === 'server' ? 'server-full' : codes[what], values: { limit: told, setting } };
}
