/** The subscriptions of an application, one below the other. */
import { markup, type Html } from '@dhp/web-kit';
import { whole } from '../applications/pages.ts';
import type { Application } from '../applications/shapes.ts';
import { fact } from '../applications/fact.ts';
import type { Page } from '../page/layout.ts';
import { receiversMessages } from '../texts/receivers.ts';
import { subscriptionsMessages } from '../texts/subscriptions.ts';
import type { NotAnswered } from './fhir.ts';
import type { Listed, ShownSubscription } from './read.ts';
import { ageWords, failureWords, moment, wordOf } from './words.ts';

export interface ShownList {
  readonly application: Application;
  readonly found: Listed | NotAnswered | 'not-here';
  readonly now: number;
}

export function subscriptionsPage(page: Page, { application, found, now }: ShownList): string {
  const text = subscriptionsMessages[page.language];
  const { client_id: id, client_name: name } = application;
  const main = markup`<p class="quiet">${text.about}</p>
    ${listed(page, application, { found, now })}
    <p class="actions">
      <a class="button other" href="${page.root}applications/${id}/subscriptions">${text.refresh}</a>
      <a class="button other" href="${page.root}documents/notifications">${text.how}</a>
      ${application.environment === 'playground' && markup`<a class="button other" href="${page.root}applications/receivers">${receiversMessages[page.language].open}</a>`}
    </p>
    <p><a href="${page.root}applications/${id}">${text.back}</a></p>`;
  return whole({ ...page, styles: [page.assets.requests] }, text.title({ name }), main);
}

/** Why there is nothing to show. */
export function notAnswered({ language }: Page, why: NotAnswered): Html {
  const text = subscriptionsMessages[language];
  const alarm = (sentence: Html | string): Html => markup`<p class="alarm" role="alert">${sentence}</p>`;
  if (why.not === 'away') return alarm(text.away);
  if (why.not === 'refused' && why.status === 403) return alarm(text.scope);
  const said = why.not === 'token' && language !== 'en' ? markup`<span lang="en">${why.text}</span>` : why.text;
  return why.not === 'token' ? alarm(said) : alarm(text.refused({ reason: why.text }));
}

function listed(page: Page, application: Application, { found, now }: Pick<ShownList, 'found' | 'now'>): Html {
  const text = subscriptionsMessages[page.language];
  if (found === 'not-here')
    return markup`<p class="notice">${application.state === 'works' ? text.forPrograms : text.notYet}</p>`;
  if ('not' in found) return notAnswered(page, found);
  const { all, next } = found;
  if (all.length === 0)
    return markup`<p role="status">${text.none}</p>
      <p class="quiet">${text.noneHint}</p>`;
  const further = next && new URLSearchParams({ behind: next.behind, skipped: String(next.skipped) });
  return markup`<ul class="list subscriptions">
      ${all.map((one) => entry(page, application, one, now))}
    </ul>
    ${further !== undefined && markup`<p><a rel="next" href="${page.root}applications/${application.client_id}/subscriptions?${further.toString()}">${text.further}</a></p>`}`;
}

function entry(page: Page, { client_id: client }: Application, one: ShownSubscription, now: number): Html {
  const { id } = one;
  const { language, root } = page;
  const text = subscriptionsMessages[language];
  const [error] = one.errors;
  const wrong = error && (failureWords(error.code, language)?.cause ?? markup`<span lang="en">${error.text}</span>`);
  return markup`<li class="card">
    <div>
      <h2 class="small"><a href="${root}applications/${client}/subscriptions/${id}">${one.title ?? id}</a></h2>
      <p class="quiet">
        ${channelWords(page, one)} · <code translate="no">${id}</code> · ${text.numbers({ numbered: String(one.numbered) })}
      </p>
      <p class="quiet">${lagWords(page, one, now)}${nextAttempt(page, one)}</p>
      ${wrong !== undefined && markup`<p class="wrong">${wrong}</p>`}
    </div>
    ${stateChips(page, one)}
  </li>`;
}

function nextAttempt(page: Page, { delivery }: ShownSubscription): Html | undefined {
  if (delivery?.nextAttempt === undefined || delivery.failures === 0) return undefined;
  const { facts } = subscriptionsMessages[page.language];
  return markup` · ${facts.attempt}: ${moment(page, delivery.nextAttempt)}`;
}

const looks: ReadonlyMap<string, string> = new Map(Object.entries<string>({ error: 'failed', requested: 'waits' }));

export function stateChips({ language }: Page, { status, delivery }: ShownSubscription): Html {
  const { states } = subscriptionsMessages[language];
  return markup`<span class="chip ${looks.get(status) ?? ''}">${wordOf(states, status)}</span>
    ${delivery?.pausedSince !== undefined && markup`<span class="chip waits">${states.paused}</span>`}`;
}

export function channelWords({ language }: Page, { requested }: ShownSubscription): Html | string {
  const code = requested?.channel ?? '';
  const words = wordOf(subscriptionsMessages[language].channels, code);
  if (requested?.endpoint === undefined || requested.endpoint === '') return words;
  return markup`${words} <code translate="no">${requested.endpoint}</code>`;
}

/** How many events wait, and the oldest for how long. */
export function lagWords({ language }: Page, { delivery, numbered }: ShownSubscription, now: number): string {
  const text = subscriptionsMessages[language];
  if (delivery === undefined) return '';
  const count = numbered - delivery.taken;
  if (count <= 0 || delivery.waitingSince === undefined) return text.nothingWaits;
  return text.waiting({ count, age: ageWords(language, now - delivery.waitingSince.getTime()) });
}

/** Facts of one subscription. */
export function factsOf(page: Page, one: ShownSubscription, now: number): Html[] {
  const text = subscriptionsMessages[page.language];
  const { delivery, requested } = one;
  return [
    fact(text.facts.topic, markup`${one.title} <code translate="no">${one.topic}</code>`),
    fact(text.facts.channel, wordOf(text.channels, requested?.channel ?? '')),
    ...(requested === undefined || requested.endpoint === ''
      ? []
      : [fact(text.facts.endpoint, markup`<code translate="no">${requested.endpoint}</code>`)]),
    ...(requested === undefined
      ? []
      : [fact(text.facts.content, markup`<code translate="no">${requested.content}</code>`)]),
    fact(text.facts.numbered, String(one.numbered)),
    ...(delivery === undefined
      ? []
      : [fact(text.facts.taken, String(delivery.taken)), fact(text.facts.lag, lagWords(page, one, now))]),
    ...(delivery?.failingSince === undefined
      ? []
      : [
          fact(
            text.facts.failures,
            markup`${text.failed({ count: delivery.failures })} ${moment(page, delivery.failingSince)}`,
          ),
        ]),
    ...(delivery?.nextAttempt === undefined ? [] : [fact(text.facts.attempt, moment(page, delivery.nextAttempt))]),
  ];
}
