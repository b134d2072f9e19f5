// Made by `npm run messages` from messages/recipient/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/recipient/uz.json' with { type: 'json' };
import ru from '../../messages/recipient/ru.json' with { type: 'json' };
import en from '../../messages/recipient/en.json' with { type: 'json' };

export interface RecipientMessages {
  readonly title: string;
  readonly hint: (values: { readonly application: MessageValue }) => string;
  readonly topic: string;
  readonly confirm: string;
  readonly refuse: string;
  readonly confirmed: string;
  readonly confirmedHint: string;
  readonly refused: string;
  readonly refusedHint: string;
  readonly noLink: string;
  readonly noLinkHint: string;
  readonly endTitle: string;
  readonly endHint: (values: { readonly application: MessageValue }) => string;
  readonly end: string;
  readonly ended: string;
  readonly endedHint: string;
  readonly unknown: string;
  readonly unknownHint: string;
  readonly hintOwn: string;
  readonly endHintOwn: string;
  readonly watch: {
    readonly title: string;
    readonly hint: (values: { readonly email: MessageValue }) => string;
    readonly on: string;
    readonly off: string;
    readonly asked: (values: { readonly email: MessageValue }) => string;
    readonly isOn: (values: { readonly email: MessageValue }) => string;
    readonly limited: string;
    readonly noAddress: string;
    readonly addAddress: string;
  };
}

export const recipientMessages = readCatalogue<RecipientMessages>({ uz, ru, en });
