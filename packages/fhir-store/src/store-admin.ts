/** The port of the platform itself: actions that are not on behalf of a caller. */
import type { CommitState, SchemaState } from '@dhp/postgres';
import type { RequestLogStore } from '@dhp/request-log';
import type { Cared, Consented } from '@dhp/search-index';
import type { AccessAdministration } from './access-administration.ts';
import type { LabelStore } from './labels/label-store.ts';
import type { IndexState } from './indexing/index-progress.ts';
import type { ReindexOptions } from './indexing/reindex.ts';
import type { FirstUse, Use } from './single-use.ts';
import type { ActivePolicies } from './statements/access-policies.ts';
import type { ConsentCandidate } from './statements/ask-consents.ts';
import type { Breaking, GlassOfPatient, selectGlassOf } from './statements/break-glass.ts';
import type { Writer, WrittenBy } from './statements/writer.ts';
import type { JobStore } from './job-store.ts';
import type { ExportStore } from './export-store.ts';
import type { DeletionStore } from './deletion-store.ts';
import type { ImportStore } from './import-store.ts';
import type { StreamStore } from './stream-store.ts';
import type { SubscriptionStore } from './subscription-store.ts';
import type { TestReceiverStore } from './test-receiver-store.ts';
import type { Replicas } from './replicas/port.ts';
import type { Snapshots } from './reads/snapshots.ts';
import type { ViewDefinitionStore } from './view-definition-store.ts';
import type { TrailStore } from './trail-store.ts';
import type { Verification } from './verify/verify-store.ts';
import type { NewVersion } from './versions.ts';

export interface BulkOptions {
  /** Called after each committed chunk with the number stored so far. */
  onProgress?: (stored: number) => void;
}

