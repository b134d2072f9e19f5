// Made by `npm run messages` from messages/bulk/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/bulk/uz.json' with { type: 'json' };
import ru from '../../messages/bulk/ru.json' with { type: 'json' };
import en from '../../messages/bulk/en.json' with { type: 'json' };

export interface BulkMessages {
  readonly of: (values: { readonly name: MessageValue }) => string;
  readonly back: string;
  readonly how: string;
  readonly cure: string;
  readonly away: string;
  readonly refused: (values: { readonly status: MessageValue }) => string;
  readonly refresh: string;
  readonly cancel: string;
  readonly cancelHint: string;
  readonly remove: string;
  readonly removeHint: string;
  readonly gone: string;
  readonly production: string;
  readonly forPrograms: string;
  readonly notYet: string;
  readonly parts: {
    readonly label: string;
    readonly views: string;
    readonly exports: string;
    readonly imports: string;
  };
  readonly kinds: {
    readonly system: string;
    readonly patient: string;
    readonly group: string;
    readonly tables: string;
    readonly import: string;
  };
  readonly states: {
    readonly waiting: string;
    readonly running: string;
    readonly ended: string;
    readonly failed: string;
  };
  readonly progress: {
    readonly waiting: string;
    readonly again: (values: { readonly attempt: MessageValue }) => string;
    readonly running: string;
    readonly share: (values: { readonly share: MessageValue }) => string;
    readonly ended: string;
    readonly failed: string;
  };
  readonly facts: {
    readonly state: string;
    readonly request: string;
    readonly asked: string;
    readonly expires: string;
    readonly id: string;
  };
  readonly exports: {
    readonly about: string;
    readonly none: string;
    readonly new: string;
    readonly one: string;
    readonly tables: string;
    readonly all: string;
  };
  readonly form: {
    readonly level: string;
    readonly levels: {
      readonly system: {
        readonly title: string;
        readonly about: string;
      };
      readonly patient: {
        readonly title: string;
        readonly about: string;
      };
      readonly group: {
        readonly title: string;
        readonly about: string;
      };
    };
    readonly group: string;
    readonly groupHint: string;
    readonly types: string;
    readonly typesHint: string;
    readonly otherTypes: string;
    readonly otherTypesHint: string;
    readonly since: string;
    readonly sinceHint: string;
    readonly more: string;
    readonly until: string;
    readonly untilHint: string;
    readonly filters: string;
    readonly filtersHint: string;
    readonly elements: string;
    readonly elementsHint: string;
    readonly patients: string;
    readonly patientsHint: string;
    readonly start: string;
  };
  readonly files: {
    readonly title: string;
    readonly moment: string;
    readonly next: string;
    readonly none: string;
    readonly output: string;
    readonly deleted: string;
    readonly error: string;
    readonly of: string;
    readonly count: string;
    readonly size: string;
    readonly sum: string;
    readonly file: string;
    readonly download: string;
  };
}

export const bulkMessages = readCatalogue<BulkMessages>({ uz, ru, en });
