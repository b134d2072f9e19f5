/**
 * Mails of Subscriptions: sent to addresses whose owners have agreed by a link, about events of which the mails state only the number. The
 * FHIR servers request them; they cannot send mail themselves, and do not know which addresses are confirmed.
 * docs/decisions/0123-mails-of-subscriptions.md
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { AuditEvent } from '@dhp/audit';
import { languages, textLanguageOf, type Language, type TextLanguage } from '@dhp/negotiation';
import type { Sql } from '@dhp/postgres';
import { transact, type EnvironmentName } from '@dhp/sso-kit';
import type { Queue } from '../messages/outbox.ts';
import type { Sender } from '../messages/sender.ts';
import { hashOf } from '../own/link.ts';
import {
  askRecipient,
  countUnconfirmed,
  endRecipient,
  lockAddress,
  noteTold,
  selectAsked,
  selectRecipient,
  selectRecipientById,
  takeAsked,
  type RecipientKey,
  type RecipientRow,
} from '../store/mail-recipients.ts';
import { selectNames } from '../store/names.ts';
import { takeAttempt, type ThrottlePolicy } from '../store/throttle.ts';
import { recipientMessages } from '../texts/recipient.ts';
import { recipientKeys, type RecipientKeys } from './keys.ts';

/** The name that replaces the client's id for a person who asks for mails about their own record. */
export const ownClientOf = (accountId: string): string => `account:${accountId}`;
const isOwn = (client: string): boolean => client.startsWith('account:');

export const confirmMailsPath = '/notifications/confirm';
export const endMailsPath = '/notifications/end';
/** The page that shows who has opened the person's own record. */
const ownRecordPath = '/account/access';

/** The title of a topic by language, as far as there are titles. */
type Titles = Partial<Record<TextLanguage, string>>;

/** Of a FHIR server, about one Subscription and one address. */
export interface MailQuestion {
  readonly subscription: string;
  /** Its canonical. */
  readonly topic: string;
  /** Identifies the request; changes whenever the Subscription is requested again. */
  readonly request: string;
  readonly address: string;
  readonly client: string;
  readonly titles: Titles;
  /** Used until the recipient has chosen a language. */
  readonly language: Language | undefined;
}

/** Seconds: after which it is worth asking again. */
export type MailAnswer =
  | { readonly state: 'confirmed' | 'unconfirmed' | 'ended' | 'expired' }
  | { readonly state: 'waiting' | 'later' | 'told'; readonly seconds: number }
  | { readonly state: 'limited'; readonly by: 'client' | 'address' | 'refusal' }
  /** The error code of the mail server; final if it does not accept mails to the address. */
  | { readonly state: 'failed'; readonly reason: string; readonly isFinal: boolean };

/** A recipient as the pages show it. */
export interface ShownRecipient {
  /** Undefined if a person asked for mails about their own record. */
  readonly application: string | undefined;
  /** The title of the topic in a language; '' if it has none. */
  readonly titleIn: (language: Language) => string;
}

export interface Recipients {
  /** Sends the request for confirmation to the address, unless this was done. */
  begin(environment: EnvironmentName, question: MailQuestion): Promise<MailAnswer>;
  /** Sends one mail about the events between two numbers. */
  tell(environment: EnvironmentName, question: MailQuestion, events: Events): Promise<MailAnswer>;
  /** Whether mails may be sent. */
  look(environment: EnvironmentName, question: MailQuestion): Promise<MailAnswer>;
  /** The recipient of a confirmation link; undefined if the link is invalid. */
  asked(token: string): Promise<ShownRecipient | undefined>;
  /** @returns whether the link was valid; it is valid once */
  decide(token: string, state: 'confirmed' | 'refused', language: Language): Promise<boolean>;
  /** The recipient of a link that ends mails, and whether they have ended. */
  known(token: string): Promise<(ShownRecipient & { readonly isEnded: boolean }) | undefined>;
  /** Ends the mails of one Subscription to one address. @returns whether the link was valid */
  end(token: string): Promise<boolean>;
}

interface Events {
  readonly since: number;
  readonly until: number;
}

