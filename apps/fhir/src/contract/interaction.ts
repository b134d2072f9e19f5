import type { IncomingHttpHeaders } from 'node:http';
import type { Budget } from '@dhp/budget';
import type { ChangeFeed, ResourceStore, StoreAdmin, StoredVersion } from '@dhp/fhir-store';
import type { DeletionStore } from '@dhp/fhir-store/jobs';
import type { Pipeline } from './pipeline.ts';
import type { Permission } from './permission.ts';
import type { Rules } from './rules.ts';
import type { Access } from './access.ts';
import type { CostLimits } from './costs.ts';
import type { FailureResponse } from './failure.ts';
import type { Language } from '@dhp/negotiation';
import type { LastingBytes } from './lasting-bytes.ts';
import type { Query } from './query.ts';
import type { Answer } from './answer.ts';
import type { ChangeServices } from './changes.ts';
import type { Conformance, TargetReads, ConsentPolicy } from './conformance.ts';
import type { KnownPolicies } from './known-policies.ts';
import type { KeyedMutex } from './keyed-mutex.ts';
import type { Converter } from './conversion.ts';
import type { Exports } from './exports.ts';
import type { Imports } from './imports.ts';
import type { Jobs, Work } from './jobs.ts';
import type { Publishing } from './publishing.ts';
import type { PageLinks } from './page-links.ts';
import type { Partly } from './partly.ts';
import type { Recording } from './recording.ts';
import type { SqlEngine } from './sql.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { TrailReader } from './trail.ts';
import type { Refused } from './refused.ts';
import type { Signatures } from './signatures.ts';

/** A statement of this server about itself, made at the start. */
export interface Statement {
  readonly body: LastingBytes;
  readonly etag: string;
  readonly date: Date;
}

/** The services that every interaction works with; the same for all requests. */
export interface Services {
  /** As the caller may see and change it (`access/guarded-store.ts`); on a public route, as it is. */
  readonly store: ResourceStore;
  /**
   * Returns which of some versions the caller sees at this moment, by the decision of a read of each; undefined for the others. They are as
   * the caller is shown them. For code that already holds versions: exports and notifications.
   */
  readonly seen: (versions: readonly StoredVersion[]) => Promise<(StoredVersion | undefined)[]>;
  /** The same, for another permission than the route's. */
  readonly reading: (permission: Permission, refused?: Refused) => Services;
  /** The same caller over another view of the stored resources. */
  readonly over: (unguarded: Services['unguarded']) => Services;
  /** The same caller, where reads and searches of whole types are those of somebody else: of a replica. */
  readonly from: (whole: NonNullable<Services['whole']>) => Services;
  /** Those reads; absent if they are those of `unguarded`. */
  readonly whole?: Pick<ResourceStore, 'read' | 'vread' | 'search'> | undefined;
  /** The rules of the token of the caller; undefined on a public route. */
  readonly rules: Rules | undefined;
  /** All stored resources, without access rules: for `access/` only. */
  readonly unguarded: ResourceStore &
    Pick<ChangeFeed, 'feedPage' | 'feedEnd' | 'feedGrows'> &
    Pick<
      StoreAdmin,
      | 'accessAdministration'
      | 'breakGlass'
      | 'cared'
      | 'careComplete'
      | 'consented'
      | 'consentsComplete'
      | 'consentsOfNobody'
      | 'creatorOf'
      | 'glassOf'
      | 'jobs'
      | 'labels'
      | 'replicas'
      | 'requestLog'
      | 'snapshots'
      | 'stated'
      | 'subscriptions'
      | 'testReceivers'
      | 'viewDefinitions'
      | 'writersOf'
    >;
  /** Undefined if no elements are hidden from the caller. */
  readonly partly: Partly | undefined;
  /** The access policies in force. */
  readonly policies: KnownPolicies;
  /** State of the database, for `/readyz`. */
  readonly storeState: Pick<StoreAdmin, 'durable' | 'indexState' | 'schemaState'>;
  /** Whether references of this server must have a target. */
  readonly keepsReferences: boolean;
  /** Absolute, without a slash at the end. */
  readonly baseUrl: string;
  readonly timeZone: string;
  readonly defaultLanguage: Language;
  readonly requireIfMatch: boolean;
  /** The definitions that resources must conform to. */
  readonly conformance: Conformance;
  readonly consents: ConsentPolicy;
  /** Undefined if signatures are not verified. */
  readonly signatures: Signatures | undefined;
  /** Whether a `user/` scope of a health worker without a role counts as it reads. */
  readonly trustsHealthWorkers: boolean;
  /** The most codes that a search by a value set or a hierarchy of codes compares with. */
  readonly membershipLimit: number;
  /** Whether expansions of value sets are lists alone. */
  readonly flatExpansions: boolean;
  /** The cost limits of a request. */
  readonly costs: CostLimits;
  /** Changes of one resource wait for each other, so that many clients of this process do not disturb each other. */
  readonly changeMutex: KeyedMutex;
  readonly pageLinks: PageLinks;
  /** For those who follow the changes. */
  readonly changes: ChangeServices;
  /** Parameters of searches that are too long for a link. */
  readonly keptSearches: Pick<StoreAdmin, 'keepSearch' | 'keptSearch'>;
  /** The trail of requests; undefined if none is kept. */
  readonly trail: TrailReader | undefined;
  /** Requests that are answered later; undefined if all are answered at once. */
  readonly jobs: Jobs | undefined;
  /** Bulk exports; undefined if disabled. */
  readonly exports: Exports | undefined;
  /** Bulk imports; undefined if disabled. */
  readonly imports: Imports | undefined;
  /** Registers that are published; undefined if none are. */
  readonly publishing: Publishing | undefined;
  /** Runs SQL over tables that are made for it. */
  readonly sql: SqlEngine;
  /** How far bulk deletions are. */
  readonly deletions: DeletionStore;
  /** Undefined if no notifications are sent. */
  readonly subscriptions: Subscriptions | undefined;
  readonly clock: () => Date;
  /** Monotonic milliseconds, independent of the clock. */
  readonly stopwatch: () => number;
  /** The CapabilityStatement, and for `mode=terminology` the TerminologyCapabilities; each with its entity tag. */
  readonly capabilities: {
    /** Of these types alone; none: of all. */
    readonly full: (types: readonly string[]) => Promise<Statement>;
    readonly terminology: () => Promise<Statement>;
  };
  /** Files for tools, in their own formats. */
  readonly tools: {
    /** As `capabilities.full`. */
    readonly openApi: (types: readonly string[]) => Promise<Statement>;
    readonly postmanCollection: Statement;
    readonly postmanEnvironment: Statement;
  };
  /** The OperationDefinitions of the operations that run, by their id. */
  readonly operationDefinitions: ReadonlyMap<string, Statement>;
  readonly smartConfiguration: Buffer;
  /** Rejects with a Failure where the token of these rights has ended or was revoked since. */
  readonly requireStanding: (access: Access) => Promise<void>;
  /** Whether the keys of the SSO are loaded. */
  readonly keysReady: () => Promise<boolean>;
  /** True once the server has begun to close. */
  readonly isClosing: () => boolean;
  /** The way in for every request: for the entries of a Bundle. */
  readonly pipeline: Pipeline;
  /** Converts large texts in another thread. */
  readonly convertApart: Converter['convert'];
  /** The answer to a call that an error ends; an unexpected one is reported. For the outcomes of entries. */
  readonly failed: (error: unknown, call: Pick<Call, 'headers'>) => FailureResponse;
}

