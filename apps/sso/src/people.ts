/** Wires the parts for people: signing in and its factors, their account, the operators' pages, and messages to them. */
import { hkdfSync } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { openAccounts, type Accounts } from '@dhp/accounts';
import { openClosing, openEmailChange, openSignUp, type Closing, type EmailChange } from '@dhp/accounts/own';
import { temporarySeconds, openFactors, openPaperCodes, type Factors } from '@dhp/accounts/sign-in';
import { defaultSession, isAtSharedWorkstation } from '@dhp/protocol';
import {
  addAccountPages,
  openChoosePatient,
  addPaperCodePage,
  addRecipientPages,
  addPasswordPages,
  addSignUpPages,
  openSecondFactor,
  addSignIn,
  addTestOneId,
} from '@dhp/sign-in';
import {
  openDevices,
  type Devices,
  openLockout,
  type OnLocked,
  openInvitations,
  type Invite,
  openNotices,
  type Tell,
  openOutbox,
  type Outbox,
  type Sender,
} from '@dhp/accounts/messages';
import { addOperatorPages } from '@dhp/administration/server';
import { openAccessWatches, openRecipients, type AccessWatches, type Recipients } from '@dhp/accounts/recipients';
import type { AuditEvent } from '@dhp/audit';
import type { SsoParts } from './parts.ts';
import { fhirAccessHistory, fhirDirectory, fhirOrganizations, fhirRecordLooks } from '@dhp/accounts/records';
import { linkKey, openUpstreams, upstreamPath, type Upstreams } from '@dhp/accounts/identity-systems';

/** Messages that are sent in the background; without a sender there are none. */
export interface Sending {
  readonly outbox: Outbox | undefined;
  readonly accessWatches: AccessWatches | undefined;
}

/** Messages to people. */
interface Messages extends Sending {
  readonly tell: Tell;
  readonly invite: Invite | undefined;
  /** Of mails of Subscriptions. */
  readonly recipients: Recipients | undefined;
}

/** Parts of the server that only the pages for people use. */
interface PeopleParts extends SsoParts {
  readonly messages: Messages;
  readonly accounts: Accounts;
  readonly factors: Factors;
  readonly devices: Devices;
  readonly upstreams: Upstreams;
  readonly onLocked: OnLocked;
  readonly onFault: (error: unknown) => void;
  readonly timeZone: string;
}

/** Adds the pages. The result lets other parts send messages to people; the caller closes the outbox. */
export function addPeople(app: FastifyInstance, parts: SsoParts): Messages {
  const people = openPeople(app, parts);
  const { issuer, testOneId } = parts.options;
  if (testOneId !== undefined) addTestOneId(app, { ...testOneId, redirectUri: `${issuer}${upstreamPath}/oneid` });
  addSignInPages(app, people);
  addOwnPages(app, people);
  addOperators(app, people);
  addPasswords(app, people);
  return people.messages;
}

function openPeople(app: FastifyInstance, parts: SsoParts): PeopleParts {
  const { options, clock, record } = parts;
  const { sql, issuer, encryptionKey, breachedPasswords, timeZone = 'Asia/Tashkent' } = options;
  const onFault = (error: unknown): void => app.log.error(error);
  const messages = openMessages(parts, onFault);
  const { tell } = messages;
  return {
    ...{ ...parts, messages, onFault, timeZone },
    onLocked: openLockout({ sql, tell, clock, record, onFault }),
    accounts: openAccounts(sql, { clock, breachedPasswords }),
    factors: openFactors({ sql, encryptionKey, issuer, clock, tell }),
    upstreams: openIdentitySystems(parts),
    devices: openDevices({
      sql,
      key: Buffer.from(hkdfSync('sha256', parts.options.encryptionKey, '', 'dhp sso device cookies', 32)),
      secure: issuer.startsWith('https:'),
      tell,
      clock,
      onFault,
    }),
  };
}

