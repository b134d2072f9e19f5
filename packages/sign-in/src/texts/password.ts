// Made by `npm run messages` from messages/password/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/password/uz.json' with { type: 'json' };
import ru from '../../messages/password/ru.json' with { type: 'json' };
import en from '../../messages/password/en.json' with { type: 'json' };

export interface PasswordMessages {
  readonly forgotten: string;
  readonly title: string;
  readonly hint: string;
  readonly send: string;
  readonly sent: string;
  readonly sentHint: string;
  readonly newTitle: string;
  readonly set: string;
  readonly noLink: string;
  readonly noLinkHint: string;
  readonly again: string;
  readonly changed: string;
  readonly changedHint: string;
  readonly ownTitle: string;
  readonly ownWhy: string;
  readonly ownHint: string;
  readonly ownSet: string;
  readonly same: string;
  readonly expired: string;
  readonly subject: string;
  readonly message: (values: { readonly link: MessageValue }) => string;
}

export const passwordMessages = readCatalogue<PasswordMessages>({ uz, ru, en });
