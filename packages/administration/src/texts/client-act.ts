// Made by `npm run messages` from messages/client-act/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/client-act/uz.json' with { type: 'json' };
import ru from '../../messages/client-act/ru.json' with { type: 'json' };
import en from '../../messages/client-act/en.json' with { type: 'json' };

export interface ClientActMessages {
  readonly approve: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
  readonly enable: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
    };
    readonly done: string;
  };
  readonly change: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
  readonly 'rotate-secret': {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
  readonly 'drop-old-secret': {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
    };
    readonly done: string;
  };
  readonly 'sign-out': {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
      readonly 3: string;
    };
    readonly done: string;
  };
  readonly disable: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
      readonly 3: string;
    };
    readonly done: string;
  };
}

export const clientActMessages = readCatalogue<ClientActMessages>({ uz, ru, en });
