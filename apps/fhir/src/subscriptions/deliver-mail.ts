/** One turn of a lane to an e-mail address: its confirmation, a mail about the next events, or a check whether mails may still be sent. */
import type { DeliveryFailure } from '@dhp/fhir-store/subscriptions';
import { statusOf as httpStatusOf } from '../http/errors.ts';
import { activeTopics } from '../topics/find-topic.ts';
import { askedEvents } from './ask-events.ts';
import { mostEvents } from './channel.ts';
import type { MailAct, MailAnswer, Mails, MailSubject } from './mails.ts';
import { listOf } from './request-identifier.ts';
import { bearerOf } from './owners.ts';
import { failed, settle, type DeliverMeans, type Hooked } from './turn.ts';

type Json = Readonly<Record<string, unknown>>;

/** Events of one mail; they are requested in groups of a hundred to check for each whether its owner may still be notified. */
const mostOfMail = 10 * mostEvents;
/** Seconds after which a Subscription without events checks whether its recipient has ended it. */
const lookEvery = 3_600;

export async function mailTurn(hooked: Hooked, means: DeliverMeans): Promise<void> {
  const { lane } = hooked;
  const { mails } = means;
  if (mails === undefined)
    return end(hooked, means, 'error', 'This server sends no mails any more. Request another channel.');
  const subject = await subjectOf(hooked, means);
  if (lane.status === 'requested') return begin(hooked, means, await asked(mails, subject, { act: 'begin' }));
  if (lane.acknowledged < lane.numbered) return tell(hooked, means, mails, subject);
  const { state } = await asked(mails, subject, { act: 'look' });
  if (state === 'ended' || state === 'unconfirmed') return notAgreed(hooked, means, state);
  await means.store.passLane(lane, { acknowledged: lane.acknowledged, seconds: lookEvery, isSent: false });
}

