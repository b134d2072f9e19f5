// Made by `npm run messages` from messages/recipient/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/recipient/uz.json' with { type: 'json' };
import ru from '../../messages/recipient/ru.json' with { type: 'json' };
import en from '../../messages/recipient/en.json' with { type: 'json' };

export interface RecipientMessages {
  readonly confirmSubject: string;
  readonly confirmText: (values: { readonly application: MessageValue; readonly link: MessageValue }) => string;
  readonly untitled: string;
  readonly toldSubject: (values: { readonly title: MessageValue }) => string;
  readonly toldText: (values: {
    readonly title: MessageValue;
    readonly count: number;
    readonly link: MessageValue;
    readonly end: MessageValue;
  }) => string;
  readonly confirmOwnText: (values: { readonly link: MessageValue }) => string;
  readonly openedTitle: string;
  readonly openedText: (values: {
    readonly count: number;
    readonly link: MessageValue;
    readonly end: MessageValue;
  }) => string;
}

export const recipientMessages = readCatalogue<RecipientMessages>({ uz, ru, en });
