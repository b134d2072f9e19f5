// Made by `npm run messages` from messages/exchange/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/exchange/uz.json' with { type: 'json' };
import ru from '../../messages/exchange/ru.json' with { type: 'json' };
import en from '../../messages/exchange/en.json' with { type: 'json' };

export interface ExchangeMessages {
  readonly noReason: string;
  readonly refused: (values: {
    readonly url: MessageValue;
    readonly status: MessageValue;
    readonly reason: MessageValue;
  }) => string;
  readonly otherOrigin: (values: { readonly url: MessageValue; readonly base: MessageValue }) => string;
  readonly noTokenEndpoint: (values: { readonly url: MessageValue }) => string;
  readonly noToken: (values: { readonly url: MessageValue }) => string;
  readonly away: (values: { readonly url: MessageValue; readonly reason: MessageValue }) => string;
  readonly waits: (values: { readonly url: MessageValue; readonly reason: MessageValue }) => string;
  readonly noJob: (values: { readonly url: MessageValue; readonly status: MessageValue }) => string;
  readonly noManifest: (values: { readonly url: MessageValue }) => string;
  readonly differs: {
    readonly bytes: (values: {
      readonly name: MessageValue;
      readonly got: MessageValue;
      readonly wanted: MessageValue;
    }) => string;
    readonly lines: (values: {
      readonly name: MessageValue;
      readonly got: MessageValue;
      readonly wanted: MessageValue;
    }) => string;
    readonly digest: (values: { readonly name: MessageValue }) => string;
    readonly part: (values: { readonly job: MessageValue; readonly lines: MessageValue }) => string;
  };
  readonly goesOn: string;
  readonly clientAndSecret: string;
  readonly whoAtServer: string;
  readonly unsafe: (values: { readonly url: MessageValue }) => string;
  readonly production: string;
  readonly unreadable: (values: { readonly path: MessageValue; readonly reason: MessageValue }) => string;
  readonly noSecret: (values: { readonly path: MessageValue }) => string;
  readonly seconds: (values: { readonly given: MessageValue }) => string;
  readonly groupOrPatients: string;
  readonly group: (values: { readonly given: MessageValue }) => string;
  readonly viewOrResources: (values: { readonly option: MessageValue }) => string;
  readonly format: (values: { readonly given: MessageValue }) => string;
  readonly formatWithoutView: string;
  readonly view: (values: { readonly given: MessageValue }) => string;
  readonly noView: (values: { readonly path: MessageValue }) => string;
  readonly damaged: (values: { readonly path: MessageValue }) => string;
  readonly folderIsDone: (values: { readonly folder: MessageValue }) => string;
  readonly folderIsOther: (values: { readonly folder: MessageValue }) => string;
  readonly folderHasFiles: (values: { readonly folder: MessageValue; readonly name: MessageValue }) => string;
  readonly isGone: string;
  readonly making: string;
  readonly downloading: string;
  readonly nothing: string;
  readonly exported: (values: { readonly files: number; readonly folder: MessageValue }) => string;
  readonly nextTime: (values: { readonly time: MessageValue }) => string;
  readonly kinds: {
    readonly deleted: string;
    readonly error: string;
  };
  readonly noFiles: (values: { readonly words: MessageValue }) => string;
  readonly tooLong: (values: { readonly path: MessageValue; readonly line: MessageValue }) => string;
  readonly mode: (values: { readonly given: MessageValue }) => string;
  readonly otherImport: (values: { readonly folder: MessageValue }) => string;
  readonly importing: string;
  readonly imported: (values: {
    readonly created: MessageValue;
    readonly updated: MessageValue;
    readonly unchanged: MessageValue;
    readonly rejected: MessageValue;
  }) => string;
  readonly importedBefore: (values: { readonly count: number }) => string;
  readonly notKept: (values: { readonly count: number }) => string;
  readonly more: (values: { readonly count: MessageValue }) => string;
  readonly rejects: (values: { readonly path: MessageValue }) => string;
  readonly waitsBehind: string;
}

export const exchangeMessages = readCatalogue<ExchangeMessages>({ uz, ru, en });
