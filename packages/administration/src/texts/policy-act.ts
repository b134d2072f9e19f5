// Made by `npm run messages` from messages/policy-act/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/policy-act/uz.json' with { type: 'json' };
import ru from '../../messages/policy-act/ru.json' with { type: 'json' };
import en from '../../messages/policy-act/en.json' with { type: 'json' };

export interface PolicyActMessages {
  readonly add: {
    readonly label: string;
    readonly question: string;
    readonly follows: {
      readonly 1: string;
    };
    readonly done: string;
  };
  readonly set: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
  readonly remove: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
    };
    readonly done: string;
  };
}

export const policyActMessages = readCatalogue<PolicyActMessages>({ uz, ru, en });
