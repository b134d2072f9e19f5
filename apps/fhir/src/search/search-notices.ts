/** Messages of a search beside its matches: the entry marked `outcome`. https://hl7.org/fhir/R5/search.html#outcome */
import type { Language } from '@dhp/negotiation';
import { fillIn, operationOutcome, type Issue } from '../http/outcome.ts';

interface Text {
  readonly severity: 'warning' | 'information';
  /** https://hl7.org/fhir/R5/valueset-issue-type.html */
  readonly issue: 'not-supported' | 'incomplete' | 'suppressed' | 'informational';
  readonly text: Readonly<Record<Language, string>>;
}

/** docs/errors.md is generated from this table. */
export const searchNotices = {
  'search-parameter-ignored': {
    severity: 'warning',
    issue: 'not-supported',
    text: {
      uz: '“{name}” parametri hisobga olinmadi.',
      ru: 'Параметр «{name}» не учтён.',
      en: 'The parameter "{name}" was ignored.',
    },
  },
  'search-includes-cut': {
    severity: 'warning',
    issue: 'incomplete',
    text: {
      uz: 'Qoʻshib beriladigan resurslar juda koʻp: hammasi berilmadi. Kichikroq sahifa soʻrang.',
      ru: 'Присоединённых ресурсов слишком много: приведены не все. Запросите страницу меньше.',
      en: 'Too many resources were to be included: some are missing. Ask for a smaller page.',
    },
  },
  'search-total-estimated': {
    severity: 'information',
    issue: 'informational',
    text: {
      uz: 'Jami soni taxminiy.',
      ru: 'Общее число приблизительное.',
      en: 'The total is an estimate.',
    },
  },
  'search-count-limited': {
    severity: 'information',
    issue: 'informational',
    text: {
      uz: 'Bir sahifada koʻpi bilan {limit} ta natija boʻladi.',
      ru: 'На странице не более {limit} результатов.',
      en: 'A page has at most {limit} matches.',
    },
  },
  'search-type-not-permitted': {
    severity: 'warning',
    issue: 'suppressed',
    text: {
      uz: 'Token {type} resurslarini qidirishga ruxsat bermaydi: ularga bogʻliq shartlarga hech narsa mos kelmadi.',
      ru: 'Токен не разрешает искать {type}: условиям, которые через них проходят, ничего не соответствует.',
      en: 'The token does not permit to search {type}: nothing meets the conditions that lead there, and none is included.',
    },
  },
} as const satisfies Record<string, Text>;

export type SearchNoticeCode = keyof typeof searchNotices;

export interface SearchNotice {
  readonly code: SearchNoticeCode;
  readonly values?: Readonly<Record<string, string | number>>;
  readonly diagnostics?: string;
  /** The parameter that it is about. */
  readonly parameter?: string;
}

/** Of a page that more was to come along with than it may have. */
export function includesCut(most: number): SearchNotice {
  return { code: 'search-includes-cut', diagnostics: `At most ${most} resources are included in a page.` };
}

/** The text of an OperationOutcome with an issue for each notice. */
export function searchOutcome(told: readonly SearchNotice[], language: Language): string {
  const issues = told.map(({ code, values = {}, diagnostics, parameter }): Issue => {
    const { severity, issue, text } = searchNotices[code];
    const expression = parameter === undefined ? undefined : `http.${parameter.slice(0, 200)}`;
    return { severity, issue, code, text: fillIn(text[language], values), diagnostics, expression };
  });
  return operationOutcome(issues, language);
}
