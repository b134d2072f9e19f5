/** The page of the requests of an application. */
import { markup, type Html } from '@dhp/web-kit';
import { whole } from '../applications/pages.ts';
import type { Application } from '../applications/shapes.ts';
import type { Page } from '../page/layout.ts';
import { requestsMessages } from '../texts/requests.ts';
import { addressOf, periods, statuses, type Asked } from './asked.ts';
import { countsChart, timesChart, type Span } from './charts.ts';
import { numbersOf, requestList } from './list.ts';
import type { Bucket, LogAnswer } from './shapes.ts';

export interface Shown {
  readonly application: Application;
  readonly asked: Asked;
  /** `away`: the FHIR server does not answer. `wrong`: the SSO does not understand the query. */
  readonly answer: LogAnswer | 'away' | { readonly wrong: string };
  readonly now: number;
}

export function requestsPage(page: Page, shown: Shown): string {
  const text = requestsMessages[page.language];
  const { application, asked } = shown;
  const { client_id: id, client_name: name } = application;
  const main = markup`<p class="quiet">
      ${text.about} ${application.environment === 'production' && text.masked}
    </p>
    ${searchForm(page, id, asked)} ${answered(page, shown)}
    <p><a href="${page.root}applications/${id}">${text.back}</a></p>`;
  return whole({ ...page, styles: [page.assets.requests] }, text.title({ name }), main);
}

function searchForm(page: Page, id: string, asked: Asked): Html {
  const text = requestsMessages[page.language];
  const servers = { fhir: text.servers.fhir, sso: text.servers.sso };
  return markup`<form class="form search" method="get" action="${page.root}applications/${id}/requests" role="search">
    ${choice('server', { label: text.servers.label, options: servers, chosen: asked.server })}
    ${choice('period', { label: text.period.label, options: pick(text.period, periods), chosen: asked.period })}
    ${choice('status', { label: text.status.label, options: pick(text.status, statuses), chosen: asked.status })}
    <label
      >${text.path}
      <input type="text" name="path" maxlength="200" value="${asked.path}" autocapitalize="none" spellcheck="false"
    /></label>
    <label
      >${text.requestId}
      <input type="text" name="request_id" maxlength="128" value="${asked.requestId}" autocapitalize="none" spellcheck="false"
    /></label>
    <button class="button">${text.find}</button>
  </form>`;
}

type Words = Readonly<Record<string, string>>;

/** Words in the order of a table. */
const pick = (words: Words, table: object): Words =>
  Object.fromEntries(Object.keys(table).map((name) => [name, words[name] ?? name]));

function choice(name: string, o: { label: string; options: Words; chosen: string }): Html {
  const options = Object.entries(o.options).map(
    ([value, words]) => markup`<option value="${value}"${value === o.chosen && markup` selected`}>${words}</option>`,
  );
  return markup`<label>${o.label} <select name="${name}">${options}</select></label>`;
}

function answered(page: Page, { application, answer, asked, now }: Shown): Html {
  const text = requestsMessages[page.language];
  const alarm = (sentence: string): Html => markup`<p class="alarm" role="alert">${sentence}</p>`;
  if (answer === 'away') return alarm(text.away);
  if ('wrong' in answer) return alarm(text.wrong({ reason: answer.wrong }));
  if (!answer.is_kept) return alarm(text.off);
  const { requests = [], buckets = [], stretch = 60_000, dropped = 0, next } = answer;
  if (requests.length === 0)
    return markup`<p role="status">${text.none}</p>
      <p class="quiet">${text.noneHint}</p>`;
  const span = { from: now - periods[asked.period], to: now + stretch, stretch };
  return markup`${charts(page, buckets, span)} ${dropped > 0 && markup`<p class="notice">${text.dropped({ count: dropped })}</p>`}
    ${requestList(page, requests, application)}
    <p class="actions">
      ${asked.before !== '' && markup`<a class="button other" href="${addressOf(asked)}">${text.newest}</a>`}
      ${next !== null && next !== undefined && markup`<a class="button other" href="${addressOf(asked, next)}">${text.older}</a>`}
    </p>`;
}

function charts({ language }: Page, buckets: readonly Bucket[], span: Span): Html {
  const text = requestsMessages[language].charts;
  const sum = (name: 'fine' | 'refused' | 'failed'): number => buckets.reduce((total, one) => total + one[name], 0);
  const number = numbersOf(language);
  const top = (name: 'half' | 'most'): string => number.format(Math.max(0, ...buckets.map((one) => one[name] ?? 0)));
  const counts = { fine: sum('fine'), refused: sum('refused'), failed: sum('failed') };
  return markup`<div class="charts">
    <figure>
      <figcaption>
        <strong>${text.counts}</strong> ${legend(text, ['fine', 'refused', 'failed'])}
        <span>${text.countsAbout(counts)}</span>
      </figcaption>
      ${countsChart(buckets, span)}
    </figure>
    <figure>
      <figcaption>
        <strong>${text.times}</strong> ${legend(text, ['half', 'most'])}
        <span>${text.timesAbout({ half: top('half'), most: top('most') })}</span>
      </figcaption>
      ${timesChart(buckets, span)}
    </figure>
  </div>`;
}

const legend = (
  text: Readonly<Record<'fine' | 'refused' | 'failed' | 'half' | 'most', string>>,
  names: readonly (keyof typeof text)[],
): Html =>
  markup`<span class="legend">${names.map((name) => markup`<span><i class="is-${name}"></i>${text[name]}</span>`)}</span>`;
