// Made by `npm run messages` from messages/bond-act/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/bond-act/uz.json' with { type: 'json' };
import ru from '../../messages/bond-act/ru.json' with { type: 'json' };
import en from '../../messages/bond-act/en.json' with { type: 'json' };

export interface BondActMessages {
  readonly change: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
  readonly 'give-role': {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
  readonly 'take-role': {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
    };
    readonly done: string;
  };
  readonly unlink: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
}

export const bondActMessages = readCatalogue<BondActMessages>({ uz, ru, en });
