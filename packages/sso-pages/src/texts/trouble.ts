// Made by `npm run messages` from messages/trouble/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/trouble/uz.json' with { type: 'json' };
import ru from '../../messages/trouble/ru.json' with { type: 'json' };
import en from '../../messages/trouble/en.json' with { type: 'json' };

export interface TroubleMessages {
  readonly missing: {
    readonly title: string;
    readonly cure: string;
  };
  readonly hasty: {
    readonly title: string;
    readonly cure: string;
  };
  readonly unreadable: {
    readonly title: string;
    readonly cure: string;
  };
  readonly busy: {
    readonly title: string;
    readonly cure: string;
  };
  readonly away: {
    readonly title: string;
    readonly cure: string;
  };
  readonly fault: {
    readonly title: string;
    readonly cure: string;
  };
  readonly number: string;
}

export const troubleMessages = readCatalogue<TroubleMessages>({ uz, ru, en });
