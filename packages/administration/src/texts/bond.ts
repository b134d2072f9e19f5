// Made by `npm run messages` from messages/bond/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/bond/uz.json' with { type: 'json' };
import ru from '../../messages/bond/ru.json' with { type: 'json' };
import en from '../../messages/bond/en.json' with { type: 'json' };

export interface BondMessages {
  readonly links: string;
  readonly noLinks: string;
  readonly linked: string;
  readonly email: string;
  readonly noEmail: string;
  readonly name: string;
  readonly role: string;
  readonly roleHint: string;
  readonly organization: string;
  readonly records: string;
  readonly recordsHint: string;
  readonly tieAgain: string;
  readonly tieAgainHint: string;
  readonly represents: string;
  readonly way: string;
  readonly invitation: string;
  readonly madePassword: string;
  readonly mailLanguage: string;
  readonly emailHint: string;
  readonly newInvitation: string;
  readonly invited: string;
  readonly wrongRecord: (values: { readonly line: MessageValue }) => string;
}

export const bondMessages = readCatalogue<BondMessages>({ uz, ru, en });
