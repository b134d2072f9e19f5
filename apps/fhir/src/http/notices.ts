import type { Issue as Finding } from '@dhp/fhir-validation';
import type { Language } from '@dhp/negotiation';
import { findingIssues, fillIn, operationOutcome, type Issue } from './outcome.ts';

interface Notice {
  severity: Issue['severity'];
  issue: 'success' | 'informational' | 'deleted' | 'not-found' | 'not-supported';
  text: Record<Language, string>;
}

/** Sentences of the OperationOutcome after a successful write. */
export const notices = {
  created: {
    severity: 'success',
    issue: 'success',
    text: {
      uz: '{type}/{id} yaratildi ({version}-versiya).',
      ru: '{type}/{id} создан (версия {version}).',
      en: '{type}/{id} was created (version {version}).',
    },
  },
  updated: {
    severity: 'success',
    issue: 'success',
    text: {
      uz: '{type}/{id} yangilandi ({version}-versiya).',
      ru: '{type}/{id} обновлён (версия {version}).',
      en: '{type}/{id} was updated (version {version}).',
    },
  },
  existing: {
    severity: 'information',
    issue: 'informational',
    text: {
      uz: '{type}/{id} allaqachon bor ({version}-versiya); yangisi yaratilmadi.',
      ru: '{type}/{id} уже есть (версия {version}); новый не создан.',
      en: '{type}/{id} exists already (version {version}); no other one was created.',
    },
  },
  unchanged: {
    severity: 'information',
    issue: 'informational',
    text: {
      uz: '{type}/{id} oʻzgarmadi: yuborilgan mazmun {version}-versiya bilan bir xil.',
      ru: '{type}/{id} не изменился: содержание совпадает с версией {version}.',
      en: '{type}/{id} did not change: the content is that of version {version}.',
    },
  },
  deleted: {
    severity: 'success',
    issue: 'success',
    text: {
      uz: '{type}/{id} oʻchirildi. Oldingi versiyalari tarixda saqlanadi.',
      ru: '{type}/{id} удалён. Прежние версии сохранены в истории.',
      en: '{type}/{id} was deleted. Its earlier versions are kept in its history.',
    },
  },
  'already-deleted': {
    severity: 'information',
    issue: 'deleted',
    text: {
      uz: '{type}/{id} avvalroq oʻchirilgan edi; hech narsa oʻzgarmadi.',
      ru: '{type}/{id} уже был удалён ранее; ничего не изменилось.',
      en: '{type}/{id} had been deleted before; nothing changed.',
    },
  },
  'nothing-matched': {
    severity: 'information',
    issue: 'not-found',
    text: {
      uz: 'Shartga mos {type} topilmadi; hech narsa oʻchirilmadi.',
      ru: 'Условию не соответствует ни один {type}; ничего не удалено.',
      en: 'No {type} meets the criteria; nothing was deleted.',
    },
  },
  'nothing-to-delete': {
    severity: 'information',
    issue: 'not-found',
    text: {
      uz: '{type}/{id} yoʻq edi; hech narsa oʻzgarmadi.',
      ru: '{type}/{id} не существовал; ничего не изменилось.',
      en: '{type}/{id} did not exist; nothing changed.',
    },
  },
  'consent-recorded': {
    severity: 'warning',
    issue: 'not-supported',
    text: {
      uz: '{type}/{id} saqlandi, lekin hozircha qoʻllanmaydi: maʼlumotlarga kirish roziliklarga bogʻliq emas.',
      ru: '{type}/{id} сохранён, но пока не применяется: доступ к данным не зависит от согласий.',
      en: '{type}/{id} is recorded, but not enforced yet: access to data does not depend on consents.',
    },
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
  const { severity, issue, text } = notices[code];
  return { severity, issue, code, text: fillIn(text[language], { type, id, version: versionId }) };
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
