/** Publication of registers: the resources that everybody may download, and as of which time. docs/decisions/0164-bulk-publish.md */
export interface Publishing {
  /** Whether a manifest and its files need no token. */
  readonly isPublic: boolean;
  /** In the order of their names. */
  readonly types: readonly string[];
  /** The state of a few seconds ago, or of now; of now, too, where that of before is not behind a time: another node may have told it. */
  state(behind?: Date): Promise<PublishedState>;
  /** Whether the state of a type at a time is the current one, or was it a day ago or later. */
  isKept(type: string, stored: Date): Promise<boolean>;
}

export interface PublishedState {
  /** Nothing appears before it any more. */
  readonly until: Date;
  /** When a resource of each type was stored or deleted for the last time, before `until`; types of which there never was any are not there. */
  readonly newest: ReadonlyMap<string, Date>;
}