function openIdentitySystems(parts: SsoParts): Upstreams {
  const { options, guard, clock } = parts;
  const { sql, issuer, encryptionKey, identityEnvironments: trusted = [] } = options;
  return openUpstreams({
    ...{ sql, issuer, encryptionKey, trusted, guard, clock },
    upstreams: options.upstreams ?? [],
    key: linkKey(encryptionKey),
    directory: options.directory ?? fhirDirectory({ ...recordsOf(parts), trusted }),
  });
}

/** Returns the FHIR servers, as this server asks them. */
function recordsOf({ options, keys, clock }: SsoParts): Parameters<typeof fhirOrganizations>[0] {
  const { issuer, environments, fhirUrls, organizationNamesTimeout: namesTimeout } = options;
  return { issuer, environments, fhirUrls, keys, clock, namesTimeout };
}

function addSignInPages(app: FastifyInstance, people: PeopleParts): void {
  const { options, engine, patients, factors, devices, messages, clock, record } = people;
  const { sql, issuer, encryptionKey, defaultLanguage, breachedPasswords, session = defaultSession } = options;
  addSignIn(app, {
    ...{ engine, devices, sql, encryptionKey, defaultLanguage, clock, record },
    accounts: people.accounts,
    secondFactor: openSecondFactor({
      ...{ sql, factors, issuer, breachedPasswords, clock, tell: messages.tell },
      key: Buffer.from(hkdfSync('sha256', people.options.encryptionKey, '', 'dhp sso challenges', 32)),
      secondFactorFor: options.secondFactorFor ?? [],
      isShared: (accountId) => isAtSharedWorkstation({ sql, session }, accountId),
    }),
    canReset: messages.outbox !== undefined,
    canSignUp: messages.outbox !== undefined && options.signUp === true,
    onLocked: people.onLocked,
    upstreams: people.upstreams,
    testPeople: options.testOneId?.citizens ?? [],
    choosePatient: openChoosePatient({ sql, patients, clock }),
    secure: issuer.startsWith('https:'),
    beginUnitOfWork: people.audit.beginUnitOfWork,
  });
}

function addOwnPages(app: FastifyInstance, people: PeopleParts): void {
  const { options, engine, accounts, factors, devices, upstreams, timeZone, clock, record } = people;
  const { sql, issuer, defaultLanguage, breachedPasswords } = options;
  addAccountPages(app, {
    ...{ engine, accounts, factors, devices, upstreams, breachedPasswords, sql, issuer, defaultLanguage },
    ...{ timeZone, clock, record },
    key: Buffer.from(hkdfSync('sha256', people.options.encryptionKey, '', 'dhp sso account', 32)),
    tell: people.messages.tell,
    onLocked: people.onLocked,
    ...ownAccountOf(people),
    accessHistory: fhirAccessHistory(recordsOf(people)),
    accessWatches: people.messages.accessWatches,
    organizations: options.organizations ?? fhirOrganizations(recordsOf(people)),
  });
}

function ownAccountOf({ options, messages, timeZone, clock }: PeopleParts): {
  closing: Closing;
  emailChange: EmailChange | undefined;
} {
  const { sql, issuer, accountDeletionDays: days = 14 } = options;
  const queue = messages.outbox?.queue;
  return {
    closing: openClosing({ sql, queue, issuer, timeZone, days, clock }),
    emailChange: queue && openEmailChange({ sql, queue, issuer, clock }),
  };
}

