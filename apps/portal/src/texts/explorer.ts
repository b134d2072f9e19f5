// Made by `npm run messages` from messages/explorer/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/explorer/uz.json' with { type: 'json' };
import ru from '../../messages/explorer/ru.json' with { type: 'json' };
import en from '../../messages/explorer/en.json' with { type: 'json' };

export interface ExplorerMessages {
  readonly title: string;
  readonly about: string;
  readonly noApplication: string;
  readonly register: string;
  readonly form: {
    readonly server: string;
    readonly fhir: string;
    readonly sso: string;
    readonly token: string;
    readonly noToken: string;
    readonly method: string;
    readonly path: string;
    readonly more: string;
    readonly headers: string;
    readonly headersHint: string;
    readonly send: string;
    readonly suggestions: string;
  };
  readonly refusals: {
    readonly path: string;
    readonly header: (values: { readonly line: MessageValue }) => string;
    readonly token: (values: { readonly reason: MessageValue }) => string;
    readonly away: string;
  };
  readonly answer: {
    readonly title: string;
    readonly milliseconds: (values: { readonly count: MessageValue }) => string;
    readonly line: (values: { readonly line: MessageValue }) => string;
    readonly place: (values: { readonly line: MessageValue; readonly column: MessageValue }) => string;
    readonly sent: string;
    readonly body: string;
    readonly empty: string;
    readonly cut: string;
    readonly headers: string;
    readonly copyAs: string;
    readonly tokenHint: string;
    readonly explainAccess: string;
    readonly explainSearch: string;
  };
  readonly explained: {
    readonly title: string;
    readonly understood: string;
    readonly statement: (values: {
      readonly milliseconds: MessageValue;
      readonly read: MessageValue;
      readonly rows: MessageValue;
    }) => string;
    readonly index: (values: { readonly rows: MessageValue; readonly removed: MessageValue }) => string;
    readonly table: (values: { readonly rows: MessageValue; readonly removed: MessageValue }) => string;
    readonly wasteful: string;
  };
  readonly history: string;
}

export const explorerMessages = readCatalogue<ExplorerMessages>({ uz, ru, en });
