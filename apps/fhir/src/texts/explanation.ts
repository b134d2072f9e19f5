// Made by `npm run messages` from messages/explanation/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/explanation/uz.json' with { type: 'json' };
import ru from '../../messages/explanation/ru.json' with { type: 'json' };
import en from '../../messages/explanation/en.json' with { type: 'json' };

export interface ExplanationMessages {
  readonly permitted: (values: { readonly type: MessageValue }) => string;
  readonly 'part-hidden': (values: { readonly type: MessageValue }) => string;
  readonly absent: (values: { readonly type: MessageValue }) => string;
  readonly refused: (values: { readonly type: MessageValue }) => string;
  readonly leaves: (values: { readonly type: MessageValue }) => string;
  readonly 'scopes-refuse': (values: { readonly type: MessageValue }) => string;
  readonly 'scopes-narrow': (values: { readonly type: MessageValue }) => string;
  readonly 'policies-refuse': (values: { readonly type: MessageValue }) => string;
  readonly 'policies-narrow': (values: { readonly type: MessageValue }) => string;
  readonly 'consents-narrow': (values: { readonly type: MessageValue }) => string;
  readonly 'other-refuses': (values: { readonly factor: MessageValue; readonly type: MessageValue }) => string;
  readonly 'other-narrows': (values: { readonly factor: MessageValue; readonly type: MessageValue }) => string;
  readonly 'care-narrows': (values: { readonly type: MessageValue }) => string;
  readonly 'glass-broken': (values: { readonly when: MessageValue; readonly reason: MessageValue }) => string;
}

export const explanationMessages = readCatalogue<ExplanationMessages>({ uz, ru, en });
