// Made by `npm run messages` from messages/key-act/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/key-act/uz.json' with { type: 'json' };
import ru from '../../messages/key-act/ru.json' with { type: 'json' };
import en from '../../messages/key-act/en.json' with { type: 'json' };

export interface KeyActMessages {
  readonly rotate: {
    readonly label: string;
    readonly question: string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
  readonly replace: {
    readonly label: string;
    readonly question: string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
      readonly 3: string;
    };
    readonly done: string;
  };
  readonly retire: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
    };
    readonly done: string;
  };
}

export const keyActMessages = readCatalogue<KeyActMessages>({ uz, ru, en });
