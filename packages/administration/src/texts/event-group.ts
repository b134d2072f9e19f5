// Made by `npm run messages` from messages/event-group/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/event-group/uz.json' with { type: 'json' };
import ru from '../../messages/event-group/ru.json' with { type: 'json' };
import en from '../../messages/event-group/en.json' with { type: 'json' };

export interface EventGroupMessages {
  readonly 'sign-in': string;
  readonly token: string;
  readonly account: string;
  readonly client: string;
  readonly consent: string;
  readonly patient: string;
  readonly administration: string;
}

export const eventGroupMessages = readCatalogue<EventGroupMessages>({ uz, ru, en });
