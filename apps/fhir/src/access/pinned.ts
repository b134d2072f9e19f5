import type { StoredVersion, TransactionWrite } from '@dhp/fhir-store';

/** A write that was looked into. `pinned`: it is for a version that the caller did not name. */
export interface Checked {
  readonly write: TransactionWrite;
  readonly pinned: boolean;
}

/** The write for the version that was looked at, as far as the caller leaves that open. */
export function pinnedTo(write: TransactionWrite, current: StoredVersion | undefined): Checked {
  if (write.kind === 'create' || current === undefined || current.deleted) {
    // There is no stored version to change; one that somebody else stores meanwhile must be checked first.
    if (write.kind === 'create') return { write, pinned: false };
    if (write.kind === 'delete' || write.ifMatch !== undefined)
      return { write: { ...write, ifMatch: [] }, pinned: true };
    return { write: { ...write, requireMatch: true }, pinned: !write.requireMatch };
  }
  const { versionId } = current;
  const { ifMatch } = write;
  if (write.kind === 'update' && ifMatch === undefined && write.requireMatch) return { write, pinned: false };
  if (ifMatch === undefined || ifMatch === '*') return { write: { ...write, ifMatch: [versionId] }, pinned: true };
  // No version, if the current one is not among those that the caller named.
  return { write: { ...write, ifMatch: ifMatch.includes(versionId) ? [versionId] : [] }, pinned: false };
}
