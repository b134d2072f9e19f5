/** A finding as it is compared: without its text. */
export interface Finding {
  readonly severity: string;
  readonly code: string;
  readonly expression: string;
  /** Message id of the reference validator, or id of our finding. */
  readonly id: string;
}

/** Findings of one subject by both. */
export interface Pair {
  readonly kind: string;
  readonly file: string;
  readonly reference: readonly Finding[];
  readonly ours: readonly Finding[];
}

export const isError = ({ severity }: Finding): boolean => severity === 'error' || severity === 'fatal';

/** Whether the reference validator failed on a resource, so that it says nothing about it. */
export const hasFailed = (reference: readonly Finding[]): boolean =>
  reference.some(({ severity }) => severity === 'thrown');

/** Hints are not compared: they refuse nothing, and each validator gives its own. */
export const isGrave = (finding: Finding): boolean => isError(finding) || finding.severity === 'warning';

/** Comments in an expression of the reference validator tell which resource stands there; they are no part of the path. */
export const plainPlace = (expression: string | null): string => (expression ?? '').replaceAll(/\/\*[^*]*\*\//g, '');

/** The code and the place: what tools that compare validators go by. */
const keyOf = ({ code, expression }: Finding): string => `${code} ${expression}`;

/** Findings that one has and the other lacks, after findings of one code and place have been put together. */
export interface Matched {
  readonly matched: readonly (readonly [reference: Finding, ours: Finding])[];
  readonly missing: readonly Finding[];
  readonly extra: readonly Finding[];
}

export function match({ reference, ours }: Pick<Pair, 'reference' | 'ours'>): Matched {
  const extra = ours.filter(isGrave);
  const matched: [Finding, Finding][] = [];
  const missing: Finding[] = [];
  for (const wanted of reference.filter(isGrave)) {
    const at = extra.findIndex((one) => keyOf(one) === keyOf(wanted));
    if (at < 0) missing.push(wanted);
    else matched.push([wanted, ...(extra.splice(at, 1) as [Finding])]);
  }
  return { matched, missing, extra };
}
