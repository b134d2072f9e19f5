/**
 * Failures, and the one place that turns them into HTTP: the status, the headers and the OperationOutcome. Code that fails
 * names the failure (`fail('id-missing', …)`) and knows nothing of status codes.
 */
import { BudgetSpent } from '@dhp/budget';
import { IndexNotReady, SearchParametersChanged, StoreUnavailable } from '@dhp/fhir-store';
import type { FaultKind, TerminologyFault } from '@dhp/fhir-terminology';
import type { Issue as Finding, Place } from '@dhp/fhir-validation';
import type { FailureResponse } from '../contract/failure.ts';
import { StorageFailure } from '../contract/job-files.ts';
import { codeOfCost } from './cost.ts';
import { errorCatalogue, type CatalogueEntry, type ErrorCode } from './error-catalogue/index.ts';
import { render, type ArgumentsOf, type Message, type MessageValues } from '@dhp/messages';
import type { Language } from '@dhp/negotiation';
import { errorMessages, type ErrorMessages } from '../texts/error.ts';
import { findingIssues, operationOutcome, type FindingInEntry, type Issue, writable } from './outcome.ts';

/** The values that a failure's sentences need. */
export type FailureValues<Code extends ErrorCode> = ArgumentsOf<ErrorMessages[Code]>;

export interface FailureDetail {
  /** Always English, precise; for the developer. */
  diagnostics: string;
  /** FHIRPath of the element that is meant. */
  expression?: string | undefined;
  /** Where it is in the text that was sent, where that is known. */
  place?: Place | undefined;
  headers?: Readonly<Record<string, string>>;
  /** Further parameters of the challenge. */
  challenge?: Readonly<Record<string, string>>;
  /** The scope that is missing, for the challenge of RFC 6750. */
  scope?: string;
  /** Another try of the same may succeed soon. */
  isPassing?: boolean;
  /** The access rule that refused, for the record of the request; undefined if no access rule did. */
  refusedBy?: string;
  /** Further failures of the same request: more issues of its OperationOutcome. */
  others?: readonly Failure[];
  /** Findings of a validation, which are reported one by one instead of the failure itself. */
  findings?: Findings | undefined;
}

export interface Findings {
  readonly issues: readonly FindingInEntry[];
  /** The JSON that was sent, in which they have their places; undefined if it was no JSON. */
  readonly text: string | undefined;
}

/** Most findings in one answer. */
export const mostFindings = 100;

export class Failure extends Error {
  readonly code: ErrorCode;
  readonly values: MessageValues;
  readonly detail: FailureDetail;

  constructor(code: ErrorCode, values: MessageValues, detail: FailureDetail) {
    super(`${code}: ${detail.diagnostics}`);
    this.name = 'Failure';
    this.code = code;
    this.values = values;
    this.detail = detail;
  }
}

/**
 * Failures as one, whose status is that of the first. Failures contained in each are included.
 * @param most failures that are included
 */
export function together([first, ...rest]: readonly [Failure, ...Failure[]], most = Infinity): Failure {
  const others = [...othersOf(first), ...rest.flatMap((each) => [each, ...othersOf(each)])].slice(0, most - 1);
  return new Failure(first.code, first.values, { ...first.detail, others });
}

function othersOf({ detail: { others = [] } }: Failure): Failure[] {
  return others.flatMap((each) => [each, ...othersOf(each)]);
}

/** The codes of a store that cannot do its work now. */
const storeFailures = {
  connection: 'database-unavailable',
  timeout: 'database-unavailable',
  outdated: 'database-unavailable',
  full: 'disk-full',
  contended: 'database-unavailable',
  unknown: 'outcome-unknown',
  blocked: 'writes-blocked',
} as const satisfies Record<StoreUnavailable['reason'], ErrorCode>;

/** The statuses that HL7's tests of terminology servers expect. */
const terminologyStatuses = {
  'invalid-request': 400,
  'unknown-subject': 404,
  'unknown-definition': 422,
  'too-costly': 422,
  unanswerable: 422,
} as const satisfies Record<FaultKind, number>;

/** A terminology question that cannot be answered: its outcome is in the words of HL7's tests, its status follows of its kind. */
export class TerminologyFailure extends Failure {
  readonly status: number;
  readonly outcome: object;

  constructor({ kind, outcome, message }: TerminologyFault) {
    super('terminology-refused', {}, { diagnostics: message });
    this.status = terminologyStatuses[kind];
    this.outcome = outcome;
  }
}

