/** @dhp/fhir-store/findings: the findings of a verification, and how far it is: plain data, which a job keeps. */

/** Kinds of findings. Each has a sentence and a cure in the catalogues of the command line. */
export const findingKinds = [
  // About versions and ids, which cannot be made again.
  ...['content', 'directory', 'lost', 'version-missing', 'version-stray', 'version-order', 'placement'],
  ...['subscription-stray', 'event-stray', 'event-missing', 'run-order'],
  // About rows that are derived from versions.
  ...['index-missing', 'index-differs', 'index-stray', 'posting-differs', 'posting-stray', 'word-missing'],
  ...['text-differs', 'text-stray'],
  ...['consent', 'consent-stray', 'care', 'care-stray', 'label', 'label-stray'],
] as const satisfies readonly string[];

export type FindingKind = (typeof findingKinds)[number];

export interface Finding {
  readonly kind: FindingKind;
  /** `Type/id`; undefined if the resource is unknown. */
  readonly resource?: string;
  readonly version?: number;
  /** The number of the superfluous rows. */
  readonly row?: number;
  /** Names of tables, columns and members, and numbers of rows; no values of a resource. */
  readonly detail: string;
}

const ofStored: ReadonlySet<FindingKind> = new Set(findingKinds.slice(0, findingKinds.indexOf('index-missing')));

/** Whether it is about derived data, and so can be repaired. */
export function isRepairable({ kind }: Finding): boolean {
  return !ofStored.has(kind);
}

/**
 * Parts of the data that could not be compared for a temporary reason: the data to compare with is being built. `nodes`: parts that are not
 * compared if the rows are on several nodes.
 */
export type Unchecked = 'index' | 'consents' | 'care' | 'labels' | 'gaps' | 'nodes';

/** The position of a verification, and its findings: the next one continues from here. */
export interface VerifyState {
  /** The name of the pass that is under way, and the place in it; undefined: at its beginning. */
  readonly pass: string;
  readonly at: Place | undefined;
  /** Current versions, and all others, that were examined. */
  readonly resources: number;
  readonly versions: number;
  readonly counts: Readonly<Partial<Record<FindingKind, number>>>;
  /** The first of them. */
  readonly findings: readonly Finding[];
  readonly unchecked: readonly Unchecked[];
}

/** The key of the last examined row, or the number of the next page of a table. */
export type Place = readonly (number | string)[];

/** The result of one step. */
export interface StepResult {
  /** Undefined: the pass is done. */
  readonly next: Place | undefined;
  /** How much of the pass is done, from 0 to 1. */
  readonly share: number;
  readonly resources?: number;
  readonly versions?: number;
  readonly findings: readonly Finding[];
  readonly unchecked?: readonly Unchecked[];
}

/** Findings that are kept of each kind; further ones are only counted. */
const mostKept = 100;

export const atBeginning: VerifyState = {
  ...{ pass: '', at: undefined, resources: 0, versions: 0, counts: {}, findings: [], unchecked: [] },
};

/** The state behind a step. */
export function stateAfter(state: VerifyState, pass: string, step: StepResult): VerifyState {
  const counts: Partial<Record<FindingKind, number>> = { ...state.counts };
  const findings = [...state.findings];
  for (const finding of step.findings) {
    counts[finding.kind] = (counts[finding.kind] ?? 0) + 1;
    if (counts[finding.kind]! <= mostKept) findings.push(finding);
  }
  return {
    ...{ pass, at: step.next, counts, findings },
    resources: state.resources + (step.resources ?? 0),
    versions: state.versions + (step.versions ?? 0),
    unchecked: [...new Set([...state.unchecked, ...(step.unchecked ?? [])])],
  };
}
