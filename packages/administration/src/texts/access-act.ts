// Made by `npm run messages` from messages/access-act/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/access-act/uz.json' with { type: 'json' };
import ru from '../../messages/access-act/ru.json' with { type: 'json' };
import en from '../../messages/access-act/en.json' with { type: 'json' };

export interface AccessActMessages {
  readonly activate: {
    readonly label: string;
    readonly done: string;
  };
  readonly rollback: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
}

export const accessActMessages = readCatalogue<AccessActMessages>({ uz, ru, en });
