// Made by `npm run messages` from messages/new-client/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/new-client/uz.json' with { type: 'json' };
import ru from '../../messages/new-client/ru.json' with { type: 'json' };
import en from '../../messages/new-client/en.json' with { type: 'json' };

export interface NewClientMessages {
  readonly add: {
    readonly label: string;
    readonly question: string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
}

export const newClientMessages = readCatalogue<NewClientMessages>({ uz, ru, en });
