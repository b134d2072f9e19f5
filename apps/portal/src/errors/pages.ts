/** The list of error codes, and the page of each: its meaning, its causes, what to do, an example. */
import { textLanguageOf, type Language } from '@dhp/negotiation';
import { STATUS_CODES } from 'node:http';
import { toCyrillic } from '@dhp/messages';
import { markup, type Html } from '@dhp/web-kit';
import { layout, type Page } from '../page/layout.ts';
import { copyButton } from '../page/copy.ts';
import { errorsMessages } from '../texts/errors.ts';
import { portalMessages } from '../texts/portal.ts';
import { errorsAbout, type ErrorAbout } from './error-catalogue.ts';

/** @param stylesheet address of the style of reading pages, from the portal's root */
export function errorListPage(page: Page, stylesheet: string): string {
  const text = errorsMessages[page.language];
  const those = (kind: ErrorAbout['kind']): readonly ErrorAbout[] => errorsAbout.filter((about) => about.kind === kind);
  return layout(
    page,
    `${text.title} (DHP)`,
    markup`<h1>${text.title}</h1>
      <p class="lead">${text.lead}</p>`,
    markup`${readingStyle(page, stylesheet)}
      <div class="reading">
        <h2>${text.ofSso}</h2>
        ${list(page, those('oauth'))}
        <h2>${text.ofFhir}</h2>
        ${byStatus(those('fhir')).map(
          ([status, some]) => markup`<h3>${status} ${STATUS_CODES[status]}</h3>
            ${list(page, some)}`,
        )}
        <h2>${text.notices}</h2>
        ${list(page, those('notice'))}
      </div>`,
  );
}

function byStatus(some: readonly ErrorAbout[]): [number, readonly ErrorAbout[]][] {
  return [...Map.groupBy(some, ({ status = 0 }) => status)].sort(([a], [b]) => a - b);
}

function list({ root, language }: Page, some: readonly ErrorAbout[]): Html {
  return markup`<dl class="codes">
    ${some.map(
      ({ code, sentence, cause }) =>
        markup`<div>
          <dt><a href="${root}errors/${code}"><code translate="no">${code}</code></a></dt>
          <dd>${inlineText(sentence?.[textLanguageOf(language)] ?? cause?.[textLanguageOf(language)] ?? '', language)}</dd>
        </div>`,
    )}
  </dl>`;
}

/** The page of one code. */
export function errorPage(page: Page, about: ErrorAbout, stylesheet: string): string {
  const { language, root } = page;
  const text = errorsMessages[language];
  const { code, sentence, cause, remedy, status, issue, severity } = about;
  const title = text.code({ code });
  return layout(
    page,
    `${title} (DHP)`,
    markup`<h1>${title}</h1>
      ${sentence !== undefined && markup`<p class="lead">${inlineText(sentence[textLanguageOf(language)], language)}</p>`}`,
    markup`${readingStyle(page, stylesheet)}
      <div class="reading">
        ${cause !== undefined && part(text.when, cause[textLanguageOf(language)], language)}
        ${remedy !== undefined && part(text.remedy, remedy[textLanguageOf(language)], language)}
        <dl class="facts">
          ${status !== undefined && fact(text.status, `${String(status)} ${STATUS_CODES[status] ?? ''}`)}
          ${issue !== undefined && fact(text.issue, issue)} ${severity !== undefined && fact(text.severity, severity)}
        </dl>
        ${example(page, about)}
        <p><a href="${root}errors">${text.all}</a></p>
      </div>`,
  );
}

function part(title: string, source: string, language: Language): Html {
  return markup`<h2>${title}</h2>
    <p>${inlineText(source, language)}</p>`;
}

function fact(name: string, value: string): Html {
  return markup`<div>
    <dt>${name}</dt>
    <dd><code translate="no">${value}</code></dd>
  </div>`;
}

function example({ language }: Page, { status, headers = '', example: body }: ErrorAbout): Html | undefined {
  if (body === undefined || status === undefined) return undefined;
  const text = errorsMessages[language];
  const head = [`HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`, ...headers.split('\n')].filter(
    (line) => line !== '',
  );
  return markup`<h2>${text.example}</h2>
    <div class="code">
      <pre><code id="example" translate="no">${[...head, '', body].join('\n')}</code></pre>
      ${copyButton('example', portalMessages[language], text.example)}
    </div>`;
}

/** Link to the style of reading pages: the start page does not need it. */
export function readingStyle({ root }: Page, stylesheet: string): Html {
  return markup`<link rel="stylesheet" href="${root}${stylesheet}" />`;
}

/**
 * Text with codes in backticks; only the text of a link to a document remains. Uzbek is converted to Cyrillic on request, except for names
 * of values.
 */
export function inlineText(source: string, language: Language): Html[] {
  const plain = source.replace(/\[([^[\]]+)\]\([^()]+\)/g, '$1');
  const inScript = (piece: string): string =>
    language === 'uz-Cyrl'
      ? piece.replace(/\{[^{}]*\}|[^{]+/g, (one) => (one.startsWith('{') ? one : toCyrillic(one)))
      : piece;
  return plain
    .split('`')
    .map((piece, index) =>
      index % 2 === 1 ? markup`<code translate="no">${piece}</code>` : markup`${inScript(piece)}`,
    );
}
