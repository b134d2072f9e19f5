// Made by `npm run messages` from messages/imports/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/imports/uz.json' with { type: 'json' };
import ru from '../../messages/imports/ru.json' with { type: 'json' };
import en from '../../messages/imports/en.json' with { type: 'json' };

export interface ImportsMessages {
  readonly one: string;
  readonly about: string;
  readonly how: string;
  readonly none: string;
  readonly new: string;
  readonly all: string;
  readonly nothing: string;
  readonly tooLarge: string;
  readonly gone: string;
  readonly hint: string;
  readonly remove: string;
  readonly removeHint: string;
  readonly result: string;
  readonly repeated: string;
  readonly form: {
    readonly file: string;
    readonly fileHint: string;
    readonly addresses: string;
    readonly addressesHint: string;
    readonly mode: string;
    readonly modes: {
      readonly upsert: {
        readonly title: string;
        readonly about: string;
      };
      readonly create: {
        readonly title: string;
        readonly about: string;
      };
    };
    readonly start: string;
  };
  readonly counts: {
    readonly source: string;
    readonly sent: string;
    readonly created: string;
    readonly updated: string;
    readonly unchanged: string;
    readonly rejected: string;
  };
  readonly rejects: {
    readonly title: string;
    readonly about: (values: { readonly count: number }) => string;
    readonly notKept: (values: { readonly count: MessageValue }) => string;
    readonly file: string;
    readonly line: (values: { readonly line: MessageValue }) => string;
    readonly more: (values: { readonly count: number }) => string;
  };
}

export const importsMessages = readCatalogue<ImportsMessages>({ uz, ru, en });
