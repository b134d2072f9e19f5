// Made by `npm run messages` from messages/history/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/history/uz.json' with { type: 'json' };
import ru from '../../messages/history/ru.json' with { type: 'json' };
import en from '../../messages/history/en.json' with { type: 'json' };

export interface HistoryMessages {
  readonly heading: (values: { readonly days: number }) => string;
  readonly lead: string;
  readonly none: string;
  readonly share: (values: { readonly percent: MessageValue; readonly days: number }) => string;
  readonly unwell: (values: { readonly count: number }) => string;
  readonly down: (values: { readonly minutes: number }) => string;
  readonly partly: (values: { readonly minutes: number }) => string;
}

export const historyMessages = readCatalogue<HistoryMessages>({ uz, ru, en });
