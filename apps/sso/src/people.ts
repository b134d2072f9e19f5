/** Wires what people meet: signing in and its factors, their account, the operators' pages, and messages to them. */
import { hkdfSync } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { openAccounts } from '@dhp/accounts';
import { temporarySeconds, openFactors } from '@dhp/accounts/sign-in';
import type { AuditTrail } from '@dhp/audit';
import { defaultSession, isAtSharedWorkstation } from './engine/session-limits.ts';
import type { Engine } from './engine/engine.ts';
import { addAccountPages } from './http/account/account.ts';
import { openChoosePatient } from './http/choose-patient.ts';
import {
  openDevices,
  openLockout,
  openInvitations,
  type Invite,
  openNotices,
  type Tell,
  openOutbox,
  type Outbox,
} from '@dhp/accounts/messages';
import { addOperatorPages } from './http/operate/operate.ts';
import { addPasswordPages } from './http/password.ts';
import type { RevocationOptions } from './http/revocation.ts';
import { openSecondFactor } from './http/second-factor.ts';
import { addSignIn } from './http/sign-in/sign-in.ts';
import type { KeyRing } from '@dhp/signing-keys';
import type { SsoOptions } from './options.ts';
import type { Outbound } from '@dhp/outbound';
import { fhirDirectory, fhirOrganizations, type Patients } from '@dhp/accounts/records';
import { addTestOneId } from './upstream/test-oneid.ts';
import { openUpstreams, upstreamPath } from '@dhp/accounts/identity-systems';

interface Parts {
  readonly options: SsoOptions;
  readonly engine: Engine;
  readonly patients: Patients;
  readonly keys: KeyRing;
  readonly outbound: Outbound;
  /** Returns an outbound client that may also call these hosts, beside the addresses that are allowed anyway. */
  readonly guard: (hosts: readonly string[]) => Outbound;
  readonly audit: AuditTrail;
  readonly clock: () => Date;
  readonly record: RevocationOptions['record'];
}

/** Messages to people; without a sender there are none. */
interface Messages {
  readonly outbox: Outbox | undefined;
  readonly tell: Tell;
  readonly invite: Invite | undefined;
}

/** Adds the pages. What comes back is for others who have something to tell people; the caller closes the outbox. */
export function addPeople(app: FastifyInstance, parts: Parts): Messages {
  const { options, engine, patients, keys, outbound, guard, clock, record } = parts;
  const { sql, issuer, environments, encryptionKey, defaultLanguage, timeZone = 'Asia/Tashkent' } = options;
  const { breachedPasswords } = options;
  const { beginUnitOfWork } = parts.audit;
  const onFault = (error: unknown): void => app.log.error(error);
  const messages = openMessages(parts, onFault);
  const { outbox, tell, invite } = messages;
  const onLocked = openLockout({ sql, tell, clock, record, onFault });
  const factors = openFactors({ sql, encryptionKey, issuer, clock, tell });
  const secondFactor = openSecondFactor({
    sql,
    factors,
    issuer,
    key: Buffer.from(hkdfSync('sha256', encryptionKey, '', 'dhp sso challenges', 32)),
    secondFactorFor: options.secondFactorFor ?? [],
    breachedPasswords,
    tell,
    isShared: (accountId) => isAtSharedWorkstation({ sql, session: options.session ?? defaultSession }, accountId),
    clock,
  });
  const records = { issuer, environments, fhirUrls: options.fhirUrls, keys, clock };
  const trusted = options.identityEnvironments ?? [];
  const directory = options.directory ?? fhirDirectory({ ...records, trusted });
  const upstreams = openUpstreams({
    sql,
    upstreams: options.upstreams ?? [],
    issuer,
    encryptionKey,
    key: Buffer.from(hkdfSync('sha256', encryptionKey, '', 'dhp sso upstreams', 32)),
    directory,
    trusted,
    guard,
    clock,
  });
  if (options.testOneId !== undefined) {
    addTestOneId(app, { ...options.testOneId, redirectUri: `${issuer}${upstreamPath}/oneid` });
  }
  const devices = openDevices({
    sql,
    key: Buffer.from(hkdfSync('sha256', encryptionKey, '', 'dhp sso device cookies', 32)),
    secure: issuer.startsWith('https:'),
    tell,
    clock,
    onFault,
  });
  addSignIn(app, {
    engine,
    accounts: openAccounts(sql, { clock, breachedPasswords }),
    secondFactor,
    canReset: outbox !== undefined,
    devices,
    onLocked,
    upstreams,
    choosePatient: openChoosePatient({ sql, patients, clock }),
    sql,
    encryptionKey,
    defaultLanguage,
    secure: issuer.startsWith('https:'),
    clock,
    record,
    beginUnitOfWork,
  });
  addAccountPages(app, {
    engine,
    accounts: openAccounts(sql, { clock, breachedPasswords }),
    factors,
    devices,
    breachedPasswords,
    sql,
    issuer,
    key: Buffer.from(hkdfSync('sha256', encryptionKey, '', 'dhp sso account', 32)),
    defaultLanguage,
    timeZone,
    clock,
    record,
    tell,
    onLocked,
    upstreams,
  });
  addOperatorPages(app, {
    engine,
    organizations: options.organizations ?? fhirOrganizations(records),
    factors,
    upstreams,
    outbound,
    tell,
    invite,
    temporaryPasswordSeconds: options.temporaryPasswordSeconds ?? temporarySeconds,
    breachedPasswords,
    sql,
    issuer,
    encryptionKey,
    key: Buffer.from(hkdfSync('sha256', encryptionKey, '', 'dhp sso operators', 32)),
    resourceTypes: options.resourceTypes,
    wantsTwoFactors: options.secondFactorFor?.includes('administrator') ?? false,
    defaultLanguage,
    timeZone,
    keyRotation: options.keyRotation,
    clock,
    record,
  });
  if (outbox !== undefined) {
    addPasswordPages(app, {
      sql,
      issuer,
      outbox,
      devices,
      breachedPasswords,
      tell,
      defaultLanguage,
      clock,
      record,
      onFault,
    });
  }
  return messages;
}

function openMessages({ options, audit, clock }: Parts, onFault: (error: unknown) => void): Messages {
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
  return { outbox, tell, invite };
}
