/** Subscriptions, and how far the notifications of each are. docs/notifications.md */
import { type EnvironmentName, time } from '@dhp/sso-kit';
import { markup, type Html } from '@dhp/web-kit';
import {
  behindOf,
  offered,
  type SubscriptionActName,
  type SubscriptionAt,
  type SubscriptionsAt,
} from '../access/subscription-answers.ts';
import { accessMessages } from '../texts/access.ts';
import { clientMessages } from '../texts/client.ts';
import { operatorMessages } from '../texts/operator.ts';
import { subscriptionMessages } from '../texts/subscription.ts';
import { subscriptionActMessages, type SubscriptionActMessages } from '../texts/subscription-act.ts';
import { chip, facts, operatePath, operatorPage, zoneName, type OperatorPageOptions } from './frame.ts';
import { questionPage, type Question } from './question-page.ts';

export const subscriptionsPath = `${operatePath}/subscriptions`;

export const subscriptionActWords = (
  act: SubscriptionActName,
  language: OperatorPageOptions['language'],
): SubscriptionActMessages[SubscriptionActName] => subscriptionActMessages[language][act];

interface SubscriptionsShown {
  readonly environment: EnvironmentName;
  /** Undefined if the environment does not answer. */
  readonly told: SubscriptionsAt | undefined;
}

export function subscriptionsPage(environments: readonly SubscriptionsShown[], o: OperatorPageOptions): string {
  const words = subscriptionMessages[o.language];
  const title = operatorMessages[o.language].tabs.subscriptions;
  const parts = environments.map(({ environment, told }) => {
    const heading = markup`<h3 class="place">${clientMessages[o.language][environment]}</h3>`;
    if (told === undefined) return markup`${heading}<p class="alarm">${accessMessages[o.language].away}</p>`;
    const more = told.hasMore ? markup`<p class="quiet">${words.more}</p>` : markup``;
    return markup`${heading}${figuresOf(told, o)}${listed(environment, told, o)}${more}`;
  });
  const content = markup`<div class="head-line"><h2>${title}</h2><a class="button other" href="${subscriptionsPath}">${words.refresh}</a></div>
<p class="quiet lead">${words.lead}</p>${parts}
<div class="pages"><p>${operatorMessages[o.language].times({ zone: zoneName(o) })}</p></div>`;
  return operatorPage('subscriptions', o, { title, content });
}

/** Summary of all subscriptions of an environment, beginning with the age of the oldest waiting event. */
function figuresOf({ figures }: SubscriptionsAt, o: OperatorPageOptions): Html {
  const words = subscriptionMessages[o.language];
  const { live, failed, behind, failing, oldest, isRead } = figures;
  const counts = { live, failed: String(failed), behind: String(behind), failing: String(failing) };
  const waits = oldest > 0 ? words.oldest({ age: ageWords(oldest, o) }) : words.noneWaits;
  const unread = live > 0 && !isRead ? markup`<p class="alarm">${words.unread}</p>` : markup``;
  return markup`${unread}<p><strong>${waits}</strong> ${words.figures(counts)}</p>`;
}

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

function ageWords(seconds: number, { language }: OperatorPageOptions): string {
  const [unit, size] = units.find(([, one]) => seconds >= one) ?? units[3];
  const format = new Intl.NumberFormat(language === 'en' ? 'en-GB' : language, {
    ...{ style: 'unit', unit, unitDisplay: 'long' },
  });
  return format.format(Math.max(1, Math.floor(seconds / size)));
}

function listed(environment: EnvironmentName, { subscriptions }: SubscriptionsAt, o: OperatorPageOptions): Html {
  const words = subscriptionMessages[o.language];
  if (subscriptions.length === 0) return markup`<p class="quiet empty" role="status">${words.empty}</p>`;
  const label = `${operatorMessages[o.language].tabs.subscriptions}: ${clientMessages[o.language][environment]}`;
  const entries = subscriptions.map((one) => markup`<li>${entry(environment, one, o)}</li>`);
  return markup`<ul class="entries" aria-label="${label}">${entries}</ul>`;
}