/** In seconds, except for counts. */
export interface MailLimits {
  /** For which a link of a confirmation is good. */
  readonly link: number;
  /** The least time between two checks of whether the link was used. */
  readonly wait: number;
  /** Mails that ask for a confirmation: of a client, and to a domain. */
  readonly perClient: ThrottlePolicy;
  readonly perDomain: ThrottlePolicy;
  /** The most unconfirmed requests to an address in the time for which they are remembered: from one client, and from all. */
  readonly perAddressOfClient: number;
  readonly perAddress: number;
  readonly remembered: number;
  /** Mails about events to an address, of all Subscriptions. */
  readonly told: ThrottlePolicy;
}

const usualMailLimits: MailLimits = {
  link: 2 * 86_400,
  wait: 5,
  perClient: { free: 20, firstDelay: 3_600, longestDelay: 86_400, forgets: 4_320 },
  perDomain: { free: 300, firstDelay: 600, longestDelay: 3_600, forgets: 60 },
  perAddressOfClient: 2,
  perAddress: 5,
  remembered: 30 * 86_400,
  told: { free: 30, firstDelay: 600, longestDelay: 3_600, forgets: 1_200 },
};

export interface RecipientsOptions {
  readonly sql: Sql;
  readonly queue: Queue;
  readonly send: Sender;
  readonly issuer: string;
  /** The page at which people sign in to see what happened. */
  readonly signInAt: string;
  readonly encryptionKey: Buffer;
  readonly defaultLanguage: Language;
  readonly clock: () => Date;
  readonly record: (event: Omit<AuditEvent, 'recorded' | 'address'>) => void;
  /** Called with errors of mails that the mail server did not accept. */
  readonly onFault: (error: unknown) => void;
  /** The least seconds between two mails of a Subscription (default an hour). */
  readonly interval?: number | undefined;
  readonly limits?: Partial<MailLimits> | undefined;
}

interface Means extends RecipientsOptions {
  readonly limits: MailLimits;
  readonly keys: RecipientKeys;
  readonly interval: number;
}

export function openRecipients(options: RecipientsOptions): Recipients {
  const limits = { ...usualMailLimits, ...options.limits };
  const keys = recipientKeys(options.encryptionKey);
  const means = { ...options, limits, keys, interval: options.interval ?? 3_600 };
  const { sql, clock } = means;
  const keyOf = (environment: EnvironmentName, question: MailQuestion): RecipientKey => {
    const { subscription, topic, client: clientId, address } = question;
    return { environment, subscription, topic, clientId, addressHash: keys.addressHash(address) };
  };
  const named = async (token: string): Promise<RecipientRow | undefined> => {
    const id = keys.idIn(token);
    return id === undefined ? undefined : selectRecipientById(sql, id);
  };
  return {
    begin: (environment, question) => begin(keyOf(environment, question), question, means),
    tell: (environment, question, events) => tell(keyOf(environment, question), question, events, means),
    async look(environment, question) {
      return { state: stateOf(await selectRecipient(sql, keyOf(environment, question), clock())) };
    },
    async asked(token) {
      const row = await selectAsked(sql, hashOf(token), clock());
      return row && shown(row, means);
    },
    async decide(token, state, language) {
      const row = await takeAsked(sql, hashOf(token), { state, language, now: clock() });
      if (row !== undefined) note(means, `recipient.${state}`, row);
      return row !== undefined;
    },
    async known(token) {
      const row = await named(token);
      return row && { ...(await shown(row, means)), isEnded: row.state !== 'confirmed' };
    },
    async end(token) {
      const row = await named(token);
      if (row !== undefined && (await endRecipient(sql, row.recipient_id))) note(means, 'recipient.ended', row);
      return row !== undefined;
    },
  };
}

async function shown(row: RecipientRow, { sql }: Means): Promise<ShownRecipient> {
  const titles = JSON.parse(row.titles) as Titles;
  return {
    application: isOwn(row.client_id) ? undefined : await applicationOf(row.client_id, row, sql),
    titleIn: (language) => titleOf(titles, language),
  };
}

async function applicationOf(
  client: string,
  { environment }: { readonly environment: EnvironmentName },
  sql: Sql,
): Promise<string> {
  const { clients } = await selectNames(sql, { accounts: [], clients: [client], environment });
  return plainWords(clients.get(client) ?? client);
}

