/**
 * `POST /oauth/mails`: FHIR servers of the installation request mails of Subscriptions here, each request for one Subscription and one
 * address, signed like those of `/oauth/standing`. docs/decisions/0123-mails-of-subscriptions.md
 */
import type { FastifyInstance } from 'fastify';
import type { MailAnswer, MailQuestion, Recipients } from '@dhp/accounts/recipients';
import { isPageLanguage, languages } from '@dhp/negotiation';
import type { EnvironmentName } from '@dhp/sso-kit';
import { addQuestions, objectIn, type QuestionOptions } from './server-questions.ts';

export const mailsPath = '/oauth/mails';

interface Asked {
  readonly question: MailQuestion;
  readonly act: 'begin' | 'look' | { readonly since: number; readonly until: number };
}

/** Bytes of a question. */
const mostBytes = 16_384;

export interface MailsOptions extends QuestionOptions {
  /** Undefined if no mails are sent: each request is then answered with `none`. */
  readonly recipients: Recipients | undefined;
}

export function addMails(app: FastifyInstance, o: MailsOptions): void {
  const endpoint = {
    ...{ path: mailsPath, typ: 'dhp-mails', limited: 'mails:', mostBytes },
    refusals: { stranger: 'mails-key-missing', malformed: 'mails-malformed' },
    async answer(body: Buffer, environment: EnvironmentName) {
      const asked = askedIn(body);
      return asked && { answer: await answerTo(asked, environment, o.recipients) };
    },
  } as const;
  addQuestions(app, endpoint, o);
}

function answerTo(
  { question, act }: Asked,
  environment: EnvironmentName,
  recipients: Recipients | undefined,
): Promise<MailAnswer | { readonly state: 'none' }> {
  if (recipients === undefined) return Promise.resolve({ state: 'none' });
  if (act === 'begin') return recipients.begin(environment, question);
  if (act === 'look') return recipients.look(environment, question);
  return recipients.tell(environment, question, act);
}

/** Undefined if the body has another form. */
function askedIn(body: Buffer): Asked | undefined {
  const sent = objectIn(body) ?? {};
  const { subscription, topic, request, address, client, titles, language, act, since, until } = sent;
  const isNamed = isText(subscription, 64) && isText(topic, 2_000) && isText(request, 100) && isClient(client);
  if (!isNamed || !isAddress(address) || typeof titles !== 'object' || titles === null) return undefined;
  const words = titles as Readonly<Record<string, unknown>>;
  const kept = languages.flatMap((one) => (isText(words[one], 1_000) ? [[one, words[one]] as const] : []));
  const question: MailQuestion = {
    ...{ subscription, topic, request, address, client, titles: Object.fromEntries(kept) },
    language: isPageLanguage(language) ? language : undefined,
  };
  if (act === 'begin' || act === 'look') return { question, act };
  if (act !== 'tell' || !isNumber(since) || !isNumber(until) || since > until) return undefined;
  return { question, act: { since, until } };
}

/**
 * One address in ASCII, in the form that the FHIR servers accept: nothing that a mail program could take for two addresses or for a header
 * line.
 */
function isAddress(value: unknown): value is string {
  return isText(value, 254) && /^[\w.+'=&~-]{1,64}@(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)+[a-z][a-z\d-]*$/i.test(value);
}

/** Callers who are persons have a colon in their names; ids of clients have none. */
function isClient(value: unknown): value is string {
  return isText(value, 200) && !value.includes(':');
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longest;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
