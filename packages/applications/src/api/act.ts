/** An act of a person who develops applications, and the context in which it runs. */
import type { AuditEvent } from '@dhp/audit';
import type { Account } from '@dhp/accounts';
import type { AccessAdministration } from '@dhp/accounts/records';
import type { Clients } from '@dhp/clients';
import type { Session, Sql } from '@dhp/postgres';
import type { ClientTokenOptions } from '@dhp/protocol/developers';
import type { Quota } from '@dhp/rate-limit';
import type { RequestLogStore } from '@dhp/request-log';
import type { Input } from '@dhp/sso-kit/input';

/** How much a person and an organisation may have. */
export interface DeveloperLimits {
  /** Organisations that one person makes. */
  readonly organizations: number;
  /** Applications of one person that work, and how many the person makes in a day. */
  readonly applicationsOfPerson: number;
  /** Applications of one organisation that work. */
  readonly applicationsOfOrganization: number;
}

export const defaultLimits: DeveloperLimits = {
  organizations: 3,
  applicationsOfPerson: 10,
  applicationsOfOrganization: 20,
};

/** When credentials end, and when that is said. */
export interface CredentialEnds {
  /** Days after which a secret ends that is made for an application; undefined: it does not end by itself. */
  readonly secretDays: number | undefined;
  /** Days before the end at which owners are told. */
  readonly reminderDays: readonly number[];
}

/** Somebody of the playground whom everybody may sign in as: no real person. */
export interface TestPerson {
  /** By which the identity system for trying out knows the person. */
  readonly pinfl: string;
  readonly firstName: string;
  readonly surname: string;
  readonly is: 'patient' | 'health-worker';
  /** Id of the Patient or Practitioner in the playground. */
  readonly id: string;
  /** Id of the last Encounter of a patient. */
  readonly encounter?: string | undefined;
}

export const noEnds: CredentialEnds = { secretDays: undefined, reminderDays: [] };

export interface Context {
  readonly sql: Sql;
  readonly clock: () => Date;
  readonly limits: DeveloperLimits;
  readonly credentials: CredentialEnds;
  /** Whether there is a production to ask for. */
  readonly isProductionServed: boolean;
  readonly person: Account;
  /** As the audit trail names the person. */
  readonly actor: `account:${string}`;
  /** Client that acts for the person, and session in which it does. */
  readonly clientId: string;
  readonly sessionUid: string;
  /** Requests to this server; undefined if none are kept. */
  readonly requestLog: RequestLogStore | undefined;
  /** The FHIR servers, for the requests to them. */
  readonly accessAdministration: AccessAdministration;
  /** FHIR base URL of each environment that is served. */
  readonly environments: Partial<Record<'playground' | 'production', string>>;
  readonly signing: ClientTokenOptions;
  /** Empty if there is no identity system for trying out. */
  readonly testPeople: readonly TestPerson[];
  /** Calls of a person at the portal. */
  readonly explorerQuota: Pick<Quota, 'take'>;
  /** Registrations of clients, on behalf of the person, who approves nothing. */
  readonly clients: Clients;
  /** The same, where a change is refused by throwing once nobody else changes the client. */
  readonly clientsFor: (requirePermitted: (transaction: Session) => Promise<void>) => Clients;
  /** Writes an event of the audit trail, with the address of the request. */
  readonly record: (event: Omit<AuditEvent, 'recorded' | 'address'>) => void;
}

export interface Act {
  readonly method: 'GET' | 'POST';
  /** Below `/developer`, with `{name}` for parts that vary. */
  readonly path: string;
  readonly status?: 201 | 204;
  readonly run: (context: Context, input: Input) => Promise<unknown>;
}