function addOperators(app: FastifyInstance, people: PeopleParts): void {
  const { options, engine, factors, upstreams, outbound, messages, timeZone, clock, record } = people;
  const { sql, issuer, encryptionKey, defaultLanguage, breachedPasswords, resourceTypes, keyRotation } = options;
  addOperatorPages(app, {
    ...{ engine, factors, upstreams, outbound, breachedPasswords, sql, issuer, encryptionKey, resourceTypes },
    ...{ defaultLanguage, timeZone, keyRotation, clock, record, tell: messages.tell, invite: messages.invite },
    organizations: options.organizations ?? fhirOrganizations(recordsOf(people)),
    accessAdministration: people.accessAdministration,
    temporaryPasswordSeconds: options.temporaryPasswordSeconds ?? temporarySeconds,
    key: Buffer.from(hkdfSync('sha256', people.options.encryptionKey, '', 'dhp sso operators', 32)),
    wantsTwoFactors: options.secondFactorFor?.includes('administrator') ?? false,
  });
}

/** Links by which people set a new password, or sign up; only if messages can be sent. */
function addPasswords(app: FastifyInstance, people: PeopleParts): void {
  const { options, messages, devices, clock, record, onFault } = people;
  const { sql, issuer, breachedPasswords, defaultLanguage } = options;
  const { outbox, tell } = messages;
  if (outbox === undefined) return;
  addPasswordPages(app, {
    ...{ sql, issuer, outbox, devices, breachedPasswords, tell, defaultLanguage, clock, record, onFault },
  });
  const paperCodes = openPaperCodes({ sql, encryptionKey: options.encryptionKey, clock });
  addPaperCodePage(app, { issuer, paperCodes, defaultLanguage, clock, record });
  if (messages.recipients !== undefined)
    addRecipientPages(app, { recipients: messages.recipients, issuer, defaultLanguage });
  if (options.signUp !== true) return;
  const signUp = openSignUp({ sql, clock, breachedPasswords });
  addSignUpPages(app, {
    sql,
    issuer,
    portal: options.credentials?.portal,
    signUp,
    outbox,
    defaultLanguage,
    clock,
    record,
    onFault,
  });
}

function openMessages(parts: SsoParts, onFault: (error: unknown) => void): Messages {
  const { options, audit, clock } = parts;
  const { sql, issuer, encryptionKey, defaultLanguage, send, timeZone = 'Asia/Tashkent' } = options;
  const outbox =
    send === undefined
      ? undefined
      : openOutbox({
          ...{ sql, encryptionKey, send, clock, onFault },
          record: (event) => audit.record({ ...event, recorded: clock() }),
          pollSeconds: options.messagePollSeconds ?? 5,
        });
  const notify = outbox && openNotices({ sql, queue: outbox.queue, issuer, defaultLanguage, timeZone, clock });
  const tell: Tell = (accountId, kind) => {
    notify?.(accountId, kind).catch(onFault);
  };
  const invite = outbox && openInvitations({ sql, queue: outbox.queue, defaultLanguage });
  return {
    outbox,
    tell,
    invite,
    ...(outbox !== undefined && send !== undefined ? mailsOf(parts, { outbox, send, onFault }) : noMails),
  };
}

const noMails = { recipients: undefined, accessWatches: undefined };

/** Mails of Subscriptions, and notices that a record was opened. */
function mailsOf(
  parts: SsoParts,
  { outbox, send, onFault }: { outbox: Outbox; send: Sender; onFault: (error: unknown) => void },
): Pick<Messages, 'recipients' | 'accessWatches'> {
  const { options, audit, clock } = parts;
  const { sql, issuer, encryptionKey, defaultLanguage, notificationMails = {} } = options;
  const { interval, limits, signInAt = issuer } = notificationMails;
  const record = (event: Omit<AuditEvent, 'recorded' | 'address'>): void =>
    audit.record({ ...event, recorded: clock() });
  const recipients = openRecipients({
    ...{ sql, issuer, encryptionKey, defaultLanguage, clock, onFault, record },
    ...{ send, queue: outbox.queue, signInAt, interval, limits },
  });
  const counted = options.recordLooks ?? fhirRecordLooks(recordsOf(parts));
  return { recipients, accessWatches: openAccessWatches({ sql, recipients, counted, clock, record, onFault }) };
}
