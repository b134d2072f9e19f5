/** The types of the store for versions of resources, and for resources to be stored. */
import type { Budget } from '@dhp/budget';
import type { JsonSource } from '@dhp/fhir-model';
import type { TrailRow } from '@dhp/trail';
import type { AskedConsents } from './statements/asked-of-read.ts';
import type { Writer } from './statements/writer.ts';
import type { PreparedIndex } from './writes/prepared-index.ts';

/** One version of a resource in the database. */
export interface StoredVersion {
  type: string;
  id: string;
  versionId: number;
  /** In milliseconds; never earlier than that of the version before. */
  lastUpdated: Date;
  /** This version is the deletion of the resource. */
  deleted: boolean;
  /** The exact bytes to send (UTF-8 JSON, stamped); empty when deleted. A read's Buffer may be part of a larger one. */
  content: Buffer;
  /** Whether the content contains a text, without making its bytes; absent if they are there already. */
  includes?(text: string): boolean;
  /** Method of the request that made it: in histories, if it is known. */
  method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Whether no version, or a deletion, came before it: in histories. */
  isNew?: boolean;
  /** Labels (`system|code`), if they are requested; `all` for a resource that groups too many to be examined. */
  labels?: readonly string[] | 'all';
  /** The content is another one than that which is stored: elements are hidden from the caller, or labels are shown. */
  altered?: true;
  /** The callers for whom no consent refuses it at the moment of the read, which named them; absent if that is not known. */
  unrefused?: AskedConsents;
  /** It has one of these index keys, which the read named; absent if that is not known. */
  hasOneOf?: readonly bigint[];
  /** At the moment of the read it has no label and inherits none; absent if that is not known. */
  unlabelled?: true;
}

/** A version that is stored with its records. */
export interface Recorded {
  readonly kind: 'created' | 'updated' | 'deleted';
  readonly type: string;
  readonly id: string;
  readonly versionId: number;
}

/** Makes the rows of the trail that are stored in the statement of a version. Called again for each attempt; those of the last one count. */
export type RecordMaker = (version: Recorded) => readonly TrailRow[];

/** A resource that a client wants stored. */
export interface NewVersion {
  type: string;
  source: JsonSource;
  /** The same, parsed. */
  resource: Readonly<Record<string, unknown>>;
  /** The limit of work for its index values; BudgetSpent refuses the write, and no other. */
  budget?: Budget | undefined;
  /** Its index values, if they were made before. They are used while the search parameters are those that they were made for. */
  prepared?: PreparedIndex | undefined;
  /** Recorded with the version (default: the platform itself). */
  writer?: Writer;
  /** Makes the records of the write; absent: no records. */
  record?: RecordMaker | undefined;
}

export interface Update extends NewVersion {
  id: string;
  /** If-Match: the current version must be one of these; `*`: any that is not deleted. */
  ifMatch?: readonly number[] | '*';
  /** Refuse to change a current version without `ifMatch`. */
  requireMatch: boolean;
  /** Store an id that does not exist, or is deleted, as a new resource (update as create). */
  createAllowed: boolean;
  /** The method that histories show of it (default PUT). */
  method?: 'PUT' | 'PATCH';
  /** The version from which it has the elements that its writer does not see: for the check of the write. */
  completes?: number;
  /** With `integrity`: targets that the current version refers to already, which need not exist any more. */
  keeps?: readonly { readonly type: string; readonly id: string }[];
}

export interface Deletion {
  type: string;
  id: string;
  ifMatch?: readonly number[];
  /** With `integrity`: resources that refer to it and do not prevent the deletion; their references then lead to a deleted resource. */
  disregards?: readonly { readonly type: string; readonly id: string }[];
  /** Recorded with the deletion (default: the platform itself). */
  writer?: Writer;
  /** Makes the records of the write; absent: no records. */
  record?: RecordMaker | undefined;
}

/**
 * The outcome of a write. `created`, `updated`, `deleted`: a new version, committed and durable. `unchanged`: the content was the same
 * except for the stamp, so the current version stays. `already-deleted`: the version is the earlier deletion. `version-mismatch`: ifMatch
 * does not hold. `match-required`: there is a current version and no ifMatch. `not-found`: there is nothing to delete; or an update found
 * no current version and must not create one.
 */
export type WriteOutcome =
  | { kind: 'created' | 'updated' | 'unchanged' | 'deleted' | 'already-deleted'; version: StoredVersion }
  | { kind: 'version-mismatch' | 'match-required'; current: number }
  | { kind: 'not-found' };
