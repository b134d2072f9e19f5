/** Thrown by a search while some resources are not indexed yet, because matches would be missing. */
export class IndexNotReady extends Error {
  override readonly name = 'IndexNotReady';
  readonly code = 'INDEX_NOT_READY';
  /** Resources that are indexed, and all. */
  readonly done: number;
  readonly total: number;

  constructor({ done, total }: { done: number; total: number }) {
    super(`Searches are not yet ready: ${done} of ${total} resources are indexed`);
    this.done = done;
    this.total = total;
  }
}