function note(
  { record }: Means,
  event: AuditEvent['event'],
  { client_id: clientId, environment, subscription }: Pick<RecipientRow, 'client_id' | 'environment' | 'subscription'>,
  more = '',
): void {
  record({ event, clientId, reason: `Subscription/${subscription} (${environment})${more}` });
}

function stateOf(row: RecipientRow | undefined): 'confirmed' | 'unconfirmed' | 'ended' {
  if (row?.state === 'confirmed') return 'confirmed';
  return row === undefined || row.state === 'waiting' ? 'unconfirmed' : 'ended';
}

async function begin(key: RecipientKey, question: MailQuestion, means: Means): Promise<MailAnswer> {
  const { sql, clock, limits } = means;
  const { address, client } = question;
  const now = clock();
  const before = answerBefore(await selectRecipient(sql, key, now), question, { now, limits });
  if (before !== undefined) return before;
  // The client's limit first: a refused client has then used up nothing of the limits that others share.
  const ofClient = await takeAttempt(sql, `mail-client:${key.environment}:${client}`, limits.perClient, now);
  if (ofClient !== undefined) return { state: 'limited', by: 'client' };
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  const ofDomain = await takeAttempt(sql, `mail-domain:${domain}`, limits.perDomain, now);
  if (ofDomain !== undefined) return { state: 'waiting', seconds: secondsTo(ofDomain, now) };
  const application = await applicationOf(client, key, sql);
  const answer = await transact(sql, (transaction) => ask(transaction, key, question, { ...means, application, now }));
  if (answer === 'asked') {
    note(means, 'recipient.asked', { ...key, client_id: client });
    return { state: 'waiting', seconds: limits.wait };
  }
  return answer;
}

/** Queues the mail with the link, unless the address has received too many. */
async function ask(
  transaction: Parameters<Parameters<typeof transact>[1]>[0],
  key: RecipientKey,
  question: MailQuestion,
  { now, application, limits, defaultLanguage, issuer, queue }: Means & { application: string; now: Date },
): Promise<MailAnswer | 'asked'> {
  const { request, address } = question;
  await lockAddress(transaction, key.addressHash);
  const meanwhile = answerBefore(await selectRecipient(transaction, key, now), question, { now, limits });
  if (meanwhile !== undefined) return meanwhile;
  const since = new Date(now.getTime() - 1_000 * limits.remembered);
  const counted = await countUnconfirmed(transaction, { ...key, since });
  if (counted.isRefused) return { state: 'limited', by: 'refusal' };
  const isMuch = counted.own >= limits.perAddressOfClient || counted.all >= limits.perAddress;
  if (isMuch) return { state: 'limited', by: 'address' };
  const token = randomBytes(32).toString('base64url');
  const language = question.language ?? defaultLanguage;
  const expires = new Date(now.getTime() + 1_000 * limits.link);
  const asked = { id: randomUUID(), request, titles: JSON.stringify(question.titles), language };
  await askRecipient(transaction, key, { ...asked, linkHash: hashOf(token), now, expires });
  const { confirmSubject: subject, confirmText, confirmOwnText } = recipientMessages[language];
  const link = `${issuer}${confirmMailsPath}?token=${token}`;
  const text = isOwn(key.clientId) ? confirmOwnText({ link }) : confirmText({ application, link });
  await queue(transaction, { to: address, subject, text, isAutomatic: true, seconds: limits.link });
  return 'asked';
}

/** Seconds: a link is usually confirmed either soon or much later. */
const longestWait = 300;

/** The answer that needs no further mail. */
function answerBefore(
  row: RecipientRow | undefined,
  { request }: MailQuestion,
  { now, limits }: { readonly now: Date; readonly limits: MailLimits },
): MailAnswer | undefined {
  if (row === undefined) return undefined;
  const state = stateOf(row);
  if (state !== 'unconfirmed') return { state };
  if (row.expires_at <= now) return row.request === request ? { state: 'expired' } : undefined;
  const age = (now.getTime() - row.asked_at.getTime()) / 1_000;
  return { state: 'waiting', seconds: Math.min(longestWait, Math.max(limits.wait, age / 10)) };
}

