// Made by `npm run messages` from messages/notice/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/notice/uz.json' with { type: 'json' };
import ru from '../../messages/notice/ru.json' with { type: 'json' };
import en from '../../messages/notice/en.json' with { type: 'json' };

export interface NoticeMessages {
  readonly created: (values: {
    readonly type: MessageValue;
    readonly id: MessageValue;
    readonly version: MessageValue;
  }) => string;
  readonly updated: (values: {
    readonly type: MessageValue;
    readonly id: MessageValue;
    readonly version: MessageValue;
  }) => string;
  readonly existing: (values: {
    readonly type: MessageValue;
    readonly id: MessageValue;
    readonly version: MessageValue;
  }) => string;
  readonly unchanged: (values: {
    readonly type: MessageValue;
    readonly id: MessageValue;
    readonly version: MessageValue;
  }) => string;
  readonly deleted: (values: { readonly type: MessageValue; readonly id: MessageValue }) => string;
  readonly 'already-deleted': (values: { readonly type: MessageValue; readonly id: MessageValue }) => string;
  readonly 'nothing-matched': (values: { readonly type: MessageValue }) => string;
  readonly 'nothing-to-delete': (values: { readonly type: MessageValue; readonly id: MessageValue }) => string;
  readonly 'consent-recorded': (values: { readonly type: MessageValue; readonly id: MessageValue }) => string;
  readonly 'signature-not-verified': (values: { readonly type: MessageValue; readonly id: MessageValue }) => string;
  readonly 'export-rules-changed': string;
  readonly 'validation-passed': string;
}

export const noticeMessages = readCatalogue<NoticeMessages>({ uz, ru, en });