/** A failure of the catalogue, to throw or to hand to a callback. */
export function failure<Code extends ErrorCode>(
  code: Code,
  values: FailureValues<Code>,
  detail: FailureDetail,
): Failure {
  return new Failure(code, values, detail);
}

/** Throws a failure of the catalogue. */
export function fail<Code extends ErrorCode>(code: Code, values: FailureValues<Code>, detail: FailureDetail): never {
  throw failure(code, values, detail);
}

/**
 * Returns the HTTP response for a failure. `realm` is the base URL, which the challenge names.
 * @param pages the address below which each code has its page; absent: no header leads to one
 */
export function failureResponse(error: Failure, language: Language, realm: string, pages?: string): FailureResponse {
  const help = pages === undefined ? {} : { link: `<${pages}/${error.code}>; rel="help"` };
  if (error instanceof TerminologyFailure) {
    const body = JSON.stringify(error.outcome, (_, value: unknown) =>
      typeof value === 'string' ? writable(value) : value,
    );
    return { status: error.status, headers: { 'content-language': 'en', ...help }, body };
  }
  const entry: CatalogueEntry = errorCatalogue[error.code];
  const headers: Record<string, string> = { 'content-language': language, vary: 'Accept-Language', ...help };
  if (entry.challenge !== undefined) headers['www-authenticate'] = challenge(entry, error.detail, realm);
  if (entry.retryAfter !== undefined) headers['retry-after'] = String(entry.retryAfter);
  Object.assign(headers, error.detail.headers);
  const issues = issuesOf([error, ...(error.detail.others ?? [])], language);
  return { status: entry.status, headers, body: operationOutcome(issues, language) };
}

/** An issue for each failure, and for each finding where it has some: as many of these as help, the errors first. */
function issuesOf(failures: readonly Failure[], language: Language): Issue[] {
  const issues: Issue[] = [];
  let rest = mostFindings;
  // Findings in one text are located together.
  for (const [text, those] of Map.groupBy(failures, ({ detail }) => detail.findings?.text)) {
    const plain = those.filter(({ detail }) => detail.findings === undefined);
    for (const each of plain) issues.push(failureIssue(each, language));
    const [invalid] = those.filter(({ detail }) => detail.findings !== undefined);
    if (invalid === undefined) continue;
    const all = those.flatMap(({ detail }) => detail.findings?.issues ?? []);
    const told = errorsFirst(all).slice(0, rest);
    rest -= told.length;
    issues.push(...findingIssues(told, language, { text, code: invalid.code }));
    issues.push(...countOfErrors(all, told, { code: invalid.code, language }));
  }
  return issues;
}

/** One issue with the number of all errors if some are omitted; otherwise an empty list. */
export function countOfErrors(
  all: readonly Finding[],
  told: readonly Finding[],
  { code, language }: { readonly code: ErrorCode; readonly language: Language },
): Issue[] {
  const count = numberOfErrors(all);
  if (numberOfErrors(told) === count) return [];
  return [failureIssue(new Failure(code, { count }, { diagnostics: `There are ${count} errors.` }), language)];
}

/** In the order in which they are reported. */
export function errorsFirst(findings: readonly FindingInEntry[]): FindingInEntry[] {
  return [...findings.filter(isError), ...findings.filter((one) => !isError(one))];
}

/** How many errors there are, those among them that a validation has not kept. */
export function numberOfErrors(findings: readonly Finding[]): number {
  const counts = findings
    .filter(isError)
    .map(({ id, values }) => (id === 'more-findings' ? Number(values['count']) : 1));
  return counts.reduce((sum, count) => sum + count, 0);
}

function isError({ severity }: Finding): boolean {
  return severity === 'error' || severity === 'fatal';
}

/** A failure as an issue of an OperationOutcome. */
export function failureIssue({ code, values, detail }: Failure, language: Language): Issue {
  const { severity, issue }: CatalogueEntry = errorCatalogue[code];
  const { diagnostics, expression, place } = detail;
  return {
    severity,
    issue,
    code,
    text: render<Message>(errorMessages[language][code], values),
    diagnostics,
    expression,
    place,
  };
}