/** All methods but `memory` reject with `StoreUnavailable` when the database cannot be reached or does not answer in time. */
export interface StoreAdmin extends Verification {
  /**
   * Stores many resources as first versions, in chunks that are each atomic and durable. Existing ids, deleted ones included, are
   * unchanged. Memory is bounded whatever the length of the stream.
   * @returns the number of stored resources
   */
  bulkInsert(resources: AsyncIterable<NewVersion & { id: string }>, options?: BulkOptions): Promise<number>;
  /**
   * Brings the environment's own search parameters in step with the stored SearchParameter resources. The store does it after each write of
   * one; a follower of these resources does it for writes whose server has ended in between.
   */
  registerSearchParameters(): Promise<void>;
  /**
   * Makes the search index complete, in a database that was filled before it existed or by a program with another definition of
   * it, or before a search parameter of the environment's own was there. In small steps, each durable; reads and writes continue, and a write waits no longer than one step takes. Searches
   * find everything when it has ended. Servers that call it share the work.
   * @returns how many resources this call has indexed
   * @throws IndexOfNewerProgram when the database has the index of a newer program
   */
  reindex(options?: ReindexOptions): Promise<number>;
  /** Streaming standbys for callers that say how old an answer may be; undefined if there are no standbys. */
  readonly replicas: Replicas | undefined;
  /** Resources that are not deleted, by type in alphabetical order. */
  statistics(): Promise<{ type: string; count: number }[]>;
  /** The writer of each version, newest first; empty when the id never existed. */
  writersOf(type: string, id: string): Promise<WrittenBy[]>;
  /**
   * The creator of the resource: the writer of version 1, or of the version that brought it back after its last deletion (of a deleted
   * one: of the life that ended). Undefined if that is not known, or the id never existed.
   */
  creatorOf(type: string, id: string): Promise<Writer | undefined>;
  /** Whether the current schema of the database fits this program. */
  schemaState(): Promise<SchemaState>;
  /** Returns the progress of the search index. Quick: the answer is cached for some seconds. */
  indexState(): Promise<IndexState>;
  /** Whether a commit that stays can be made now; rejects when the database is not reached, or takes no writes. */
  durable(): Promise<CommitState>;
  /**
   * Notes the use of a value that may be used once. Of parallel uses, on any node, one is the `first`. After a crash of PostgreSQL or a
   * failover, a value that may have been used before is `unknown`, and noted as used.
   */
  useOnce(name: string, use: Use): Promise<FirstUse>;
  /**
   * Keeps the parameters of a search for the links of its pages: for a day after the last request, the last hundred of one owner, and 32
   * MiB. A crash of PostgreSQL or a failover may lose them.
   * @returns their name, which nobody can guess
   */
  keepSearch(owner: string, parameters: string): Promise<string>;
  /** Returns the parameters of a kept search; undefined if they are not kept. */
  keptSearch(name: string): Promise<string | undefined>;
  /** A part of the cache of the database, which is emptied when the database is on another server than before. */
  memory<Value>(name: string, empty: () => Value): () => Value;
  /**
   * The access policies currently in force.
   * @param known a generation whose policies the caller has
   * @returns undefined if that generation is in force
   */
  accessPolicies(known?: number): Promise<ActivePolicies | undefined>;
  /** Whether no consent refuses a resource in hand, at this moment. */
  consented(candidate: ConsentCandidate, condition: Consented): Promise<boolean>;
  /** Whether a Consent of one of some patients is stored at this moment. @param patients ids */
  stated(patients: readonly string[]): Promise<boolean>;
  /** Whether all Consents have their rows, without which some would not be heard. */
  consentsComplete(): Promise<boolean>;
  /** Whether all of them are as this program makes them. */
  consentsBuilt(): Promise<boolean>;
  /** Ids of active Consents that lead to no patient of this server, and so refuse nothing; in their order, among those with rows. */
  consentsOfNobody(limit: number): Promise<string[]>;
  /** Makes the missing rows of Consents. It continues where it stopped, by this server or another. @returns the number of rows made */
  buildConsents(options?: { onProgress?: (made: number) => void; signal?: AbortSignal }): Promise<number>;
  /** Whether each version that was stored before has its patient noted with it, for which consents need not wait: without it a read asks the index. */
  patientsNoted(): Promise<boolean>;
  /**
   * Notes the patients of resources in steps. It continues where it stopped, by this server or another; while the index is being rebuilt it
   * notes none.
   */
  notePatients(options?: { signal?: AbortSignal }): Promise<void>;
  /** Whether a link of care leads from the caller to all patients whose record a resource in hand is, at this moment. */
  cared(candidate: ConsentCandidate, condition: Cared): Promise<boolean>;
  /** Whether all links of care have their rows, without which some would be missed, and some would not have ended. */
  careComplete(): Promise<boolean>;
  /** Makes the missing rows of care links, as `buildCare` does. @returns the number of resources */
  buildCare(options?: { onProgress?: (made: number) => void; signal?: AbortSignal }): Promise<number>;
  /** Whether the members of all stored roles, teams, groups and organisations are known. */
  membersBuilt(): Promise<boolean>;
  /** Makes the links of those alone, as `buildCare` does. @returns of how many resources */
  buildMembers(options?: { onProgress?: (made: number) => void; signal?: AbortSignal }): Promise<number>;
  /**
   * Makes the links of these resources again if they are not of the current version, as a server of an earlier release leaves them.
   * @returns the number of resources
   */
  repairMembers(named: readonly { readonly type: string; readonly id: string }[]): Promise<number>;
  /** The access policies and the queue of broken glass, for their administration. */
  readonly accessAdministration: AccessAdministration;
  /** Labels beside the versions. */
  readonly labels: LabelStore;
  /** As `breakGlass` of statements/break-glass.ts. */
  breakGlass(breaking: Breaking): Promise<boolean>;
  /** As `selectGlassOf` of statements/break-glass.ts. */
  glassOf(asked: Parameters<typeof selectGlassOf>[1]): Promise<GlassOfPatient[]>;
  /** The log of requests that developers of applications read. */
  readonly requestLog: RequestLogStore;
  /** The trail of requests. */
  readonly trail: TrailStore;
  /** Work that is done beside requests. */
  readonly jobs: JobStore;
  /** Subscriptions, their events and deliveries. */
  readonly subscriptions: SubscriptionStore;
  readonly streams: StreamStore;
  readonly testReceivers: TestReceiverStore;
  /** ViewDefinitions, which are no resource type of R5. */
  readonly viewDefinitions: ViewDefinitionStore;
  /** Resources as they were stored at a time. */
  readonly snapshots: Snapshots;
  /** Files of bulk exports. */
  readonly exports: ExportStore;
  /** How far bulk imports are. */
  readonly imports: ImportStore;
  /** How far bulk deletions are. */
  readonly deletions: DeletionStore;
  /** Waits for work in progress, then closes the connections. */
  close(): Promise<void>;
}
