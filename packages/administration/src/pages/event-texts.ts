/** Descriptions of every kind of audit event in every language. */
import type { Language } from '@dhp/negotiation';
import type { AuditEvent } from '@dhp/audit';
import { eventMessages } from '../texts/event.ts';

export type EventKind = AuditEvent['event'];

const words: Readonly<Record<Language, Readonly<Record<EventKind, string>>>> = eventMessages;

export const eventKinds = Object.keys(words.en) as EventKind[];

/** A kind that an older or newer server wrote is shown by its name. */
export function eventWords(event: string, language: Language): string {
  const own = words[language];
  return Object.hasOwn(own, event) ? own[event as EventKind] : event;
}

/** Whether the event records a refusal or failure. */
export function isRefusal(event: string): boolean {
  return /\.(refused|reused|not-told|given-up|limited)$/.test(event);
}
