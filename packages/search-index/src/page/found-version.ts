/** The version of a resource that a statement of a search returns. */
export interface FoundVersion {
  type: string;
  id: string;
  versionId: number;
  /** In milliseconds. */
  lastUpdated: Date;
  /** Never: a deletion is not found. */
  deleted: boolean;
  /** The exact bytes to send (UTF-8 JSON). */
  content: Buffer;
}
