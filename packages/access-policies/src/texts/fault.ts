// Made by `npm run messages` from messages/fault/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/fault/uz.json' with { type: 'json' };
import ru from '../../messages/fault/ru.json' with { type: 'json' };
import en from '../../messages/fault/en.json' with { type: 'json' };

export interface FaultMessages {
  readonly 'not-json': (values: { readonly why: MessageValue }) => string;
  readonly 'not-object': (values: { readonly place: MessageValue }) => string;
  readonly 'not-list': (values: { readonly place: MessageValue }) => string;
  readonly 'unknown-member': (values: {
    readonly place: MessageValue;
    readonly member: MessageValue;
    readonly known: MessageValue;
  }) => string;
  readonly 'missing-member': (values: { readonly place: MessageValue; readonly member: MessageValue }) => string;
  readonly 'not-one-of': (values: {
    readonly place: MessageValue;
    readonly given: MessageValue;
    readonly known: MessageValue;
  }) => string;
  readonly 'not-name': (values: { readonly place: MessageValue }) => string;
  readonly 'name-twice': (values: { readonly place: MessageValue; readonly given: MessageValue }) => string;
  readonly 'not-text': (values: { readonly place: MessageValue }) => string;
  readonly 'not-coding': (values: { readonly place: MessageValue; readonly given: MessageValue }) => string;
  readonly 'criteria-wrong': (values: {
    readonly place: MessageValue;
    readonly type: MessageValue;
    readonly why: MessageValue;
  }) => string;
  readonly 'not-count': (values: { readonly place: MessageValue; readonly most: MessageValue }) => string;
  readonly 'not-days': (values: { readonly place: MessageValue; readonly most: MessageValue }) => string;
  readonly 'too-many': (values: {
    readonly place: MessageValue;
    readonly given: MessageValue;
    readonly most: MessageValue;
  }) => string;
  readonly nobody: (values: { readonly place: MessageValue }) => string;
  readonly 'limits-nothing': (values: { readonly place: MessageValue }) => string;
  readonly 'element-unknown': (values: {
    readonly place: MessageValue;
    readonly type: MessageValue;
    readonly element: MessageValue;
  }) => string;
  readonly 'element-needed': (values: {
    readonly place: MessageValue;
    readonly element: MessageValue;
    readonly type: MessageValue;
  }) => string;
}

export const faultMessages = readCatalogue<FaultMessages>({ uz, ru, en });
