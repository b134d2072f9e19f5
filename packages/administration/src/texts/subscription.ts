// Made by `npm run messages` from messages/subscription/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/subscription/uz.json' with { type: 'json' };
import ru from '../../messages/subscription/ru.json' with { type: 'json' };
import en from '../../messages/subscription/en.json' with { type: 'json' };

export interface SubscriptionMessages {
  readonly lead: string;
  readonly refresh: string;
  readonly empty: string;
  readonly more: string;
  readonly figures: (values: {
    readonly live: number;
    readonly failed: MessageValue;
    readonly behind: MessageValue;
    readonly failing: MessageValue;
  }) => string;
  readonly oldest: (values: { readonly age: MessageValue }) => string;
  readonly noneWaits: string;
  readonly unread: string;
  readonly states: {
    readonly requested: string;
    readonly active: string;
    readonly error: string;
    readonly off: string;
    readonly 'entered-in-error': string;
  };
  readonly paused: string;
  readonly failing: (values: { readonly count: number }) => string;
  readonly numbers: (values: { readonly numbered: MessageValue; readonly taken: MessageValue }) => string;
  readonly numbered: (values: { readonly numbered: MessageValue }) => string;
  readonly waits: string;
  readonly pausedSince: string;
  readonly changed: string;
  readonly environment: string;
  readonly client: string;
  readonly person: string;
  readonly topic: string;
  readonly receiver: string;
  readonly state: string;
  readonly last: string;
  readonly noReceiver: string;
}

export const subscriptionMessages = readCatalogue<SubscriptionMessages>({ uz, ru, en });
