// Made by `npm run messages` from messages/session-act/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/session-act/uz.json' with { type: 'json' };
import ru from '../../messages/session-act/ru.json' with { type: 'json' };
import en from '../../messages/session-act/en.json' with { type: 'json' };

export interface SessionActMessages {
  readonly end: {
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

export const sessionActMessages = readCatalogue<SessionActMessages>({ uz, ru, en });
