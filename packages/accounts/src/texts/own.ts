// Made by `npm run messages` from messages/own/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/own/uz.json' with { type: 'json' };
import ru from '../../messages/own/ru.json' with { type: 'json' };
import en from '../../messages/own/en.json' with { type: 'json' };

export interface OwnMessages {
  readonly confirm: {
    readonly subject: string;
    readonly text: (values: { readonly username: MessageValue; readonly link: MessageValue }) => string;
  };
  readonly changed: {
    readonly subject: string;
    readonly text: (values: { readonly link: MessageValue }) => string;
  };
  readonly changedBack: {
    readonly subject: string;
    readonly text: string;
  };
  readonly closed: {
    readonly subject: string;
    readonly text: (values: {
      readonly name: MessageValue;
      readonly until: MessageValue;
      readonly link: MessageValue;
    }) => string;
  };
}

export const ownMessages = readCatalogue<OwnMessages>({ uz, ru, en });
