// Made by `npm run messages` from messages/own-token/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/own-token/uz.json' with { type: 'json' };
import ru from '../../messages/own-token/ru.json' with { type: 'json' };
import en from '../../messages/own-token/en.json' with { type: 'json' };

export interface OwnTokenMessages {
  readonly title: string;
  readonly about: string;
  readonly redirect: string;
  readonly none: string;
  readonly register: string;
  readonly signIn: string;
  readonly application: string;
  readonly scopes: string;
  readonly patient: string;
  readonly until: string;
  readonly zone: string;
  readonly kept: string;
  readonly forget: string;
  readonly own: string;
  readonly otherSession: string;
  readonly redirectMissing: (values: { readonly uri: MessageValue }) => string;
  readonly secret: string;
  readonly ended: string;
  readonly denied: string;
  readonly failed: (values: { readonly error: MessageValue }) => string;
  readonly signedOut: string;
}

export const ownTokenMessages = readCatalogue<OwnTokenMessages>({ uz, ru, en });
