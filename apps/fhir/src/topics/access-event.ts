/** The event that somebody has opened the record of a patient, which the server itself reports. docs/decisions/0150-access-to-my-record.md */
import { hash } from 'node:crypto';
import type { Access } from '../contract/access.ts';

/** Codings of this system are of events that no client reports. */
export const ownEvents = 'urn:dhp:event';
export const recordOpened = { system: ownEvents, code: 'record-opened', type: 'Patient' } as const;

/** Of a record that is watched, for an account or a system. */
export interface Watcher {
  readonly patient: string;
  readonly subject: string;
}

/** Begins the keys of the reports for one watcher. What is the watcher's own doing is in none of them, and so they are for nobody else. */
export function keyFor({ patient, subject }: Watcher): string {
  return `${patient}.${hash('sha256', subject, 'base64url').slice(0, 22)}.`;
}

/** Whether the record may be watched: by whoever may ask at any time who has opened it. A person whose role may needs a second factor for it each time. */
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