const leastPause = 60;

function secondsTo(time: Date, now: Date): number {
  return Math.max(leastPause, (time.getTime() - now.getTime()) / 1_000);
}

/** Seconds for which a sent mail is remembered: a FHIR server that has not received the answer asks again within this time. */
const remembered = 600;

async function tell(
  key: RecipientKey,
  { address, titles }: MailQuestion,
  { since, until }: Events,
  means: Means,
): Promise<MailAnswer> {
  const { sql, clock, limits, interval } = means;
  const now = clock();
  const row = await selectRecipient(sql, key, now);
  const state = stateOf(row);
  if (row === undefined || state !== 'confirmed') return { state };
  const age = row.told_at === null ? Infinity : (now.getTime() - row.told_at.getTime()) / 1_000;
  if (row.told === String(until) && age < Math.min(remembered, interval))
    return { state: 'told', seconds: interval - age };
  if (age < interval) return { state: 'later', seconds: interval - age };
  const full = await takeAttempt(sql, `mail-told:${key.addressHash.toString('base64url')}`, limits.told, now);
  if (full !== undefined) return { state: 'later', seconds: secondsTo(full, now) };
  const failed = await send({ address, titles, since, until }, row, means);
  if (failed !== undefined) return failed;
  await noteTold(sql, row.recipient_id, until, now);
  note(means, 'notification.sent', row, ` ${String(since)}-${String(until)}`);
  return { state: 'told', seconds: interval };
}

/** @returns undefined if the mail server has accepted it */
async function send(
  { address, titles, since, until }: Events & Pick<MailQuestion, 'address' | 'titles'>,
  row: RecipientRow,
  means: Means,
): Promise<MailAnswer | undefined> {
  const { issuer, signInAt: link, keys, onFault } = means;
  const { toldSubject, toldText, untitled, openedTitle, openedText } = recipientMessages[row.language];
  const isOfOwnRecord = isOwn(row.client_id);
  const title = isOfOwnRecord ? openedTitle : titleOf(titles, row.language) || untitled;
  const endAt = `${issuer}${endMailsPath}?token=${keys.endToken(row.recipient_id)}`;
  const count = until - since + 1;
  const text = isOfOwnRecord
    ? openedText({ count, link: `${issuer}${ownRecordPath}`, end: endAt })
    : toldText({ title, count, link, end: endAt });
  try {
    const message = { to: address, subject: toldSubject({ title }), text, isAutomatic: true, endAt };
    await means.send(message, `${row.recipient_id}.${String(until)}`);
    return undefined;
  } catch (error) {
    onFault(error);
    const { code, responseCode, command } = error as { code?: string; responseCode?: number; command?: string };
    const reason = String(responseCode ?? code ?? 'failed').slice(0, 40);
    note(means, 'notification.not-sent', row, ` ${reason}`);
    // Final if the server refused the recipient or the mail (RFC 5321, 4.2.1), but not if it refused the sender: the operator must correct
    // that.
    const isAboutMail = command === 'RCPT TO' || command === 'DATA';
    return { state: 'failed', reason, isFinal: isAboutMail && (responseCode ?? 0) >= 500 };
  }
}

/** Characters of a title. */
const longestTitle = 100;

/**
 * Texts of others, such as names of applications and titles of topics; they must not be able to imitate text of the platform. Only letters,
 * digits and a few punctuation marks on one line are kept: no address that a mail program turns into a link, and no line that looks like
 * another part of the mail or its header.
 * @returns at most 100 characters
 */
function plainWords(text: string): string {
  const plain = text.normalize('NFC').replace(/[^\p{L}\p{M}\p{N} ()'’‘ʻʼ,;&№"«»–-]+/gu, ' ');
  return Array.from(plain.replace(/ +/g, ' ').trim()).slice(0, longestTitle).join('').trim();
}

/** The title in the language, otherwise in another one; an empty text if there is none, for which the caller has a default. */
function titleOf(titles: Titles, language: Language): string {
  const own = textLanguageOf(language);
  const found = [own, ...languages].map((one) => plainWords(titles[one] ?? ''));
  return found.find((title) => title !== '') ?? '';
}
