/** One subscription of an application: its state, its errors and what to do, its last events, and the buttons for its notifications. */
import { markup, type Html } from '@dhp/web-kit';
import { csrfField, whole } from '../applications/pages.ts';
import type { Application } from '../applications/shapes.ts';
import type { Page } from '../page/layout.ts';
import { countsChart } from '../requests/charts.ts';
import { subscriptionsMessages } from '../texts/subscriptions.ts';
import type { NotAnswered } from './fhir.ts';
import { factsOf, notAnswered, stateChips } from './list-page.ts';
import { mostEvents, type ShownOne } from './read.ts';
import type { SubscriptionError, Told } from './shapes.ts';
import { failureWords, moment } from './words.ts';

/** The outcome of a form. */
export type Outcome =
  | { readonly resent: true }
  | NotAnswered
  | { readonly milliseconds: number; readonly failed: SubscriptionError | undefined };

export interface ShownPage extends ShownOne {
  readonly application: Application;
  readonly outcome: Outcome | undefined;
  readonly now: number;
}

export function subscriptionPage(page: Page, shown: ShownPage): string {
  const { application, subscription, outcome, now } = shown;
  const text = subscriptionsMessages[page.language];
  const list = `${page.root}applications/${application.client_id}/subscriptions`;
  const isSent = subscription.delivery !== undefined && !['off', 'entered-in-error'].includes(subscription.status);
  const main = markup`${outcome !== undefined && outcomeOf(page, outcome)}
    <p>${stateChips(page, subscription)} <code translate="no">${subscription.id}</code></p>
    ${errorsOf(page, subscription.errors)}
    <dl class="facts">${factsOf(page, subscription, now)}</dl>
    ${shown.before === undefined && chart(page, shown)} ${isSent && doings(page, list, shown)}
    ${eventsTable(page, shown)} ${earlierLink(page, list, shown)}
    <p class="actions">
      <a class="button other" href="${list}/${subscription.id}">${text.refresh}</a>
      ${application.environment === 'playground' && markup`<a class="button other" href="${explorerLink(page, shown)}">${text.explorer}</a>`}
    </p>
    <p><a href="${list}">${text.backToList}</a></p>`;
  return whole({ ...page, styles: [page.assets.requests] }, subscription.title ?? subscription.id, main);
}

/** Of a subscription that cannot be shown now. */
export function unansweredPage(page: Page, { client_id: client }: Application, id: string, why: NotAnswered): string {
  const text = subscriptionsMessages[page.language];
  const main = markup`${notAnswered(page, why)}
    <p><a href="${page.root}applications/${client}/subscriptions">${text.backToList}</a></p>`;
  return whole(page, id, main);
}

const explorerLink = ({ root }: Page, { application, subscription }: ShownPage): string =>
  `${root}explorer?${new URLSearchParams({ application: application.client_id, method: 'GET', path: `/Subscription/${subscription.id}` }).toString()}`;

function outcomeOf(page: Page, outcome: Outcome): Html {
  const text = subscriptionsMessages[page.language];
  if ('resent' in outcome) return markup`<p class="notice" role="status">${text.resend.done}</p>`;
  if ('not' in outcome) return notAnswered(page, outcome);
  const count = String(outcome.milliseconds);
  if (outcome.failed === undefined)
    return markup`<p class="notice" role="status">${text.handshake.taken({ count })}</p>`;
  return markup`<div class="alarm" role="alert">
    <p>${text.handshake.failed({ count })}</p>
    ${causeAndCure(page, outcome.failed)}
  </div>`;
}

function errorsOf(page: Page, errors: readonly SubscriptionError[]): Html | undefined {
  if (errors.length === 0) return undefined;
  const text = subscriptionsMessages[page.language].errors;
  return markup`<section aria-labelledby="wrong" class="alarm">
    <h2 id="wrong" class="small">${text.heading}</h2>
    ${errors.map((error) => causeAndCure(page, error))}
  </section>`;
}

/** In the page's texts; an unknown error in the server's own text. */
function causeAndCure({ language }: Page, { code, text: said }: SubscriptionError): Html {
  const text = subscriptionsMessages[language].errors;
  const words = failureWords(code, language);
  if (words === undefined) return markup`<p lang="en">${said}</p>`;
  return markup`<p>${words.cause}</p>
    <p><strong>${text.cure}:</strong> ${words.cure}</p>
    <p class="quiet">${text.said}: <span lang="en">${said}</span></p>`;
}

const hour = 3_600_000;

