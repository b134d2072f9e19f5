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
  /** Organisations that one person may create. */
  readonly organizations: number;
  /** Working applications of one person, and how many the person may create in a day. */
  readonly applicationsOfPerson: number;
  /** Applications of one organisation that work. */
  readonly applicationsOfOrganization: number;
}

export const defaultLimits: DeveloperLimits = {
  organizations: 3,
  applicationsOfPerson: 10,
  applicationsOfOrganization: 20,
};

/** When credentials expire, and when reminders are sent. */
export interface CredentialEnds {
  /** Days after which a new secret of an application expires; undefined: it does not expire. */
  readonly secretDays: number | undefined;
  /** Days before the expiry on which owners are notified. */
  readonly reminderDays: readonly number[];
}

/** A test person of the playground, as whom anybody may sign in: not a real person. */
export interface TestPerson {
  /** Identifies the person in the test identity system. */
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
  /** Whether there is a production environment to apply for. */
  readonly isProductionServed: boolean;
  readonly person: Account;
  /** As the audit trail names the person. */
  readonly actor: `account:${string}`;
  /** Client that acts for the person, and the session in which it does. */
  readonly clientId: string;
  readonly sessionUid: string;
  /** Requests to this server; undefined if none are stored. */
  readonly requestLog: RequestLogStore | undefined;
  /** The FHIR servers, for the requests to them. */
  readonly accessAdministration: AccessAdministration;
  /** FHIR base URL of each served environment. */
  readonly environments: Partial<Record<'playground' | 'production', string>>;
  readonly signing: ClientTokenOptions;
  /** Empty if there is no identity system for trying out. */
  readonly testPeople: readonly TestPerson[];
  /** Calls of a person at the portal. */
  readonly explorerQuota: Pick<Quota, 'take'>;
  /** Registrations of clients, on behalf of the person, who cannot approve. */
  readonly clients: Clients;
  /** The same; `requirePermitted` refuses a change by throwing and is called while the client is locked. */
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
