/** Searches that a replica cannot answer as the primary would: the primary is asked instead. docs/decisions/0183-reads-from-replicas.md */
import { BudgetSpent } from '@dhp/budget';
import { SearchNotPossible, SearchTimeout, type ReadPermission } from '@dhp/search-index/search';

export class PrimaryNeeded extends Error {
  override readonly name = 'PrimaryNeeded';

  constructor() {
    super('A replica does not answer this');
  }
}

/**
 * The rules of a caller, for a replica. A rule that depends on stored resources (the patient of a record, a consent, a label) refers to the
 * current state, which a replica does not know.
 * @throws PrimaryNeeded for a type that the caller may not see in full
 */
export function wholeTypes(access: ReadPermission): ReadPermission {
  return (type) => {
    const permitted = access(type);
    if (typeof permitted !== 'boolean') throw new PrimaryNeeded();
    return permitted;
  };
}

/** Whether an error is about the request itself: the primary would end with it, too, after the same work. */
export function isOfRequest(error: unknown): boolean {
  return error instanceof BudgetSpent || error instanceof SearchTimeout || error instanceof SearchNotPossible;
}