/** Events of the last day by the hour in which they were stored: those that the receiver has accepted, and those that wait. */
function chart(page: Page, { subscription: { delivery, numbered }, events, now }: ShownPage): Html | undefined {
  const text = subscriptionsMessages[page.language].chart;
  const from = now - 24 * hour;
  const ofDay = events.filter(({ happened }) => happened !== undefined && happened.getTime() >= from);
  if (ofDay.length === 0) return undefined;
  const taken = delivery?.taken ?? numbered;
  const buckets = Array.from({ length: 24 }, (_, n) => {
    const inHour = ofDay.filter(({ happened }) => Math.min(23, Math.floor((happened!.getTime() - from) / hour)) === n);
    const fine = inHour.filter(({ number }) => number <= taken).length;
    const waits = inHour.length - fine;
    return { from: from + n * hour, fine, refused: waits, failed: 0, half: null, most: null };
  });
  const waiting = ofDay.filter(({ number }) => number > taken).length;
  const about = { count: ofDay.length, taken: String(ofDay.length - waiting), waiting: String(waiting) };
  const legend = (name: 'fine' | 'refused', words: string): Html =>
    markup`<span><i class="is-${name}"></i>${words}</span>`;
  return markup`<figure>
    <figcaption>
      <strong>${text.title}</strong>
      <span class="legend"
        >${legend('fine', delivery === undefined ? text.numbered : text.taken)} ${delivery !== undefined && legend('refused', text.waiting)}</span
      >
      <span>${text.about(about)}</span>
      ${ofDay.length === events.length && numbered > events.length && markup`<span>${text.part}</span>`}
    </figcaption>
    ${countsChart(buckets, { from, to: now, stretch: hour })}
  </figure>`;
}

function doings(page: Page, list: string, { subscription: { id, delivery, numbered } }: ShownPage): Html {
  const text = subscriptionsMessages[page.language];
  const taken = delivery?.taken ?? 0;
  const resend = markup`<form class="form" method="post" action="${list}/${id}">
    ${csrfField(page)}<input type="hidden" name="act" value="resend" />
    <h2 class="small">${text.resend.title}</h2>
    <p class="hint" id="resend-hint">${text.resend.about}</p>
    <label
      >${text.resend.number}
      <input
        type="number"
        name="from"
        required
        min="1"
        max="${String(Math.min(taken, numbered))}"
        value="${String(taken)}"
        aria-describedby="resend-hint"
    /></label>
    <button class="button">${text.resend.button}</button>
  </form>`;
  return markup`<div class="charts">
    <form class="form" method="post" action="${list}/${id}">
      ${csrfField(page)}<input type="hidden" name="act" value="handshake" />
      <h2 class="small">${text.handshake.title}</h2>
      <p class="hint">${text.handshake.about}</p>
      <button class="button">${text.handshake.button}</button>
    </form>
    ${taken > 0 && resend}
  </div>`;
}

function eventsTable(page: Page, { subscription, events }: ShownPage): Html {
  const text = subscriptionsMessages[page.language];
  const heading = markup`<h2>${text.events.title}</h2>`;
  if (events.length === 0) return markup`${heading}<p class="quiet" role="status">${text.events.none}</p>`;
  return markup`${heading}
    <p class="quiet">${text.events.about}</p>
    <table class="requests">
      <thead>
        <tr>
          <th scope="col">${text.events.number}</th>
          <th scope="col">${text.events.what}</th>
          <th scope="col">${text.events.time}</th>
          <th scope="col">${text.events.state}</th>
        </tr>
      </thead>
      <tbody>
        ${events.map((event) => eventRow(page, event, subscription.delivery?.taken))}
      </tbody>
    </table>`;
}

function earlierLink({ language }: Page, list: string, { subscription: { id }, events }: ShownPage): Html | undefined {
  const first = events.at(-1)?.number;
  if (first === undefined || first <= 1 || events.length < mostEvents) return undefined;
  const { earlier } = subscriptionsMessages[language].events;
  return markup`<p><a rel="next" href="${list}/${id}?before=${String(first)}">${earlier}</a></p>`;
}

function eventRow(page: Page, { number, focus, happened }: Told, taken: number | undefined): Html {
  const text = subscriptionsMessages[page.language];
  const isTaken = taken === undefined || number <= taken;
  const state = taken === undefined ? text.chart.numbered : isTaken ? text.chart.taken : text.chart.waiting;
  return markup`<tr class="${isTaken ? 'fine' : 'refused'}">
    <td>${String(number)}</td>
    <td>${focus === undefined ? text.events.hidden : markup`<code translate="no">${focus}</code>`}</td>
    <td>${happened !== undefined && moment(page, happened)}</td>
    <td><span class="chip">${state}</span></td>
  </tr>`;
}
