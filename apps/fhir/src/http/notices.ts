import type { StoredVersion } from '@dhp/fhir-store';
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
  'signature-not-verified': {
    severity: 'warning',
    issue: 'not-supported',
  },
  'export-rules-changed': {
    severity: 'information',
    issue: 'informational',
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

/** Reasons for which there may be nothing to warn of. */
export interface Heard {
  /** Consents are enforced. */
  readonly isHeard: boolean;
  /** Whether the signatures of a resource were verified. */
  readonly isVerified: (resource: Readonly<Record<string, unknown>>) => boolean;
}

/** Returns the warning for the answer to a write; undefined if there is nothing to warn of. */
export function cautionAbout(
  version: Pick<StoredVersion, 'type' | 'content' | 'includes'>,
  { isHeard, isVerified }: Heard,
): { readonly notice: NoticeCode; readonly header: string } | undefined {
  const { type } = version;
  if (type === 'Consent') return isHeard ? undefined : consentCaution;
  // The bytes of a large Bundle are not made for it.
  const isSigned = signed.has(type) && (version.includes?.(signature) ?? version.content.includes(signature));
  if (!isSigned) return undefined;
  const resource = (): Record<string, unknown> => JSON.parse(version.content.toString()) as Record<string, unknown>;
  return type === 'Provenance' && isVerified(resource()) ? undefined : signatureCaution;
}

const signature = '"signature"';

/** Types of resources that carry signatures. That of a Bundle is not verified. */
const signed: ReadonlySet<string> = new Set(['Provenance', 'Bundle']);

const signatureCaution = {
  notice: 'signature-not-verified',
  header: '299 - "The signature is stored as it was sent: it was not verified."',
} as const;

/** The header is ASCII (RFC 9110 section 5.5), so its sentence is English. https://www.rfc-editor.org/rfc/rfc7234#section-5.5 */
const consentCaution = {
  notice: 'consent-recorded',
  header: '299 - "The Consent is recorded, but not enforced: access to data does not depend on consents."',
} as const;
