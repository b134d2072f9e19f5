// Made by `npm run messages` from messages/subscriptions/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/subscriptions/uz.json' with { type: 'json' };
import ru from '../../messages/subscriptions/ru.json' with { type: 'json' };
import en from '../../messages/subscriptions/en.json' with { type: 'json' };

export interface SubscriptionsMessages {
  readonly open: string;
  readonly title: (values: { readonly name: MessageValue }) => string;
  readonly about: string;
  readonly none: string;
  readonly noneHint: string;
  readonly forPrograms: string;
  readonly notYet: string;
  readonly how: string;
  readonly away: string;
  readonly refused: (values: { readonly reason: MessageValue }) => string;
  readonly scope: string;
  readonly further: string;
  readonly refresh: string;
  readonly back: string;
  readonly backToList: string;
  readonly states: {
    readonly requested: string;
    readonly active: string;
    readonly error: string;
    readonly off: string;
    readonly 'entered-in-error': string;
    readonly paused: string;
  };
  readonly channels: {
    readonly 'rest-hook': string;
    readonly websocket: string;
    readonly events: string;
  };
  readonly facts: {
    readonly topic: string;
    readonly channel: string;
    readonly endpoint: string;
    readonly content: string;
    readonly numbered: string;
    readonly taken: string;
    readonly lag: string;
    readonly attempt: string;
    readonly failures: string;
  };
  readonly waiting: (values: { readonly count: number; readonly age: MessageValue }) => string;
  readonly nothingWaits: string;
  readonly numbers: (values: { readonly numbered: MessageValue }) => string;
  readonly failed: (values: { readonly count: number }) => string;
  readonly errors: {
    readonly heading: string;
    readonly cure: string;
    readonly said: string;
    readonly known: {
      readonly paused: {
        readonly cause: string;
        readonly cure: string;
      };
      readonly 'no-answer': {
        readonly cause: string;
        readonly cure: string;
      };
      readonly 'not-called': {
        readonly cause: string;
        readonly cure: string;
      };
      readonly 'not-readable': {
        readonly cause: string;
        readonly cure: string;
      };
    };
    readonly answered: {
      readonly denied: {
        readonly cause: (values: { readonly status: MessageValue }) => string;
        readonly cure: string;
      };
      readonly notFound: {
        readonly cause: (values: { readonly status: MessageValue }) => string;
        readonly cure: string;
      };
      readonly redirect: {
        readonly cause: (values: { readonly status: MessageValue }) => string;
        readonly cure: string;
      };
      readonly tooMuch: {
        readonly cause: (values: { readonly status: MessageValue }) => string;
        readonly cure: string;
      };
      readonly failed: {
        readonly cause: (values: { readonly status: MessageValue }) => string;
        readonly cure: string;
      };
      readonly other: {
        readonly cause: (values: { readonly status: MessageValue }) => string;
        readonly cure: string;
      };
    };
  };
  readonly chart: {
    readonly title: string;
    readonly about: (values: {
      readonly count: number;
      readonly taken: MessageValue;
      readonly waiting: MessageValue;
    }) => string;
    readonly taken: string;
    readonly waiting: string;
    readonly numbered: string;
    readonly part: string;
  };
  readonly events: {
    readonly title: string;
    readonly about: string;
    readonly none: string;
    readonly number: string;
    readonly time: string;
    readonly what: string;
    readonly hidden: string;
    readonly state: string;
    readonly earlier: string;
  };
  readonly resend: {
    readonly title: string;
    readonly about: string;
    readonly number: string;
    readonly button: string;
    readonly done: string;
  };
  readonly handshake: {
    readonly title: string;
    readonly about: string;
    readonly button: string;
    readonly taken: (values: { readonly count: MessageValue }) => string;
    readonly failed: (values: { readonly count: MessageValue }) => string;
  };
  readonly explorer: string;
}

export const subscriptionsMessages = readCatalogue<SubscriptionsMessages>({ uz, ru, en });
