// Made by `npm run messages` from messages/logout/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/logout/uz.json' with { type: 'json' };
import ru from '../../messages/logout/ru.json' with { type: 'json' };
import en from '../../messages/logout/en.json' with { type: 'json' };

export interface LogoutMessages {
  readonly ask: string;
  readonly from: string;
  readonly yes: string;
  readonly no: string;
  readonly done: string;
  readonly doneCure: string;
  readonly again: string;
  readonly other: string;
  readonly otherCure: string;
  readonly goOn: string;
}

export const logoutMessages = readCatalogue<LogoutMessages>({ uz, ru, en });
