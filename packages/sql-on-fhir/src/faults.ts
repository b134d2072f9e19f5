/** Kinds of findings about a view: its form, a constant, a column, an expression, a type, a profile. */
export type ViewIssueKind = 'structure' | 'constant' | 'column' | 'expression' | 'type' | 'profile';

/** One finding about a view. An `error` keeps it from being run. */
export interface ViewIssue {
  readonly severity: 'error' | 'warning';
  readonly kind: ViewIssueKind;
  /** The element: `ViewDefinition.select[0].column[1].path`. */
  readonly place: string;
  /** The fault, and the cure. */
  readonly text: string;
}

/**
 * The view cannot be run; `issues` names each place, with what to do.
 * @example
 * compileView({ resource: 'Patient' }); // throws InvalidView
 */
export class InvalidView extends Error {
  readonly issues: readonly ViewIssue[];

  constructor(issues: readonly ViewIssue[]) {
    super(issues.map(({ place, text }) => `${place}: ${text}`).join('\n'));
    this.name = 'InvalidView';
    this.issues = issues;
  }
}

/** Kinds of failures on a resource: a value that the column does not take, an expression that fails, too many rows. */
export type RowFaultKind = 'value' | 'expression' | 'limit';

/**
 * A resource has no rows in the view, since one of its values does not fit; `place` is that of the view.
 * @example
 * const view = compileView({ resource: 'Patient', select: [{ column: [{ name: 'a', path: 'name.family' }] }] });
 * view.rows({ resourceType: 'Patient', name: [{ family: 'A' }, { family: 'B' }] }); // throws RowFault
 */
export class RowFault extends Error {
  readonly kind: RowFaultKind;
  readonly place: string;
  /** `Patient/pt1`, or the type alone without an id. */
  readonly resource: string;
  /** The message without place and resource. */
  readonly text: string;

  constructor(kind: RowFaultKind, at: { readonly place: string; readonly resource: string }, text: string) {
    super(`${at.place}, ${at.resource}: ${text}`);
    this.name = 'RowFault';
    this.kind = kind;
    this.place = at.place;
    this.resource = at.resource;
    this.text = text;
  }
}

/** Takes findings, in the order of the view, each once. */
export class Findings {
  readonly #issues = new Map<string, ViewIssue>();

  get issues(): readonly ViewIssue[] {
    return [...this.#issues.values()];
  }

  error(kind: ViewIssueKind, place: string, text: string): void {
    this.#add({ severity: 'error', kind, place, text });
  }

  warn(kind: ViewIssueKind, place: string, text: string): void {
    this.#add({ severity: 'warning', kind, place, text });
  }

  #add(issue: ViewIssue): void {
    const key = `${issue.place} ${issue.text}`;
    if (!this.#issues.has(key)) this.#issues.set(key, issue);
  }

  hasErrors(): boolean {
    return this.issues.some(({ severity }) => severity === 'error');
  }
}
