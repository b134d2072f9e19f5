import type { AuditHeads } from '@dhp/audit/chain';
import type { CredentialEnds, DeveloperLimits } from '@dhp/applications';
import type { FastifyServerOptions } from 'fastify';
import type { Sql } from '@dhp/postgres';
import type { SessionSettings, CorsOrigins, RateLimits } from '@dhp/protocol';
import type { BreachedPasswords } from '@dhp/accounts/sign-in';
import type { Language } from '@dhp/negotiation';
import type {
  AccessAdministration,
  Directory,
  Organizations,
  Patients,
  RecordLooksCounter,
} from '@dhp/accounts/records';
import type { TestCitizen, SecondFactorGroup } from '@dhp/sign-in';
import type { Upstream } from '@dhp/accounts/identity-systems';
import type { Sender } from '@dhp/accounts/messages';
import type { MailLimits } from '@dhp/accounts/recipients';
import type { EnvironmentName } from '@dhp/sso-kit';

export interface SsoOptions {
  /**
   * A pool on the SSO's migrated database, with separate connections for reads, so that they continue while commits wait. The caller must
   * end it, after `close`.
   */
  sql: Sql;
  /** The public base URL, without a trailing slash: `iss` of every token, and the beginning of every announced URL. */
  issuer: string;
  /** FHIR base URL of each served environment: `aud` of its clients' tokens. */
  environments: Partial<Record<EnvironmentName, string>>;
  /** 32 bytes that seal the private signing keys in the database. */
  encryptionKey: Buffer;
  /** Language of pages for a browser that requests none of ours. */
  defaultLanguage: Language;
  /** The zone of the times on pages (default Asia/Tashkent). */
  timeZone?: string;
  logger?: FastifyServerOptions['logger'];
  clock?: () => Date;
  /** Proxies whose X-Forwarded-For is trusted (default: none). As Fastify's `trustProxy`. */
  trustProxy?: FastifyServerOptions['trustProxy'];
  /** 32 bytes with which the portal authenticates the address of the browser behind a request (default: no such address is trusted). */
  relayKey?: Uint8Array;
  /** Limits of this node; absent: none, not even for wrong secrets. */
  limits?: RateLimits;
  /**
   * The most requests of programs, and as many of people, that this process works on at a time; beyond its capacity the excess is refused.
   * 0 or absent: no limit.
   */
  concurrency?: number;
  /** The resource types of FHIR: scopes for others are refused. Without it every well-formed name is accepted. */
  resourceTypes?: readonly string[];
  /** Groups whose members must use a second factor, which is set up at the next sign-in (default: none). */
  secondFactorFor?: readonly SecondFactorGroup[];
  /** Seconds after which a session ends without use, and at the latest (default 8 h and 12 h). */
  session?: SessionSettings;
  /** Lifetime in seconds of a password that an operator sets; the person must replace it at its first use (default 72 h). */
  temporaryPasswordSeconds?: number;
  /** How many organisations and applications developers may have (default 3, 10 and 20). */
  developers?: DeveloperLimits;
  /** When secrets of applications expire, and when owners are notified, with the address of the portal (default: they do not expire). */
  credentials?: CredentialEnds & { readonly portal: string };
  /** Requests that developers of clients can read; absent: none are stored. `most`: rows of a client and day. */
  requestLog?: { readonly most?: number };
  /** Whether people may sign up by an e-mail address, if messages are sent (default: no). */
  signUp?: boolean;
  /** Days within which a person can reopen a deleted account (default 14); 0: none. */
  accountDeletionDays?: number;
  /** Hosts, each as `host` or `host:port`, to which registered addresses may lead although they are internal (default: none). */
  allowedHosts?: readonly string[];
  /** Identity systems by which people may sign in (default: none). */
  upstreams?: readonly Upstream[];
  /** A OneID for trying out, served here; never in production. */
  testOneId?: { clientId: string; clientSecret: string; citizens: readonly TestCitizen[] };
  /** PINFLs of the people of the OneID for trying out, served here or not: accounts that it has opened get no token for production. */
  testPeople?: readonly string[];
  /** Address at which this process reaches the FHIR servers, if it differs from the public one. */
  fhirUrls?: Partial<Record<EnvironmentName, string>>;
  /** Environments whose records may prove who a person is there (default: none); never the playground beside production. */
  identityEnvironments?: readonly EnvironmentName[];
  /** Finds the records of a PINFL (default: asks the FHIR servers over HTTP). */
  directory?: Directory;
  /** The patients from whom a health worker chooses (default: requests to the FHIR servers over HTTP). */
  patients?: Patients;
  /** How many others have opened records (default: asks the FHIR servers over HTTP). */
  recordLooks?: RecordLooksCounter;
  /** How often this process checks for people to notify of it (default 60 s). */
  accessWatchSeconds?: number;
  /** The access policies of the FHIR servers (default: asks them over HTTP). */
  accessAdministration?: AccessAdministration;
  /** Names of organisations for the operators' pages (default: requests to the FHIR servers). */
  organizations?: Organizations;
  /** Milliseconds that a page waits for them; organisations whose names arrive later are shown by id (default 1,000). */
  organizationNamesTimeout?: number;
  /** Passwords known from breaches, which cannot be set (default: no list). */
  breachedPasswords?: BreachedPasswords;
  /** Sender of messages to people; without it nobody can reset a password by a link. */
  send?: Sender;
  /**
   * The least seconds between two mails of a Subscription (default an hour), and the address at which people sign in to see the events
   * (default: the issuer).
   */
  notificationMails?: { readonly interval?: number; readonly signInAt?: string; readonly limits?: Partial<MailLimits> };
  /** How often this process checks for messages to send again (default 5 s). */
  messagePollSeconds?: number;
  /** Storage of heads of the audit chain outside the database; absent: none. */
  auditHeads?: AuditHeads;
  /** How often new audit events are chained (default 2 s). */
  chainSeconds?: number;
  /** How often this process removes rows that have expired by its clock (default 60 s). */
  sweepSeconds?: number;
  /** Every proof of possession (RFC 9449) must carry a nonce of ours (default: no). */
  requireDpopNonce?: boolean;
  /** Whether PKCE is required of confidential clients too (default: of public clients, and of those registered for it). */
  requirePkce?: boolean;
  /** The base address of the pages about OAuth errors, in ASCII and without a final slash; absent: errors have no link to a page. */
  errorPages?: string;
  /** Origins whose pages may read the answers to any client, in addition to those of public clients (default: none). */
  corsOrigins?: CorsOrigins;
  /** How often this process checks for clients to notify of a sign-out (default 2 s). */
  noticePollSeconds?: number;
  /** Services whose state is measured, each with the address of its readiness check as this process reaches it (default: none). */
  services?: readonly { readonly name: 'sso' | 'playground' | 'production' | 'portal'; readonly url: string }[];
  /** How often this process checks whether a minute of their state is due (default 20 s). */
  measureSeconds?: number;
  /** How often this process checks for signing keys that another process created (default 30 s). */
  keyPollSeconds?: number;
  /** After how many seconds another key signs, and how long before that it is published (default: never automatically; 900 s). */
  keyRotation?: { intervalSeconds: number; publishAheadSeconds?: number };
}

