/** The event that somebody opened the record of a patient, which the server itself reports. docs/decisions/0150-access-to-my-record.md */
import { hash } from 'node:crypto';
import type { Access } from '../contract/access.ts';

/** Codings of this system are of events that no client reports. */
export const ownEvents = 'urn:dhp:event';
export const recordOpened = { system: ownEvents, code: 'record-opened', type: 'Patient' } as const;

/** An account or a system that watches a record. */
export interface Watcher {
  readonly patient: string;
  readonly subject: string;
}

/** The prefix of the keys of reports for one watcher. Reports omit the watcher's own accesses, so they are for that watcher only. */
export function keyFor({ patient, subject }: Watcher): string {
  return `${patient}.${hash('sha256', subject, 'base64url').slice(0, 22)}.`;
}

/**
 * Whether the caller may watch the record: callers may who can read at any time who opened it. A person who may do so by role needs a
 * second factor each time, and may not.
 */
export function mayWatch({ authority, patient, readsTrail }: Access, id: string): boolean {
  return readsTrail === 'as-system' || (authority === 'patient' && patient === id);
}

/** Whether a report of the server is for a caller. @param report its focus, and its key */
export function isReportedFor(
  access: Access,
  { focus, key }: { readonly focus: string; readonly key: string },
): boolean {
  return mayWatch(access, focus) && key.startsWith(keyFor({ patient: focus, subject: access.subject }));
}
