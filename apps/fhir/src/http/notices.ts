import { render } from '@dhp/messages';
import type { Issue as Finding } from '@dhp/fhir-validation';
import type { Language } from '@dhp/negotiation';
import { noticeMessages } from '../texts/notice.ts';
import { findingIssues, operationOutcome, type Issue } from './outcome.ts';

interface Notice {
  severity: Issue['severity'];
  issue: 'success' | 'informational' | 'deleted' | 'not-found' | 'not-supported';
}

/** Issues of the OperationOutcome after a successful write; their sentences are messages of the same key. */
export const notices = {
  created: {
    severity: 'success',
    issue: 'success',
  },
  updated: {
    severity: 'success',
    issue: 'success',
  },
  existing: {
    severity: 'information',
    issue: 'informational',
  },
  unchanged: {
    severity: 'information',
    issue: 'informational',
  },
  deleted: {
    severity: 'success',
    issue: 'success',
  },
  'already-deleted': {
    severity: 'information',
    issue: 'deleted',
  },
  'nothing-matched': {
    severity: 'information',
    issue: 'not-found',
  },
  'nothing-to-delete': {
    severity: 'information',
    issue: 'not-found',
  },
  'consent-recorded': {
    severity: 'warning',
    issue: 'not-supported',
  },
} as const satisfies Record<string, Notice>;

export type NoticeCode = keyof typeof notices;

export interface NoticeAbout {
  readonly type: string;
  readonly id: string;
  readonly versionId: number;
}

export function noticeOutcome(
  code: NoticeCode | readonly NoticeCode[],
  about: NoticeAbout | readonly NoticeAbout[],
  language: Language,
  findings: readonly Finding[] = [],
): string {
  const issues = [about].flat().flatMap((each) => [code].flat().map((one) => noticeIssue(one, each, language)));
  return operationOutcome([...issues, ...findingIssues(findings, language)], language);
}

export function noticeIssue(code: NoticeCode, { type, id, versionId }: NoticeAbout, language: Language): Issue {
  const { severity, issue } = notices[code];
  return { severity, issue, code, text: render(noticeMessages[language][code], { type, id, version: versionId }) };
}

/** Returns the warning for the answer to every write of a type; undefined for types without one. */
export function cautionAbout(type: string): { readonly notice: NoticeCode; readonly header: string } | undefined {
  return type === 'Consent' ? consentCaution : undefined;
}

/** The header is ASCII (RFC 9110 section 5.5), so its sentence is English. https://www.rfc-editor.org/rfc/rfc7234#section-5.5 */
const consentCaution = {
  notice: 'consent-recorded',
  header: '299 - "The Consent is recorded, but not enforced: access to data does not depend on consents."',
} as const;
