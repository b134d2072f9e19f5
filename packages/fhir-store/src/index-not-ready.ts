/** Not every resource is indexed yet, so a search would not find all that it asks for. */
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
