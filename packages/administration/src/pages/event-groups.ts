/** Choice of kinds of audit events: one kind, or all kinds of a group. */
import { eventKinds, type EventKind } from './event-texts.ts';
import type { eventGroupMessages } from '../texts/event-group.ts';

type EventGroup = keyof (typeof eventGroupMessages)['en'];

const patterns: Record<EventGroup, RegExp> = {
  'sign-in': /^(sign-in|sign-out|sign-up|session|logout|password-link|factor)\b/,
  token: /^(token|code|refresh|grant|request|launch)\b/,
  account: /^(account|access-watch|message|recipient|notification|identity|email-link)\b/,
  client: /^(client|registration|developers)\b/,
  consent: /^consent\b/,
  patient: /^patients?\b/,
  administration:
    /^(administration|key|policy|access-policies|broken-glass|legal-hold|operator|audit|job|subscription|log)\b/,
};

export const groupNames = Object.keys(patterns) as EventGroup[];

export function kindsOfGroup(group: EventGroup): EventKind[] {
  return eventKinds.filter((kind) => patterns[group].test(kind));
}

/**
 * @param asked a kind, or a group with `*`
 * @returns the kinds; undefined if `asked` is neither
 */
export function kindsAsked(asked: string): EventKind[] | undefined {
  const group = groupNames.find((name) => `${name}*` === asked);
  if (group !== undefined) return kindsOfGroup(group);
  const kind = eventKinds.find((one) => one === asked);
  return kind && [kind];
}
