/** Common parts of the operators' pages: navigation, the signed-in operator, times, lists and paging. */
import type { Language } from '@dhp/negotiation';
import { page, type PageOptions } from '@dhp/sso-pages';
import { markup, type Html } from '@dhp/web-kit';
import { time } from '@dhp/sso-kit';
import { operatorStyle } from './operator-style.ts';
import { operatorMessages } from '../texts/operator.ts';

export const operatorTabs = [
  'overview',
  'users',
  'identity',
  'clients',
  'sessions',
  'keys',
  'policies',
  'access',
  'glass',
  'holds',
  'jobs',
  'subscriptions',
  'audit',
] as const;
/** `staff` is the page for administrators of an organisation. */
export type OperatorTab = (typeof operatorTabs)[number] | 'staff' | 'explain';
type PartOfPages = 'platform' | 'organization' | 'data-protection';

const tabsOf: Readonly<Record<PartOfPages, readonly OperatorTab[]>> = {
  platform: operatorTabs,
  organization: ['staff'],
  'data-protection': ['glass', 'holds', 'explain'],
};

export const operatePath = '/operate';
export const staffPath = `${operatePath}/staff`;
export const pathOfTab = (tab: OperatorTab): string => (tab === 'overview' ? operatePath : `${operatePath}/${tab}`);

export interface OperatorPageOptions extends PageOptions {
  timeZone: string;
  now: Date;
  /** The signed-in operator. */
  operator: { accountId: string; name: string };
  /** Part of the pages; the pages of one part do not link to those of another. */
  of: PartOfPages;
  /** Address of the page itself with its query, for links to it in other languages. */
  address: string;
  /** The result of the last act, shown at the top. */
  notice?: string | undefined;
}

export function operatorPage(
  tab: OperatorTab | undefined,
  o: OperatorPageOptions,
  { title, content }: { title: string; content: Html },
): string {
  const text = operatorMessages[o.language];
  const { title: platform, organizationTitle: organization, officerTitle } = text;
  const heading = { platform, organization, 'data-protection': officerTitle }[o.of];
  const tabs = tabsOf[o.of].map((one) => {
    const current = one === tab ? markup` aria-current="page"` : markup``;
    return markup`<a href="${pathOfTab(one)}"${current}>${text.tabs[one]}</a>`;
  });
  const notice = o.notice === undefined ? markup`` : markup`<p class="notice" role="status">${o.notice}</p>`;
  const main = markup`<div class="page-head"><h1>${heading}</h1><p>${text.signedInAs} <a href="/account">${o.operator.name}</a></p></div>
<nav class="tabs" aria-label="${heading}">${tabs}</nav>
${notice}${content}`;
  return page({
    language: o.language,
    title: `${title} · ${heading}`,
    main,
    languageLink: (language) => inLanguage(o.address, language),
    wide: 'full',
    moreStyle: operatorStyle,
  });
}

/** A page without links to the other pages, for a person who may not visit them. */
export function refusedPage(language: Language): string {
  const text = operatorMessages[language];
  const main = markup`<h1>${text.refused}</h1><p>${text.refusedHint}</p>
<p><a class="button" href="/account">${text.ownAccount}</a></p>`;
  return page({ language, title: text.refused, main, languageLink: (other) => inLanguage(operatePath, other) });
}

export function missingPage(o: OperatorPageOptions): string {
  const text = operatorMessages[o.language];
  return operatorPage(undefined, o, {
    title: text.missing,
    content: markup`<h2>${text.missing}</h2><p>${text.missingHint}</p>`,
  });
}

/** @param why the server's message, in English; undefined if the request asks for too much */
export function failedPage(o: OperatorPageOptions, why: string | undefined, back: string): string {
  const text = operatorMessages[o.language];
  const said =
    why === undefined
      ? markup`<p class="alarm" role="alert">${text.tooMuch}</p>`
      : markup`<p>${text.failedHint}</p><p class="alarm" role="alert" lang="en">${why}</p>`;
  return operatorPage(undefined, o, {
    title: text.failed,
    content: markup`<h2>${text.failed}</h2>${said}<p class="pages"><a class="button other" href="${back}">${text.back}</a></p>`,
  });
}

