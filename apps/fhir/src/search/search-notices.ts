/** Messages of a search beside its matches: the entry marked `outcome`. https://hl7.org/fhir/R5/search.html#outcome */
import { render, type ArgumentsOf, type Message } from '@dhp/messages';
import type { Language } from '@dhp/negotiation';
import { searchNoticeMessages, type SearchNoticeMessages } from '../texts/search-notice.ts';
import { operationOutcome, type Issue } from '../http/outcome.ts';

interface Kind {
  readonly severity: 'warning' | 'information';
  /** https://hl7.org/fhir/R5/valueset-issue-type.html */
  readonly issue: 'not-supported' | 'incomplete' | 'suppressed' | 'informational';
}

/** docs/errors.md is generated from this table. */
export const searchNotices = {
  'search-parameter-ignored': {
    severity: 'warning',
    issue: 'not-supported',
  },
  'search-includes-cut': {
    severity: 'warning',
    issue: 'incomplete',
  },
  'search-total-estimated': {
    severity: 'information',
    issue: 'informational',
  },
  'search-count-limited': {
    severity: 'information',
    issue: 'informational',
  },
  'search-type-not-permitted': {
    severity: 'warning',
    issue: 'suppressed',
  },
} as const satisfies Record<string, Kind>;

export type SearchNoticeCode = keyof typeof searchNotices;

/** A notice with the values that its sentence names. */
export type SearchNotice = {
  [Code in SearchNoticeCode]: NoticeDetail & { readonly code: Code } & (Readonly<
      Record<string, never>
    > extends ValuesOf<Code>
      ? { readonly values?: ValuesOf<Code> }
      : { readonly values: ValuesOf<Code> });
}[SearchNoticeCode];

type ValuesOf<Code extends SearchNoticeCode> = ArgumentsOf<SearchNoticeMessages[Code]>;

interface NoticeDetail {
  readonly diagnostics?: string;
  /** The parameter that it is about. */
  readonly parameter?: string;
}

/** For a page that would have had more included resources than allowed. */
export function includesCut(most: number): SearchNotice {
  return { code: 'search-includes-cut', diagnostics: `At most ${most} resources are included in a page.` };
}

/** The text of an OperationOutcome with an issue for each notice. */
export function searchOutcome(told: readonly SearchNotice[], language: Language): string {
  const issues = told.map(({ code, values = {}, diagnostics, parameter }): Issue => {
    const { severity, issue } = searchNotices[code];
    const expression = parameter === undefined ? undefined : `http.${parameter.slice(0, 200)}`;
    return {
      severity,
      issue,
      code,
      text: render<Message>(searchNoticeMessages[language][code], values),
      diagnostics,
      expression,
    };
  });
  return operationOutcome(issues, language);
}
