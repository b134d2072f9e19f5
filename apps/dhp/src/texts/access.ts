// Made by `npm run messages` from messages/access/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/access/uz.json' with { type: 'json' };
import ru from '../../messages/access/ru.json' with { type: 'json' };
import en from '../../messages/access/en.json' with { type: 'json' };

export interface AccessMessages {
  readonly document: {
    readonly isRight: (values: { readonly file: MessageValue; readonly rules: MessageValue }) => string;
    readonly unreadable: (values: { readonly file: MessageValue }) => string;
    readonly inForce: (values: { readonly version: MessageValue }) => string;
    readonly noneInForce: string;
    readonly none: string;
    readonly here: string;
    readonly unknownVersion: (values: { readonly version: MessageValue }) => string;
    readonly version: (values: { readonly version: MessageValue }) => string;
    readonly changed: (values: { readonly version: MessageValue }) => string;
    readonly changedNone: string;
    readonly base: (values: { readonly given: MessageValue }) => string;
    readonly versionOrNone: string;
    readonly consentsLater: string;
    readonly careLater: string;
    readonly labelsLater: string;
    readonly consentsNotEnforced: string;
  };
  readonly labels: {
    readonly none: string;
    readonly complete: string;
    readonly percent: (values: { readonly percent: MessageValue }) => string;
    readonly withheld: (values: { readonly labels: MessageValue }) => string;
    readonly noneWithheld: string;
  };
  readonly loss: {
    readonly nobody: string;
    readonly nothing: string;
    readonly only: (values: { readonly criteria: MessageValue }) => string;
    readonly or: string;
    readonly not: (values: { readonly criteria: MessageValue }) => string;
    readonly without: (values: { readonly elements: MessageValue }) => string;
    readonly readOnly: (values: { readonly elements: MessageValue }) => string;
    readonly labels: (values: { readonly labels: MessageValue }) => string;
    readonly care: string;
    readonly consent: string;
    readonly more: (values: { readonly shown: MessageValue; readonly count: MessageValue }) => string;
    readonly at: (values: { readonly who: MessageValue; readonly client: MessageValue }) => string;
  };
  readonly purpose: (values: { readonly given: MessageValue; readonly values: MessageValue }) => string;
  readonly explain: {
    readonly resource: (values: { readonly given: MessageValue }) => string;
    readonly client: string;
    readonly absent: (values: { readonly resource: MessageValue }) => string;
    readonly permitted: (values: { readonly resource: MessageValue }) => string;
    readonly refused: (values: { readonly resource: MessageValue }) => string;
    readonly hidden: (values: { readonly elements: MessageValue }) => string;
    readonly readOnly: (values: { readonly elements: MessageValue }) => string;
    readonly labels: (values: { readonly labels: MessageValue }) => string;
    readonly says: {
      readonly leaves: string;
      readonly hides: string;
      readonly 'refuses-type': string;
    };
  };
  readonly glass: {
    readonly none: string;
    readonly verdict: string;
    readonly reason: string;
    readonly unknown: (values: { readonly id: MessageValue }) => string;
    readonly justified: (values: { readonly id: MessageValue }) => string;
    readonly unjustified: (values: { readonly id: MessageValue }) => string;
  };
}

export const accessMessages = readCatalogue<AccessMessages>({ uz, ru, en });
