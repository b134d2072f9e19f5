// Made by `npm run messages` from messages/subscription-act/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/subscription-act/uz.json' with { type: 'json' };
import ru from '../../messages/subscription-act/ru.json' with { type: 'json' };
import en from '../../messages/subscription-act/en.json' with { type: 'json' };

export interface SubscriptionActMessages {
  readonly pause: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
  readonly resume: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
  readonly 'turn-off': {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
}

export const subscriptionActMessages = readCatalogue<SubscriptionActMessages>({ uz, ru, en });
