export interface Total {
  readonly value: number;
  readonly accurate: boolean;
  /** The rights with which it was counted: others may not see as many. */
  readonly by?: string;
}

export interface Position {
  /** The store's cursor. */
  readonly cursor: string;
  /** Matches that may still come from there on, where `_maxresults` limits them. */
  readonly left?: number;
  /** The count of the first page; it is not counted again. */
  readonly total?: Total;
}

/** Values of `_cursor`. Their content is unreadable: a position would reveal how much others have stored. */
export interface PageLinks {
  /** `search`: the text of the search, the same for all pages. */
  seal(search: string, position: Position): string;
  /** Fails with `page-link-invalid` for a text that was not sealed for this search here, `page-link-expired` after a day. */
  open(search: string, sealed: string): Position;
  /** The same for a history, whose links do not end. @param path below the base URL @param cursor of the store */
  sealHistory(path: string, cursor: string): string;
  /** Undefined for a text that was not sealed for this history here. */
  openHistory(path: string, sealed: string): string | undefined;
}
