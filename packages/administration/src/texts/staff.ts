// Made by `npm run messages` from messages/staff/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/staff/uz.json' with { type: 'json' };
import ru from '../../messages/staff/ru.json' with { type: 'json' };
import en from '../../messages/staff/en.json' with { type: 'json' };

export interface StaffMessages {
  readonly choose: string;
  readonly lead: string;
  readonly none: string;
  readonly search: string;
  readonly username: string;
  readonly usernameHint: string;
  readonly role: string;
  readonly own: string;
  readonly disabled: string;
  readonly people: string;
  readonly take: (values: { readonly role: MessageValue }) => string;
  readonly patientHint: string;
}

export const staffMessages = readCatalogue<StaffMessages>({ uz, ru, en });
