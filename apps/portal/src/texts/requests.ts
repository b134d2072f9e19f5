// Made by `npm run messages` from messages/requests/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/requests/uz.json' with { type: 'json' };
import ru from '../../messages/requests/ru.json' with { type: 'json' };
import en from '../../messages/requests/en.json' with { type: 'json' };

export interface RequestsMessages {
  readonly open: string;
  readonly title: (values: { readonly name: MessageValue }) => string;
  readonly about: string;
  readonly masked: string;
  readonly servers: {
    readonly label: string;
    readonly fhir: string;
    readonly sso: string;
  };
  readonly period: {
    readonly label: string;
    readonly hour: string;
    readonly day: string;
    readonly week: string;
  };
  readonly status: {
    readonly label: string;
    readonly all: string;
    readonly fine: string;
    readonly refused: string;
    readonly failed: string;
  };
  readonly path: string;
  readonly requestId: string;
  readonly find: string;
  readonly none: string;
  readonly noneHint: string;
  readonly away: string;
  readonly off: string;
  readonly wrong: (values: { readonly reason: MessageValue }) => string;
  readonly dropped: (values: { readonly count: number }) => string;
  readonly charts: {
    readonly counts: string;
    readonly countsAbout: (values: {
      readonly fine: number;
      readonly refused: MessageValue;
      readonly failed: MessageValue;
    }) => string;
    readonly times: string;
    readonly timesAbout: (values: { readonly half: MessageValue; readonly most: MessageValue }) => string;
    readonly fine: string;
    readonly refused: string;
    readonly failed: string;
    readonly half: string;
    readonly most: string;
  };
  readonly columns: {
    readonly time: string;
    readonly request: string;
    readonly answer: string;
    readonly taken: string;
    readonly id: string;
  };
  readonly noAnswer: string;
  readonly milliseconds: (values: { readonly count: MessageValue }) => string;
  readonly entry: (values: { readonly number: MessageValue }) => string;
  readonly issues: (values: { readonly count: number }) => string;
  readonly why: {
    readonly when: string;
    readonly remedy: string;
    readonly access: string;
    readonly scopes: string;
    readonly more: (values: { readonly code: MessageValue }) => string;
  };
  readonly older: string;
  readonly newest: string;
  readonly back: string;
}

export const requestsMessages = readCatalogue<RequestsMessages>({ uz, ru, en });
