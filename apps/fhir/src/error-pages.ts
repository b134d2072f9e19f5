/**
 * The pages about error codes at the portal, as data: made from the catalogue and its messages, and written beside docs/errors.md by
 * `node apps/fhir/src/errors-doc.ts --write`. The portal serves them while every FHIR server is away.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { render, type Message, type MessageValues } from '@dhp/messages';
import { languages, type TextLanguage } from '@dhp/negotiation';
import { errorCatalogue, type CatalogueEntry, type ErrorCode } from './http/error-catalogue/index.ts';
import { Failure, failureResponse } from './http/errors.ts';
import { notices, type NoticeCode } from './http/notices.ts';
import { searchNotices, type SearchNoticeCode } from './search/search-notices.ts';
import { errorCauseMessages } from './texts/error-cause.ts';
import { errorMessages } from './texts/error.ts';
import { errorRemedyMessages } from './texts/error-remedy.ts';
import { noticeMessages } from './texts/notice.ts';
import { searchNoticeMessages } from './texts/search-notice.ts';

const target = new URL('../../portal/src/errors/catalogue.json', import.meta.url);
/** The base URL in examples. */
export const exampleBase = 'https://playground.example.uz/fhir';

type InLanguages = Record<TextLanguage, string>;

/** The text of the file. */
export function errorPages(): string {
  const errors = (Object.keys(errorCatalogue) as ErrorCode[]).map((code) => [code, aboutError(code)] as const);
  const ofWrites = (Object.keys(notices) as NoticeCode[]).map(
    (code) => [code, { ...notices[code], sentence: inLanguages((one) => noticeMessages[one][code]) }] as const,
  );
  const ofSearches = (Object.keys(searchNotices) as SearchNoticeCode[]).map(
    (code) =>
      [code, { ...searchNotices[code], sentence: inLanguages((one) => searchNoticeMessages[one][code]) }] as const,
  );
  return `${JSON.stringify(Object.fromEntries([...errors, ...ofWrites, ...ofSearches]), null, 2)}\n`;
}

export function writtenErrorPages(): string {
  return readFileSync(target, 'utf8');
}

export function writeErrorPages(): void {
  writeFileSync(target, errorPages());
}

function aboutError(code: ErrorCode): object {
  const { status, issue, severity }: CatalogueEntry = errorCatalogue[code];
  const { headers, body } = exampleOf(code);
  return {
    ...{ status, severity, issue },
    sentence: inLanguages((one) => errorMessages[one][code]),
    cause: inLanguages((one) => errorCauseMessages[one][code]),
    remedy: inLanguages((one) => errorRemedyMessages[one][code]),
    headers: shownHeaders(headers).join('\n'),
    example: body,
  };
}

function inLanguages(messageIn: (language: TextLanguage) => Message): InLanguages {
  return Object.fromEntries(languages.map((one) => [one, withNames(messageIn(one))])) as InLanguages;
}

const nameAsValue: MessageValues = new Proxy({}, { get: (_, name) => `{${String(name)}}` });

/** A sentence with all its parts, those too that are said only at times, and the names of its values in their places. */
export function withNames(message: Message): string {
  return render(message, nameAsValue);
}

/** Header fields of an error that are worth showing, as lines. */
export function shownHeaders(headers: Readonly<Record<string, string>>): string[] {
  return ['www-authenticate', 'retry-after', 'allow', 'etag'].flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [`${name === 'etag' ? 'ETag' : titled(name)}: ${value}`];
  });
}

function titled(header: string): string {
  const words = header.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return words.join('-').replace('Www', 'WWW');
}

/** An answer with the error, in English; the body is indented. */
export function exampleOf(code: ErrorCode): {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
} {
  const { values, diagnostics, expression } = (errorCatalogue[code] as CatalogueEntry).example;
  const scope = values['scope'];
  const allowed = values['allowed'] === undefined ? {} : { allow: values['allowed'] };
  const detail = { diagnostics, expression, headers: allowed, ...(scope === undefined ? {} : { scope }) };
  const { headers, body } = failureResponse(new Failure(code, values, detail), 'en', exampleBase);
  const indented = JSON.stringify(JSON.parse(body), null, 2);
  return { headers, body: indented.replace(/\[\s+("[^"]*")\s+\]/g, '[$1]') };
}
