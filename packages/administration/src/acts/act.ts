/** An act of the administration, and the context in which it runs. */
import type { Accounts, People, UnconfirmedProofs } from '@dhp/accounts';
import type { IdentitySources } from './identity-sources.ts';
import type { AuditPage, AuditSearch } from './audit-search.ts';
import type { AccessService } from '../access/access-service.ts';
import type { Clients } from '@dhp/clients';
import type { Keys } from '@dhp/signing-keys';
import type { Invite, Tell } from '@dhp/accounts/messages';
import type { Outbound } from '@dhp/outbound';
import type { Policies } from '@dhp/accounts/policies';
import type { RegistrationTokens } from '@dhp/clients/registration';
import type { Sessions } from './sessions.ts';
import type { Input } from '@dhp/sso-kit/input';
import type { Members } from './members.ts';
import type { SchemaName } from './schemas.ts';
import type { PaperCodes } from '@dhp/accounts/sign-in';
import type { AdminScope } from '@dhp/clients/fields';

export interface AdminContext {
  readonly issuer: string;
  readonly clients: Clients;
  readonly accounts: Accounts;
  readonly people: People;
  readonly paperCodes: PaperCodes;
  /** The actor, as the audit trail names it. */
  readonly actor: string;
  readonly unconfirmed: UnconfirmedProofs;
  readonly identitySources: IdentitySources;
  readonly policies: Policies;
  readonly sessions: Sessions;
  readonly keys: Keys;
  readonly registrationTokens: RegistrationTokens;
  /** The access policies of the environments, and their queues of broken glass, on behalf of the actor. */
  readonly access: AccessService;
  readonly searchAudit: (asked: AuditSearch) => Promise<AuditPage>;
  /** Client for fetching addresses that others register; absent if nothing may be fetched. */
  readonly outbound: Outbound | undefined;
  /** Notifies a person of a change of the account; does nothing if no messages can be sent. */
  readonly tell: Tell;
  /** Absent if no messages can be sent. */
  readonly invite: Invite | undefined;
  readonly reason: string | undefined;
}

export interface Act {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/admin`, with `{name}` for parts that vary. */
  readonly path: string;
  readonly scope: AdminScope;
  readonly summary: string;
  /** Parameters of the query, or members of the body. */
  readonly takes?: Members;
  /** A question that is too long for a query string: it is sent as POST, changes nothing, and may have a reason. */
  readonly isQuestion?: true;
  /** Required members beside the reason. */
  readonly needs?: readonly string[];
  readonly status?: 200 | 201 | 204;
  /** Schema of the response; absent with 204. */
  readonly answers?: SchemaName;
  readonly run: (context: AdminContext, input: Input) => Promise<unknown>;
}

/** Returns the members without those that are undefined. */
export function present<Members extends object>(
  members: Members,
): { [Name in keyof Members]?: Exclude<Members[Name], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Members]?: Exclude<Members[Name], undefined>;
  };
}