function entry(environment: EnvironmentName, one: SubscriptionAt, o: OperatorPageOptions): Html {
  const words = subscriptionMessages[o.language];
  const { id, client, person, topic, origin, reason, failure } = one;
  const whose = [client, person].filter((name) => name !== null).join(' · ');
  const doings = offered(one).map(
    (act) =>
      markup`<a class="button ${act === 'turn-off' ? 'danger' : 'other'}" href="${subscriptionsPath}/${environment}/${id}/${act}">${subscriptionActWords(act, o.language).label}</a>`,
  );
  const wrong = reason ?? failure;
  const said = wrong === null ? markup`` : markup`<small class="below" lang="en">${wrong}</small>`;
  return markup`<div class="entry job"><span><strong>${id}</strong><small class="below">${whose}</small><small class="below">${topic ?? ''}</small></span>
<span>${stateOf(one, o)}<small class="below">${origin ?? words.noReceiver}</small>${said}</span><small>${farOf(one, o)}</small><span class="actions">${doings}</span></div>`;
}

function stateOf({ status, paused, tries }: SubscriptionAt, o: OperatorPageOptions): Html {
  const words = subscriptionMessages[o.language];
  const names: Readonly<Record<string, string>> = words.states;
  const look =
    status === 'error' ? 'bad' : status === 'active' ? 'good' : status === 'requested' ? 'wait' : 'plain-chip';
  return markup`${chip(Object.hasOwn(names, status) ? names[status]! : status, look)} ${paused === null ? '' : chip(words.paused, 'wait')} ${tries === 0 ? '' : chip(words.failing({ count: tries }), 'bad')}`;
}

/** Event numbers, and since when events wait. */
function farOf(one: SubscriptionAt, o: OperatorPageOptions): Html {
  const words = subscriptionMessages[o.language];
  const { numbered, acknowledged, behindSince, paused, changed } = one;
  const numbers =
    acknowledged === null
      ? words.numbered({ numbered: String(numbered) })
      : words.numbers({ taken: String(acknowledged), numbered: String(numbered) });
  const line = (name: string, moment: string | null): Html =>
    moment === null ? markup`` : markup`<br>${name} ${time(new Date(moment), o)}`;
  const waits = line(words.waits, behindOf(one) > 0 ? behindSince : null);
  return markup`${numbers}${waits}${line(words.pausedSince, paused)}${line(words.changed, changed)}`;
}

export interface SubscriptionAsked {
  readonly environment: EnvironmentName;
  readonly subscription: SubscriptionAt;
  readonly act: SubscriptionActName;
}

export function subscriptionQuestion(
  { environment, subscription, act }: SubscriptionAsked,
  o: OperatorPageOptions,
  again: Question['again'],
): string {
  const words = subscriptionMessages[o.language];
  const { id, client, person, topic, origin, failure } = subscription;
  const some: [string, Html | string | null][] = [
    [words.environment, clientMessages[o.language][environment]],
    [words.client, client === null ? null : markup`<code>${client}</code>`],
    [words.person, person === null ? null : markup`<code>${person}</code>`],
    [words.topic, topic],
    [words.receiver, origin],
    [words.state, markup`${stateOf(subscription, o)} ${farOf(subscription, o)}`],
    [words.last, failure === null ? null : markup`<span lang="en">${failure}</span>`],
  ];
  const known = facts(
    some.flatMap(([name, value]): [string, Html | string][] => (value === null ? [] : [[name, value]])),
  );
  const question = {
    tab: 'subscriptions',
    act: subscriptionActWords(act, o.language),
    name: id,
    about: known,
  } as const;
  const action = `${subscriptionsPath}/${environment}/${id}/${act}`;
  return questionPage({ ...question, action, back: subscriptionsPath, isDangerous: act !== 'resume', again }, o);
}
