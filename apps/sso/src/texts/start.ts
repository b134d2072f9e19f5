// Made by `npm run messages` from messages/start/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/start/uz.json' with { type: 'json' };
import ru from '../../messages/start/ru.json' with { type: 'json' };
import en from '../../messages/start/en.json' with { type: 'json' };

export interface StartMessages {
  readonly title: string;
  readonly about: string;
  readonly account: string;
  readonly integrators: string;
  readonly token: string;
  readonly configuration: string;
  readonly keys: string;
}

export const startMessages = readCatalogue<StartMessages>({ uz, ru, en });
