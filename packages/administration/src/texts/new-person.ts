// Made by `npm run messages` from messages/new-person/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/new-person/uz.json' with { type: 'json' };
import ru from '../../messages/new-person/ru.json' with { type: 'json' };
import en from '../../messages/new-person/en.json' with { type: 'json' };

export interface NewPersonMessages {
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

export const newPersonMessages = readCatalogue<NewPersonMessages>({ uz, ru, en });
