// Made by `npm run messages` from messages/notice/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/notice/uz.json' with { type: 'json' };
import ru from '../../messages/notice/ru.json' with { type: 'json' };
import en from '../../messages/notice/en.json' with { type: 'json' };

export interface NoticeMessages {
  readonly account: string;
  readonly when: string;
  readonly from: string;
  readonly by: string;
  readonly administrator: string;
  /** For what the person did not do, but may have asked for. */
  readonly cureOfOthers: (values: { readonly address: MessageValue }) => string;
  readonly cure: (values: { readonly address: MessageValue }) => string;
  readonly kinds: {
    readonly 'identity-system-connected': {
      readonly subject: string;
      readonly said: string;
    };
    readonly 'password-reset': {
      readonly subject: string;
      readonly said: string;
    };
    readonly 'password-link-made': {
      readonly subject: string;
      readonly said: string;
    };
    readonly 'paper-code-made': {
      readonly subject: string;
      readonly said: string;
    };
    readonly 'factors-reset': {
      readonly subject: string;
      readonly said: string;
    };
    readonly locked: {
      readonly subject: string;
      readonly said: string;
    };
    readonly 'new-device': {
      readonly subject: string;
      readonly said: string;
    };
    readonly 'password-changed': {
      readonly subject: string;
      readonly said: string;
    };
    readonly 'codes-added': {
      readonly subject: string;
      readonly said: string;
    };
    readonly 'codes-removed': {
      readonly subject: string;
      readonly said: string;
    };
    readonly 'recovery-codes-made': {
      readonly subject: string;
      readonly said: string;
    };
    readonly 'passkey-added': {
      readonly subject: string;
      readonly said: string;
    };
    readonly 'passkey-removed': {
      readonly subject: string;
      readonly said: string;
    };
  };
}

export const noticeMessages = readCatalogue<NoticeMessages>({ uz, ru, en });
