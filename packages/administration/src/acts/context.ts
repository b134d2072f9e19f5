/** Context for the acts of one request: all have the same actor and the same reason. */
import type { Session, Sql } from '@dhp/postgres';
import { openAccounts, openPeople, openUnconfirmed } from '@dhp/accounts';
import { type BreachedPasswords, openPaperCodes } from '@dhp/accounts/sign-in';
import { openIdentitySources } from './identity-sources.ts';
import { searchAudit } from './audit-search.ts';
import { openAccessService } from '../access/access-service.ts';
import type { AccessAdministration } from '@dhp/accounts/records';
import { openClients } from '@dhp/clients';
import { openKeys } from '@dhp/signing-keys';
import type { Invite, Tell } from '@dhp/accounts/messages';
import type { Outbound } from '@dhp/outbound';
import { openPolicies } from '@dhp/accounts/policies';
import { openRegistrationTokens } from '@dhp/clients/registration';
import { openSessions } from './sessions.ts';
import type { AdminContext } from './act.ts';

export function contextFor(o: {
  sql: Sql;
  issuer: string;
  encryptionKey: Buffer;
  clock: () => Date;
  resourceTypes: readonly string[] | undefined;
  outbound?: Outbound | undefined;
  tell: Tell;
  invite: Invite | undefined;
  temporaryPasswordSeconds: number;
  breachedPasswords: BreachedPasswords | undefined;
  accessAdministration: AccessAdministration;
  actor: string;
  reason: string | undefined;
  /** Checks again, within the transaction that changes a client, that the act is permitted. */
  requirePermitted: (transaction: Session) => Promise<void>;
}): AdminContext {
  const { sql, clock, actor, reason, encryptionKey } = o;
  const why = reason === undefined ? {} : { reason };
  const types = o.resourceTypes === undefined ? {} : { resourceTypes: o.resourceTypes };
  return {
    issuer: o.issuer,
    outbound: o.outbound,
    tell: o.tell,
    invite: o.invite,
    reason,
    clients: openClients(sql, {
      ...{ actor, clock, ...types, ...why, approves: false },
      requirePermitted: o.requirePermitted,
    }),
    accounts: openAccounts(sql, {
      ...{ actor, clock, ...why, temporarySeconds: o.temporaryPasswordSeconds },
      breachedPasswords: o.breachedPasswords,
    }),
    actor,
    people: openPeople(sql, { actor, clock, reason }),
    paperCodes: openPaperCodes({ sql, encryptionKey, clock }),
    identitySources: openIdentitySources(sql, { actor, clock, reason }),
    unconfirmed: openUnconfirmed(sql, { actor, clock, reason }),
    policies: openPolicies(sql, { actor, clock, ...types }),
    sessions: openSessions(sql, { actor, clock, reason }),
    access: openAccessService(sql, { accessAdministration: o.accessAdministration, actor, clock, reason }),
    searchAudit: (asked) => searchAudit(sql, asked, { actor, clock }),
    keys: openKeys(sql, { encryptionKey, actor, clock, reason }),
    registrationTokens: openRegistrationTokens(sql, { actor, clock, reason, ...types }),
  };
}
