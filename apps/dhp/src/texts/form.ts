// Made by `npm run messages` from messages/form/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/form/uz.json' with { type: 'json' };
import ru from '../../messages/form/ru.json' with { type: 'json' };
import en from '../../messages/form/en.json' with { type: 'json' };

export interface FormMessages {
  readonly title: string;
  readonly tooLarge: (values: { readonly most: MessageValue }) => string;
  readonly full: string;
  readonly fullTitle: string;
}

export const formMessages = readCatalogue<FormMessages>({ uz, ru, en });