/** RFC 6750 section 3: no error code when no token was sent; the description is printable ASCII without quotes. */
function challenge(entry: CatalogueEntry, detail: FailureDetail, realm: string): string {
  const parts = [`${entry.scheme ?? 'Bearer'} realm="${quotable(realm)}"`];
  if (entry.challenge !== undefined && entry.challenge !== 'none') {
    parts.push(`error="${entry.challenge}"`, `error_description="${quotable(detail.diagnostics)}"`);
  }
  for (const [name, value] of Object.entries(detail.challenge ?? {})) parts.push(`${name}="${quotable(value)}"`);
  if (detail.scope !== undefined) parts.push(`scope="${quotable(detail.scope)}"`);
  return parts.join(', ');
}

function quotable(text: string): string {
  return text
    .replaceAll('"', "'")
    .replace(/[^\x20-\x7e]|\\/g, '?')
    .slice(0, 500);
}

/**
 * The failure for a limit that was passed: 422 where the request itself asks for too much, 503 where the server, whose budget has
 * the scope `server`, has no room for it at the moment.
 */
export function costFailure(spent: BudgetSpent): Failure {
  const { code, values } = codeOfCost(spent);
  return new Failure(code, values, { diagnostics: `${spent.message}.` });
}

/**
 * Any error as a Failure: those of the web framework by their code, a lost database as such, everything else as an incident
 * whose details go to `report` only, with the name of the request.
 */
export function asFailure(
  error: unknown,
  bodyLimit: number,
  report: (incident: string, error: unknown, requestId: string | undefined) => void,
  requestId: string | undefined,
): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof BudgetSpent) return costFailure(error);
  if (error instanceof IndexNotReady) return indexBuilding(error);
  if (error instanceof SearchParametersChanged) return parametersChanged();
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = error instanceof Error ? error.message : '';
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return failure(
        'body-too-large',
        { limit: bodyLimit },
        { diagnostics: `The body is larger than ${bodyLimit} bytes.` },
      );
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return failure(
        'media-type-unsupported',
        {},
        { diagnostics: 'Content-Type cannot be read. ' + acceptedMediaTypes },
      );
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return failure('body-incomplete', {}, { diagnostics: message });
    case 'FST_ERR_BAD_URL':
      return failure('url-malformed', {}, { diagnostics: message });
  }
  // Error codes of zlib for a body that is not in the stated Content-Encoding.
  if (/^(?:Z_|ERR_BROTLI|ERR__)/.test(code)) {
    return failure('content-encoding-invalid', {}, { diagnostics: `The body cannot be decompressed: ${message}.` });
  }
  // A body that broke off: the framework marks the error of the stream so.
  if (error instanceof Error && 'statusCode' in error && error.statusCode === 400) {
    return failure('body-incomplete', {}, { diagnostics: message });
  }
  // The watch over the disk has said it once: a log line for each write would use up the remaining space.
  if (error instanceof StoreUnavailable && error.reason === 'full' && error.cause === undefined)
    return failure('disk-full', {}, { diagnostics: `${error.message}.` });
  const incident = crypto.randomUUID();
  report(incident, error, requestId);
  if (error instanceof StoreUnavailable) {
    return failure(storeFailures[error.reason], {}, { diagnostics: `${error.message}. Incident ${incident}.` });
  }
  if (error instanceof StorageFailure) {
    const { reason, during, isPassing } = error;
    const diagnostics = `Files of jobs: ${reason} (${during}). Incident ${incident}.`;
    return failure('files-unavailable', { reason }, { diagnostics, isPassing });
  }
  return failure('internal-error', { incident }, { diagnostics: `Incident ${incident}.` });
}

/** The status of the answer to any error, for a record; nothing is logged. */
export function statusOf(error: unknown): number {
  const failed = asFailure(error, 0, () => undefined, undefined);
  return failed instanceof TerminologyFailure ? failed.status : errorCatalogue[failed.code].status;
}

/** Where the request cannot be understood again by itself, as searches are: a conditional write, a rule of access. */
function parametersChanged(): Failure {
  const diagnostics = 'A SearchParameter of this environment was stored, changed or deleted at this moment.';
  return failure('search-parameters-changed', {}, { diagnostics });
}

/**
 * The failure of operations that need the search index while resources are missing from it: searches, conditional writes, checks of
 * references.
 */
function indexBuilding({ done, total }: IndexNotReady): Failure {
  const percent = Math.min(99, Math.floor((100 * done) / Math.max(total, 1)));
  return failure('search-index-building', { percent }, { diagnostics: `${done} of ${total} resources are indexed.` });
}

export const acceptedMediaTypes =
  'Accepted are application/fhir+json and application/fhir+xml, charset utf-8, fhirVersion 5.0.';
