/** Texts of the operators' pages of the audit trail. */
import type { eventGroupMessages } from '../texts/event-group.ts';

export type EventGroup = keyof (typeof eventGroupMessages)['en'];