/** An SSO that does not answer is treated as a receiver that does not answer. */
async function asked(mails: Mails, subject: MailSubject, act: MailAct): Promise<MailAnswer> {
  try {
    return await mails.ask(subject, act);
  } catch (error) {
    return { state: 'failed', reason: `SSO: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function subjectOf({ lane, channel, owner, resource }: Hooked, means: DeliverMeans): Promise<MailSubject> {
  const { unguarded, timeZone, baseUrl, standing } = means;
  // A notification with the content `empty` does not name it.
  const name = String(resource['topic']);
  const [topic] = await activeTopics(unguarded, name, { timeZone, baseUrl, now: standing.clock() });
  const { language } = resource;
  return {
    ...{ subscription: lane.subscription, topic: name, request: lane.request ?? '' },
    ...{ address: channel.endpoint, client: owner.access.clientId, titles: titlesOf(topic?.resource ?? {}) },
    ...(typeof language === 'string' && {
      language: language.split('-', 1)[0] === 'uz' ? language : language.slice(0, 2),
    }),
  };
}

const translation = 'http://hl7.org/fhir/StructureDefinition/translation';

/** The title of a topic and its translations. If the topic has no language of these, its title counts as English. */
function titlesOf({ title, name, language, _title }: Json): Record<string, string> {
  const main = typeof title === 'string' ? title : typeof name === 'string' ? name : undefined;
  if (main === undefined) return {};
  const own = typeof language === 'string' && /^(?:uz|ru|en)\b/.test(language) ? language.slice(0, 2) : 'en';
  const [more] = listOf([_title]);
  const translated = listOf(more?.['extension']).flatMap(({ url, extension }) => {
    const valueAt = (name: string): Json | undefined => listOf(extension).find((one) => one['url'] === name);
    const [lang, content] = [valueAt('lang')?.['valueCode'], valueAt('content')?.['valueString']];
    const isTitle = url === translation && typeof lang === 'string' && typeof content === 'string';
    return isTitle ? [[lang.slice(0, 2), content] as const] : [];
  });
  return { ...Object.fromEntries(translated), [own]: main };
}

/** The status remains `requested` until the address is confirmed; events numbered meanwhile are announced afterwards. */
async function begin(hooked: Hooked, means: DeliverMeans, answer: MailAnswer): Promise<void> {
  const { lane } = hooked;
  const { store } = means;
  const { state, seconds = lookEvery, by = '', reason = '' } = answer;
  if (state === 'waiting') {
    await store.passLane(lane, { acknowledged: lane.acknowledged, seconds, rest: seconds, isSent: false });
  } else if (state === 'confirmed') {
    await settle(hooked, means, { wanted: 'active', reason: null });
    await store.passLane(lane, { acknowledged: lane.acknowledged, seconds: lookEvery });
  } else if (state === 'ended') await notAgreed(hooked, means, state);
  else if (state === 'expired')
    await end(hooked, means, 'error', 'The address was not confirmed within two days. Request it again.');
  else if (state === 'limited') await end(hooked, means, 'error', limitations.get(by) ?? limitations.get('other')!);
  else if (state === 'none')
    await end(hooked, means, 'error', 'This installation sends no mails. Request another channel.');
  else {
    const text = reason === '' ? `the SSO answered ${state}` : reason;
    await failed(hooked, means, { code: 'no-answer', text });
  }
}

const limitations: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    client: 'Its client has asked too many addresses for a confirmation today. Request it again tomorrow.',
    address:
      'The address was asked for a confirmation several times in the last 30 days, and has not confirmed. Ask its owner, and request it again when the 30 days are over.',
    refusal: 'The owner of the address has refused the notifications of this client. Use another channel.',
    other: 'No mail may be sent to the address now. Request it again later.',
  }),
);

async function tell(hooked: Hooked, means: DeliverMeans, mails: Mails, subject: MailSubject): Promise<void> {
  const { lane } = hooked;
  const since = lane.acknowledged + 1;
  const until = Math.min(lane.numbered, lane.acknowledged + mostOfMail);
  const refused = await refusedEvents(hooked, means, { since, until });
  if (refused !== undefined) return failed(hooked, means, refused);
  const { state, seconds = lookEvery, reason, isFinal } = await asked(mails, subject, { act: 'tell', since, until });
  if (state === 'told') await means.store.passLane(lane, { acknowledged: until, seconds: lookEvery, rest: seconds });
  else if (state === 'later') {
    const { acknowledged } = lane;
    await means.store.passLane(lane, { acknowledged, seconds, rest: seconds, isSent: false });
  } else if (state === 'ended' || state === 'unconfirmed') await notAgreed(hooked, means, state);
  else if (isFinal === true) {
    const why = `The mail server does not take mails to the address: it answered ${reason ?? ''}. Mend it, and request it again.`;
    await end(hooked, means, 'error', why);
  } else {
    const text = `the mail was not taken: ${reason ?? state}`;
    await failed(hooked, means, { code: 'no-answer', text });
  }
}

/**
 * Each delivery is a request by the owner, checked against its rights and recorded, although the mail contains nothing of the events.
 * @returns why no mail may be sent
 */
async function refusedEvents(
  { lane, channel, owner }: Hooked,
  means: DeliverMeans,
  { since, until }: { readonly since: number; readonly until: number },
): Promise<DeliveryFailure | undefined> {
  const bearer = bearerOf(owner, means.standing);
  for (let from = since; from <= until; from += mostEvents) {
    const to = Math.min(until, from + mostEvents - 1);
    try {
      await askedEvents(means, bearer, { id: lane.subscription, since: from, until: to, accept: channel.mimeType });
    } catch (error) {
      const status = httpStatusOf(error);
      if (status >= 500) throw error;
      const text = `its owner may not read the events ${String(from)} to ${String(to)} (${String(status)})`;
      return { code: 'not-readable', text };
    }
  }
  return undefined;
}

function notAgreed(hooked: Hooked, means: DeliverMeans, state: 'ended' | 'unconfirmed'): Promise<void> {
  return state === 'ended'
    ? end(hooked, means, 'off', 'Whoever reads the address has ended the notifications by a link of a mail.')
    : end(hooked, means, 'error', 'The address is not confirmed any more. Request it again, and a link is sent to it.');
}

async function end(hooked: Hooked, means: DeliverMeans, wanted: 'error' | 'off', reason: string): Promise<void> {
  const isOurs = await means.store.failLane(hooked.lane, undefined);
  if (isOurs) await settle(hooked, means, { wanted, reason });
}
