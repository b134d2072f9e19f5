/** The issues for which a request was refused, in the form of the log. */
import type { Language } from '@dhp/negotiation';
import type { MessageValues } from '@dhp/messages';
import { beginningOf, maskedName, maskedText, withoutTokens, type LoggedIssue } from '@dhp/request-log';
import { asFailure, errorsFirst, Failure, failureResponse, TerminologyFailure } from '../http/errors.ts';
import type { FindingInEntry } from '../http/outcome.ts';

/** The most issues kept of one request. */
const most = 5;

/** Words kept when values that may belong to patients are left out. */
export interface Kept {
  /** Parts of a path: resource types and operations of the server. */
  readonly parts: ReadonlySet<string>;
  /** Words of the names of parameters. */
  readonly words: ReadonlySet<string>;
  /** Members that JSON of FHIR has. */
  readonly members: ReadonlySet<string>;
}

/** @param masked undefined: everything is kept */
export function issuesOf(refusal: unknown, language: Language, masked: Kept | undefined): readonly LoggedIssue[] {
  const failure = asFailure(refusal, 0, () => undefined, undefined);
  const shown = masked === undefined ? shortened(failure) : withoutValues(failure, masked.parts);
  const { issue = [] } = JSON.parse(failureResponse(shown, language, '').body) as { issue?: OutcomeIssue[] };
  return issue.slice(0, most).map((one) => loggedIssue(one, masked));
}

interface OutcomeIssue {
  readonly severity?: string;
  readonly code?: string;
  readonly details?: { readonly coding?: readonly { readonly code?: string }[]; readonly text?: string };
  readonly diagnostics?: string;
  readonly expression?: readonly string[];
}

function loggedIssue(
  { severity = '', code = '', details, diagnostics, expression }: OutcomeIssue,
  masked: Kept | undefined,
): LoggedIssue {
  const sentence = details?.text ?? '';
  // Diagnostics are precise where values may be read; they are the same sentence in English for findings.
  const isSame = diagnostics === undefined || diagnostics === sentence;
  const text = masked !== undefined || isSame ? sentence : `${sentence} ${diagnostics}`.trim();
  const [place] = expression ?? [];
  return {
    ...{
      severity,
      code,
      text: masked === undefined ? withoutTokens(beginningOf(text)) : maskedText(beginningOf(text)),
    },
    error: details?.coding?.[0]?.code,
    expression: place && (masked === undefined ? withoutTokens(beginningOf(place)) : maskedPlace(place, masked)),
  };
}

/** A FHIRPath of elements, or `http.` and the name of a parameter. A member that FHIR does not have may be a value in a wrong place. */
function maskedPlace(place: string, { parts, words, members }: Kept): string {
  if (place.startsWith('http.')) return `http.${maskedName(place.slice(5), words)}`;
  const isElement = (part: string): boolean => {
    const [, name = '', call] = /^([A-Za-z\d]{1,80})(?:\[\d{1,6}\])?(\(\))?$/.exec(part) ?? [];
    return call === undefined ? parts.has(part) || members.has(name) : functions.has(name);
  };
  return place
    .split('.')
    .map((part) => (isElement(part) ? part : '…'))
    .join('.');
}

/** Functions that places are written with. */
const functions: ReadonlySet<string> = new Set(['first', 'last', 'resolve', 'single']);

/** Findings have no locations here: those refer to the body, which is not kept. */
function shortened(failure: Failure): Failure {
  const { findings, others } = failure.detail;
  if (failure instanceof TerminologyFailure || (findings === undefined && others === undefined)) return failure;
  return new Failure(failure.code, failure.values, {
    ...failure.detail,
    ...(findings !== undefined && {
      findings: { issues: errorsFirst(findings.issues).slice(0, most), text: undefined },
    }),
    ...(others !== undefined && { others: others.slice(0, most).map(shortened) }),
  });
}

/** The same failure in the same words, without the values in them. */
function withoutValues(failure: Failure, parts: ReadonlySet<string>): Failure {
  if (failure instanceof TerminologyFailure) return failure;
  const { detail, code, values } = shortened(failure);
  const { findings, others } = detail;
  return new Failure(code, maskedValues(values, parts), {
    ...detail,
    diagnostics: '',
    ...(findings !== undefined && {
      findings: { issues: findings.issues.map((one) => withoutFindingValues(one, parts)), text: undefined },
    }),
    ...(others !== undefined && { others: others.map((one) => withoutValues(one, parts)) }),
  });
}

function withoutFindingValues({ place: _, ...finding }: FindingInEntry, parts: ReadonlySet<string>): FindingInEntry {
  return { ...finding, values: maskedValues(finding.values, parts) as FindingInEntry['values'] };
}

/** FHIR words that identify nobody: a scope without a condition, and an address of a standard; others may contain an id. */
const harmless =
  /^(?:(?:system|user|patient)\/[\w*]{1,60}\.[cruds*]{1,5}|https?:\/\/(?:[a-z]{1,20}\.)?(?:hl7\.org|loinc\.org|snomed\.info|unitsofmeasure\.org)\/[\w.:/-]{0,200}(?:\|[\w.-]{1,20})?)$/;

function maskedValues(values: MessageValues, parts: ReadonlySet<string>): MessageValues {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (typeof value !== 'string' || parts.has(value) || harmless.test(value)) return [name, value];
      return [name, '…'];
    }),
  );
}