/** One request, already authenticated, permitted and negotiated. `type`, `id` and `versionId` are '' where the path has none. */
export interface Call {
  /** The type whose compartment `id` is, where the path has one; `type` may then be `*`. */
  readonly compartment?: string | undefined;
  readonly type: string;
  readonly id: string;
  readonly versionId: string;
  /** With the parameters of the form, where the route takes one. */
  readonly query: Query;
  readonly headers: IncomingHttpHeaders;
  /** The bytes of the body, undefined without one; a text for an entry of a Bundle. */
  readonly body: unknown;
  /** The rights of the caller; undefined if the route is public. */
  readonly access?: Access | undefined;
  /** The budget that is left to the request; all entries of a Bundle share that of the Bundle. */
  readonly budget: Budget;
  /** The answer is converted when it is complete, as into XML; in a Bundle, with the answers of all entries. */
  readonly isConverted?: boolean | undefined;
  /** It is an entry of a Bundle. */
  readonly isEntry?: boolean | undefined;
  /** The records of the request, for those of the entries of a Bundle. */
  readonly recording?: Recording | undefined;
  /** Reads the targets of references for the validation; undefined if nothing is validated. */
  readonly targets?: TargetReads | undefined;
  /** The job that it runs as; undefined if somebody waits for the answer. */
  readonly work?: Work | undefined;
}

/** An interaction of the FHIR API, as https://hl7.org/fhir/R5/http.html names it. Fails with a Failure. */
export type Interaction = (services: Services, call: Call) => Promise<Answer>;

/** Whether consents are enforced, and not recorded alone. */
export function hearsConsents({ policies }: Pick<Services, 'policies'>): boolean {
  return policies.current()?.consents !== undefined;
}

/** Reasons for which the answer to a write need not warn. */
export function heardBy({ policies, signatures }: Pick<Services, 'policies' | 'signatures'>): {
  readonly isHeard: boolean;
  readonly isVerified: (resource: Readonly<Record<string, unknown>>) => boolean;
} {
  return {
    isHeard: hearsConsents({ policies }),
    isVerified: (resource) => signatures?.wasVerified(resource) === true,
  };
}

/** The value of a header that HTTP allows once; of several the first. */
export function headerOf(call: Pick<Call, 'headers'>, name: string): string | undefined {
  const value = call.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
