/** The answer to a call: its status, the errors beside the lines at fault, header fields, body, and the call as a program. */
import { markup, type Html } from '@dhp/web-kit';
import { copyButton } from '../page/copy.ts';
import type { Page } from '../page/layout.ts';
import { explorerMessages } from '../texts/explorer.ts';
import { portalMessages } from '../texts/portal.ts';
import type { Answered } from './call.ts';
import { isError } from './check.ts';
import { explainedIn, explainedSection } from './explained.ts';
import { issuesIn, type OutcomeIssue } from './outcome.ts';
import type { Shown } from './shown.ts';
import { shownText } from './shown-json.ts';
import { snippetIn, snippetLanguages, type Snippet } from './snippets.ts';
import { pathBelow, targetOf } from './target.ts';
import { ownToken, type Typed } from './typed.ts';

/** The longest body in characters for which the call is shown as programs: each of seven contains it in its own notation. */
const longestCopied = 64 * 1024;

export function answerSection(
  page: Page,
  { typed, servers }: Shown,
  { answered, sent }: { answered: Answered; sent: Snippet },
): Html {
  const text = explorerMessages[page.language].answer;
  const { status, milliseconds, body, headers, isCut } = answered;
  const { published } = servers[typed.server];
  const issues = issuesIn(body);
  const explained = /[?&]_explain=true/.test(typed.path) ? explainedIn(body) : undefined;
  const time = new Intl.NumberFormat(page.language === 'en' ? 'en-GB' : page.language, { maximumFractionDigits: 0 });
  return markup`<section aria-labelledby="answer" class="answer">
    <h2 id="answer" tabindex="-1">
      ${text.title} <span class="chip ${kindOf(status)}">${String(status)}</span>
      <span class="chip">${text.milliseconds({ count: time.format(milliseconds) })}</span>
    </h2>
    <p class="call"><code translate="no">${sent.method} ${sent.url}</code></p>
    ${explained && explainedSection(page, explained)} ${wayOn(page, typed, status)} ${issues.length > 0 && issueList(page, issues)} ${issues.some(({ line }) => line !== undefined) && sentBody(page, sent.body ?? '', issues)}
    ${bodyOf(page, body, isCut, (value) => leadOf(published, value))}
    <details>
      <summary>${text.headers}</summary>
      <dl class="facts">${headers.map(([name, value]) => field(name, value, published))}</dl>
    </details>
    ${(sent.body ?? '').length <= longestCopied && snippets(page, sent)}
  </section>`;
}

/** A question about this very call: why a resource may be read or not, or how a search was carried out. */
function wayOn(page: Page, typed: Typed, status: number): Html | undefined {
  const text = explorerMessages[page.language].answer;
  const way = explanationOf(typed, status);
  if (way === undefined) return undefined;
  const words = way.endsWith('$explain-access') ? text.explainAccess : text.explainSearch;
  return markup`<p><button class="button other" name="follow" value="${way}" form="call">${words}</button></p>`;
}

/** @returns the path that explains a call; undefined if there is none */
export function explanationOf({ server, method, path, application }: Typed, status: number): string | undefined {
  if (server !== 'fhir' || method !== 'GET' || application === '') return undefined;
  if (/^\/[A-Z][A-Za-z]{2,40}\/[A-Za-z\d.-]{1,64}$/.test(path)) return `${path}/$explain-access`;
  const isSearch = status === 200 && /^\/[A-Z][A-Za-z]{2,40}(?:\?|$)/.test(path) && !/[?&]_explain=/.test(path);
  // The scope for it belongs to tokens made for one call; a person's token has the scopes that the application requested.
  if (!isSearch || application === ownToken) return undefined;
  return `${path}${path.includes('?') ? '&' : '?'}_explain=true`;
}

const kindOf = (status: number): string => (status >= 500 ? 'failed' : status >= 400 ? 'refused' : 'fine');

/** Path at the same server to which a value of an answer leads: a reference, or one of the server's addresses. */
export function leadOf(published: string, value: string): string | undefined {
  const isReference = /^[A-Z][A-Za-z]{2,40}\/[A-Za-z\d.-]{1,64}(?:\/_history\/\d+)?$/.test(value);
  if (!isReference && !value.startsWith(`${published}/`)) return undefined;
  const url = targetOf(published, published, value);
  return url && pathBelow(published, url);
}

