import type { FhirStore } from '@dhp/fhir-store';
import type { FastifyServerOptions } from 'fastify';
import type { AuditOptions } from './audit/options.ts';
import type { FurtherRules } from './access/access-control.ts';
import type { ExportOptions } from './operations/export/open-exports.ts';
import type { PublishOptions } from './operations/publish/open-publishing.ts';
import type { ImportOptions } from './operations/import/open-imports.ts';
import type { SqlLimits } from './contract/sql.ts';
import type { RecordSink } from './contract/record.ts';
import type { CostLimits } from './contract/costs.ts';
import type { CorsOrigins } from './http/cors.ts';
import type { JobOptions } from './jobs/open-jobs.ts';
import type { Language } from '@dhp/negotiation';
import type { RateLimits } from './http/limits.ts';
import type { RequestLogOptions } from './request-log/request-log.ts';
import type { SubscriptionOptions } from './subscriptions/open-subscriptions.ts';
import type { RevocationSettings } from './http/revocations.ts';
import type { StandingSettings } from './http/standings.ts';
import type { ValidationPolicy } from './validation/policy.ts';
import type { ConsentPolicy } from './contract/conformance.ts';
import type { SignaturePolicy } from './contract/signatures.ts';

export interface FhirOptions {
  environment: 'playground' | 'production';
  /** The public base URL, absolute, without a final slash; its path is where the server is mounted. Also the `aud` of tokens. */
  baseUrl: string;
  /** `iss` of the tokens, compared as a string. */
  issuer: string;
  /** Address of the SSO's keys; may be an internal one. */
  jwksUri: string;
  /** The feed of the SSO's revocations; absent: tokens are valid until they expire. */
  revocations?: RevocationSettings;
  /** The SSO's endpoint for the standing of rights that outlive a token, with the key of that feed; absent: it is not asked. */
  standing?: StandingSettings;
  /** Public addresses of the SSO, for clients; unserved ones are left out. */
  ssoEndpoints: {
    authorize?: string;
    token: string;
    jwks: string;
    introspect?: string;
    revoke?: string;
    register?: string;
  };
  /** The base address of the pages of error codes, without a final slash; absent: errors have no link. */
  errorPages?: string;
  /** Open and migrated; its opener closes it, after the server. */
  store: FhirStore;
  /** IANA name; instants are written with its offset. */
  timeZone: string;
  defaultLanguage: Language;
  /** Bytes of a request body. */
  bodyLimit: number;
  /**
   * Bytes of bodies and held answers at the same time (default: a sixteenth of the heap, and at least twice `bodyLimit`). Large bodies may
   * use a quarter of it, or the size of one of the largest.
   */
  bytesInFlight?: number;
  /**
   * The most reads, and writes, in progress at the same time (default 256 of each); further requests wait shortly, and are then refused. 0:
   * no limit.
   */
  concurrency?: number;
  /** Limits of the requests that this node answers, by client and by address; absent: none. */
  limits?: RateLimits;
  /** Proxies whose X-Forwarded-For is trusted (default: none). As Fastify's `trustProxy`. */
  trustProxy?: FastifyServerOptions['trustProxy'];
  /** Whether the read-only terminology operations, and conformance resources, need no token (default: false). */
  openTerminology?: boolean;
  /** Whether expansions of value sets are lists, and never the tree of a code system (default: false). */
  flatExpansions?: boolean;
  /** Whether PUT on an existing resource needs If-Match. */
  requireIfMatch: boolean;
  /**
   * Whether references to this server must have a target, which then cannot be deleted (default: `enforce` in production, `allow` in the
   * playground).
   */
  referenceIntegrity?: 'enforce' | 'allow';
  /** The most codes that a search by a value set or a hierarchy of codes compares with (default: 100,000). */
  membershipLimit?: number;
  /** Limits of the cost of one request; absent ones have a default (`http/cost.ts`). */
  costs?: Partial<CostLimits>;
  /** Rules of access in addition to those of `access/read-rules.ts` and `access/write-rules.ts`. */
  accessRules?: FurtherRules;
  /** Whether Consents, if not enforced, are stored with a warning (the default) or refused. */
  consents?: ConsentPolicy;
  /** How signatures of a Provenance are verified before it is stored; absent: they are not, and answers say so. */
  signatures?: SignaturePolicy;
  /** Rules that resources must conform to (default: `guide` in production, `claimed` in the playground). */
  validation?: Partial<ValidationPolicy>;
  /**
   * Meaning of a `user/` scope of a health worker without a role: as stated, or nothing (the default). A health worker with a role is
   * limited to its policies.
   */
  healthWorkers?: 'as-scoped' | 'refused';
  /** Origins of web pages that may call from a browser: `*` for all, or each as `https://app.example.uz`; absent: none. */
  corsOrigins?: CorsOrigins;
  /**
   * 32 random bytes that sign the links between pages of a search; the same on all nodes of an environment, another in each
   * environment. Absent: made at the start, and links do not outlive it.
   */
  linkKey?: Buffer;
  /** Signs the nonces that every proof of possession must then contain (RFC 9449): 32 bytes, the same on all nodes. */
  dpopNonceKey?: Buffer;
  /** Fastify's logger; absent or false logs only incidents, to standard error. */
  logger?: boolean | object;
  /** Gets a record of every request when its answer is out; it must not throw. Absent: no records are made. */
  onRequest?: RecordSink;
  /** Receives a function that returns the bytes that bodies and held answers use now, and their limit, for measurements. */
  onMemory?: (held: () => { readonly bytes: number; readonly limit: number }) => void;
  /** Whether `onRequest` accepts records at this moment (default: always): otherwise none is made. */
  takesRecords?: () => boolean;
  /** The log of requests for developers of applications; absent: none is kept. */
  requestLog?: RequestLogOptions;
  /** Requests that are answered asynchronously; absent: all are answered at once, whatever their clients prefer. */
  jobs?: JobOptions;
  /** Bulk exports, which are jobs; absent: there are none. */
  exports?: ExportOptions;
  /** Registers that are published (default: all that can be, by token). */
  publish?: PublishOptions | 'off';
  /** Limits of SQL queries, if they differ from the defaults. */
  sql?: Partial<SqlLimits>;
  /** Bulk imports, which are jobs; absent: there are none. */
  imports?: ImportOptions;
  /** Notifications of changes; absent: a Subscription that is not off is refused. */
  subscriptions?: SubscriptionOptions;
  /** The trail of requests, in the database; absent: none is kept. */
  audit?: AuditOptions;
  /** Whether access policies are read again each second even without requests, so that work that they require begins at once. */
  watchesPolicies?: boolean;
  clock?: () => Date;
  /** Milliseconds that pass, for the time that one request may take (default: `performance.now`). */
  stopwatch?: () => number;
}

/** The path of the base URL, '' for the root. Throws TypeError for a base URL that cannot be one. */
export function basePathOf(baseUrl: string): string {
  const { pathname, search, hash } = new URL(baseUrl);
  if (baseUrl.endsWith('/') || search !== '' || hash !== '') {
    throw new TypeError(`the base URL ${baseUrl} must have no slash at the end, no query and no fragment`);
  }
  return pathname === '/' ? '' : pathname;
}

export function keepsReferences({ referenceIntegrity, environment }: FhirOptions): boolean {
  return (referenceIntegrity ?? (environment === 'production' ? 'enforce' : 'allow')) === 'enforce';
}

export function validationPolicyOf({ validation, environment }: FhirOptions): ValidationPolicy {
  return { level: environment === 'production' ? 'guide' : 'claimed', ...validation };
}
