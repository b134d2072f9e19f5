// Made by `npm run messages` from messages/errors/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/errors/uz.json' with { type: 'json' };
import ru from '../../messages/errors/ru.json' with { type: 'json' };
import en from '../../messages/errors/en.json' with { type: 'json' };

export interface ErrorsMessages {
  readonly title: string;
  readonly lead: string;
  readonly code: (values: { readonly code: MessageValue }) => string;
  readonly ofFhir: string;
  readonly ofSso: string;
  readonly notices: string;
  readonly when: string;
  readonly remedy: string;
  readonly example: string;
  readonly status: string;
  readonly issue: string;
  readonly severity: string;
  readonly all: string;
}

export const errorsMessages = readCatalogue<ErrorsMessages>({ uz, ru, en });