/** @throws TypeError that says which option is wrong and why */
export function checkOptions(options: SsoOptions): void {
  assertBaseUrl('issuer', options.issuer);
  const bases = Object.entries(options.environments);
  if (bases.length === 0) throw new TypeError('environments: at least one FHIR environment must be served');
  for (const [environment, base] of bases) assertBaseUrl(`environments.${environment}`, base);
  if (new Set(bases.map(([, base]) => base)).size < bases.length) {
    throw new TypeError('environments: two environments with one base URL could not be told apart by a token');
  }
  for (const environment of options.identityEnvironments ?? []) {
    if (options.environments[environment] === undefined) {
      throw new TypeError(`identityEnvironments: the ${environment} is not served`);
    }
  }
  if (options.identityEnvironments?.includes('playground') === true && options.environments.production !== undefined) {
    throw new TypeError(
      'identityEnvironments: every client may write in the playground, which proves nobody’s identity beside production',
    );
  }
  if (options.encryptionKey.length !== 32) {
    throw new TypeError(`encryptionKey: 32 bytes are needed, not ${String(options.encryptionKey.length)}`);
  }
}

function assertBaseUrl(name: string, value: string): void {
  const url = URL.parse(value);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new TypeError(`${name}: "${value}" is not an absolute http(s) URL without query and fragment`);
  }
  if (value.endsWith('/')) throw new TypeError(`${name}: "${value}" must not end with a slash`);
}