function field(name: string, value: string, published: string): Html {
  const path = name === 'location' || name === 'content-location' ? leadOf(published, value) : undefined;
  const shown =
    path === undefined
      ? markup`${value}`
      : markup`<button class="follow" name="follow" value="${path}" form="call">${value}</button>`;
  return markup`<dt>${name}</dt>
    <dd><code translate="no">${shown}</code></dd>`;
}

export function issueList(page: Page, issues: readonly OutcomeIssue[]): Html {
  const items = issues.map(
    ({ severity, text: sentence, code, expression, line, column }) =>
      markup`<li class="is-${isError({ severity }) ? 'error' : 'warning'}"${placeOf(line, column)}>
        ${line !== undefined && markup`<a href="#line-${String(line)}">${placeWords(page.language, line, column)}</a> `}${sentence}
        ${expression !== undefined && markup`<code translate="no">${expression}</code>`}
        ${code !== undefined && /^[a-z][a-z-]{1,60}$/.test(code) && markup`<a href="${page.root}errors/${code}">${code}</a>`}
      </li>`,
  );
  return markup`<ul class="issues">${items}</ul>`;
}

/** For the script, which marks the place in the text. */
const placeOf = (line: number | undefined, column: number | undefined): Html | undefined =>
  line === undefined ? undefined : markup` data-line="${String(line)}" data-column="${String(column ?? 1)}"`;

export function placeWords(language: Page['language'], line: number, column: number | undefined): string {
  const text = explorerMessages[language].answer;
  return column === undefined ? text.line({ line }) : text.place({ line, column });
}

/** The most lines of a body that is shown whole. */
const mostLines = 2_000;
/** Characters of one of them. */
const longestLine = 10_000;
/** Lines shown before and after one with an issue, for a longer body. */
const beside = 3;

/** The sent body, with each issue beside its line; for a long body only the lines around the issues. */
export function sentBody(page: Page, body: string, issues: readonly OutcomeIssue[]): Html {
  const text = explorerMessages[page.language].answer;
  const all = body.split('\n');
  const lines = numbersShown(all.length, issues).map((number) => {
    const own = issues.filter((issue) => issue.line === number);
    return markup`<li id="line-${String(number)}" value="${String(number)}"${own.length > 0 && markup` class="marked"`}><code translate="no">${all[number - 1]!.slice(0, longestLine)}</code>${own.map(
      ({ text: sentence }) => markup`<span class="mark">${sentence}</span>`,
    )}</li>`;
  });
  return markup`<h3>${text.sent}</h3>
    <ol class="numbered">
      ${lines}
    </ol>`;
}

/** Numbers of the shown lines, from 1. */
function numbersShown(count: number, issues: readonly OutcomeIssue[]): number[] {
  if (count <= mostLines) return Array.from({ length: count }, (_, index) => index + 1);
  const near = issues.flatMap(({ line }) =>
    line === undefined ? [] : Array.from({ length: 2 * beside + 1 }, (_, index) => line - beside + index),
  );
  return [...new Set(near)].filter((number) => number >= 1 && number <= count).sort((a, b) => a - b);
}

function bodyOf(page: Page, body: string, isCut: boolean, follow: (value: string) => string | undefined): Html {
  const text = explorerMessages[page.language].answer;
  if (body === '') return markup`<p class="quiet">${text.empty}</p>`;
  const shown = shownText(body, follow);
  const lines = shown.lines.map((line) => markup`${line}\n`);
  return markup`<h3>${text.body}</h3>
    <div class="code">
      <pre tabindex="0"><code id="answer-body" translate="no">${lines}</code></pre>
      ${copyButton('answer-body', portalMessages[page.language], text.body)}
    </div>
    ${(isCut || shown.isCut) && markup`<p class="quiet">${text.cut}</p>`}`;
}

function snippets(page: Page, sent: Snippet): Html {
  const text = explorerMessages[page.language].answer;
  const each = snippetLanguages.map((language, index) => {
    const id = `snippet-${String(index)}`;
    return markup`<details>
      <summary>${language}</summary>
      <div class="code">
        <pre tabindex="0"><code id="${id}" translate="no">${snippetIn(language, sent)}</code></pre>
        ${copyButton(id, portalMessages[page.language], language)}
      </div>
    </details>`;
  });
  return markup`<h3>${text.copyAs}</h3>
    ${sent.hasToken && markup`<p class="quiet">${text.tokenHint}</p>`} ${each}`;
}
