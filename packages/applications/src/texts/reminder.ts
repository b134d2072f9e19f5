// Made by `npm run messages` from messages/reminder/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/reminder/uz.json' with { type: 'json' };
import ru from '../../messages/reminder/ru.json' with { type: 'json' };
import en from '../../messages/reminder/en.json' with { type: 'json' };

export interface ReminderMessages {
  readonly subject: {
    readonly secret: (values: { readonly name: MessageValue; readonly day: MessageValue }) => string;
    readonly key: (values: { readonly name: MessageValue; readonly day: MessageValue }) => string;
  };
  readonly secret: (values: {
    readonly name: MessageValue;
    readonly when: MessageValue;
    readonly link: MessageValue;
  }) => string;
  readonly older: (values: {
    readonly name: MessageValue;
    readonly when: MessageValue;
    readonly link: MessageValue;
  }) => string;
  readonly key: (values: {
    readonly name: MessageValue;
    readonly key: MessageValue;
    readonly when: MessageValue;
    readonly link: MessageValue;
  }) => string;
  readonly facts: (values: { readonly id: MessageValue; readonly organization: MessageValue }) => string;
}

export const reminderMessages = readCatalogue<ReminderMessages>({ uz, ru, en });
