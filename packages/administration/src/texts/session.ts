// Made by `npm run messages` from messages/session/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/session/uz.json' with { type: 'json' };
import ru from '../../messages/session/ru.json' with { type: 'json' };
import en from '../../messages/session/en.json' with { type: 'json' };

export interface SessionMessages {
  readonly person: string;
  readonly address: string;
  readonly addressHint: string;
  readonly client: string;
  readonly wrongAddress: string;
  readonly nobody: string;
  readonly session: string;
  readonly who: string;
  readonly device: string;
  readonly from: string;
  readonly began: string;
  readonly used: string;
  readonly clients: string;
  readonly noClients: string;
  readonly allOf: string;
  readonly agent: string;
}

export const sessionMessages = readCatalogue<SessionMessages>({ uz, ru, en });
