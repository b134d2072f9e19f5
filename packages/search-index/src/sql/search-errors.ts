/** A search that is understood and that this store cannot do. */
export class SearchNotPossible extends Error {
  override readonly name = 'SearchNotPossible';
}

/** The search was given up because it took too long. A narrower one may succeed. */
export class SearchTimeout extends Error {
  override readonly name = 'SearchTimeout';
  readonly code = 'SEARCH_TIMEOUT';

  constructor(cause: unknown) {
    super('The search took too long', { cause });
  }
}

/** The position is of another server of the database: it was restarted, replaced or restored since. The search can begin again. */
export class CursorExpired extends Error {
  override readonly name = 'CursorExpired';

  constructor() {
    super('The position is of another server of the database');
  }
}
