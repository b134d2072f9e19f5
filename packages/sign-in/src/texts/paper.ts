// Made by `npm run messages` from messages/paper/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/paper/uz.json' with { type: 'json' };
import ru from '../../messages/paper/ru.json' with { type: 'json' };
import en from '../../messages/paper/en.json' with { type: 'json' };

export interface PaperMessages {
  readonly title: string;
  readonly hint: string;
  readonly code: string;
  readonly go: string;
  readonly wrong: string;
  readonly offer: string;
}

export const paperMessages = readCatalogue<PaperMessages>({ uz, ru, en });
