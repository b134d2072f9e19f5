// Made by `npm run messages` from messages/identity-act/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/identity-act/uz.json' with { type: 'json' };
import ru from '../../messages/identity-act/ru.json' with { type: 'json' };
import en from '../../messages/identity-act/en.json' with { type: 'json' };

export interface IdentityActMessages {
  readonly confirmLink: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
    };
    readonly done: string;
  };
  readonly rejectLink: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
  readonly confirmRecord: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
  readonly rejectRecord: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
    };
    readonly done: string;
  };
  readonly decideRecord: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
      readonly 3: string;
    };
    readonly done: string;
  };
  readonly decideNone: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
}

export const identityActMessages = readCatalogue<IdentityActMessages>({ uz, ru, en });
