/** The verdict of the validator on the body, without a write: `$validate` with the token of the call, and its findings at their places. */
import type { Answered } from './call.ts';
import { issuesIn, type OutcomeIssue } from './outcome.ts';
import type { Typed } from './typed.ts';

/** The call that validates the body of another call for its interaction. @returns undefined if there is nothing to validate */
export function checkOf(typed: Typed): Typed | undefined {
  const { body, method, path } = typed;
  const [, named] = /"resourceType"\s*:\s*"([A-Z][A-Za-z]{2,60})"/.exec(body) ?? [];
  const [, addressed, id] = /^\/?([A-Z][A-Za-z]{2,60})(?:\/([A-Za-z\d.-]{1,64}))?(?:[?]|$)/.exec(path) ?? [];
  const type = named ?? addressed;
  if (body.trim() === '' || type === undefined) return undefined;
  const mode = method === 'PUT' && id !== undefined ? `/${id}/$validate?mode=update` : '/$validate?mode=create';
  return { ...typed, method: 'POST', path: `/${type}${mode}`, headers: '' };
}

export interface Checked {
  readonly issues: readonly OutcomeIssue[];
  /** The validator was called and found no error. */
  readonly isFine: boolean;
  /** Errors, if the validator was called. */
  readonly errors: number;
}

export function checkedBy({ status, body }: Answered): Checked {
  const issues = issuesIn(body).filter(({ severity }) => severity !== 'success');
  const errors = issues.filter(isError).length;
  return { issues, errors, isFine: status === 200 && errors === 0 };
}

export const isError = ({ severity }: Pick<OutcomeIssue, 'severity'>): boolean =>
  severity === 'error' || severity === 'fatal';