function inLanguage(address: string, language: Language): string {
  const url = new URL(address, 'http://here');
  url.searchParams.set('ui_locales', language);
  return url.pathname + url.search;
}

/** The name's first letter on a tile, as applications have it. */
export function tile(name: string): Html {
  const [first = '?'] = /[\p{L}\p{N}]/u.exec(name) ?? [];
  return markup`<span class="tile" aria-hidden="true">${first}</span>`;
}

export function chip(words: string, look: 'good' | 'bad' | 'wait' | 'plain-chip' | '' = ''): Html {
  return markup`<span class="chip ${look}">${words}</span>`;
}

export function card(title: string, content: Html, span = ''): Html {
  return markup`<section class="card ${span}"><h3>${title}</h3>${content}</section>`;
}

export interface Paged {
  /** Query of the next page. */
  older: string | undefined;
  /** Query of the first one, when this is another. */
  newest: string | undefined;
}

export function list(entries: readonly Html[], { older, newest }: Paged, o: OperatorPageOptions, label: string): Html {
  const text = operatorMessages[o.language];
  const link = (query: string | undefined, words: string): Html =>
    query === undefined ? markup`` : markup`<a class="button other" href="${query}">${words}</a>`;
  const found =
    entries.length === 0
      ? markup`<p class="quiet" role="status">${text.nothing}</p>`
      : markup`<ul class="entries" aria-label="${label}">${entries.map((entry) => markup`<li>${entry}</li>`)}</ul>`;
  return markup`${found}
<div class="pages"><p>${text.times({ zone: zoneName(o) })}</p><div class="actions">${link(newest, text.newest)}${link(older, text.older)}</div></div>`;
}

/** As `Asia/Tashkent (GMT+5)`. */
export function zoneName({ timeZone, language, now }: OperatorPageOptions): string {
  const parts = new Intl.DateTimeFormat(language === 'ru' ? 'ru-RU' : 'en-GB', {
    timeZone,
    timeZoneName: 'shortOffset',
  });
  const offset = parts.formatToParts(now).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return `${timeZone} (${offset})`;
}

/** A single time with its zone. */
export function timeWithZone(at: Date, o: OperatorPageOptions): Html {
  return markup`${time(at, o)} <small class="quiet">${zoneName(o)}</small>`;
}

export function facts(rows: readonly (readonly [string, Html | string] | undefined)[]): Html {
  const shown = rows.flatMap((row) => (row === undefined ? [] : [markup`<dt>${row[0]}</dt><dd>${row[1]}</dd>`]));
  return markup`<dl class="facts">${shown}</dl>`;
}

/** A drop-down of the searches. */
export function choice(
  name: string,
  label: string,
  options: readonly (readonly [value: string, words: string])[],
  chosen: string,
): Html {
  const shown = options.map(([value, words]) => {
    const selected = value === chosen ? markup` selected` : markup``;
    return markup`<option value="${value}"${selected}>${words}</option>`;
  });
  return markup`<div><label for="${name}">${label}</label><select id="${name}" name="${name}">${shown}</select></div>`;
}

/** The page of one object: its name, its acts, and its data. */
export function objectPage(
  tab: OperatorTab,
  o: OperatorPageOptions,
  thing: { title: string; picture: Html; name: string; id: Html | string; chips: Html; doings: Html; known: Html },
  more: Html = markup``,
): string {
  const { acts } = operatorMessages[o.language];
  const content = markup`<div class="object">${thing.picture}<div><h2>${thing.name}</h2><p class="quiet">${thing.id}</p></div><p class="chips">${thing.chips}</p></div>
<div class="sides"><aside class="stack" aria-label="${acts}">${card(acts, thing.doings)}${more}</aside><div class="stack">
${thing.known}
</div></div>`;
  return operatorPage(tab, o, { title: thing.title, content });
}
