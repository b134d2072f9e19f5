// Made by `npm run messages` from messages/search-notice/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/search-notice/uz.json' with { type: 'json' };
import ru from '../../messages/search-notice/ru.json' with { type: 'json' };
import en from '../../messages/search-notice/en.json' with { type: 'json' };

export interface SearchNoticeMessages {
  readonly 'search-parameter-ignored': (values: { readonly name: MessageValue }) => string;
  readonly 'search-includes-cut': string;
  readonly 'search-total-estimated': string;
  readonly 'search-count-limited': (values: { readonly limit: MessageValue }) => string;
  readonly 'search-type-not-permitted': (values: { readonly type: MessageValue }) => string;
}

export const searchNoticeMessages = readCatalogue<SearchNoticeMessages>({ uz, ru, en });
