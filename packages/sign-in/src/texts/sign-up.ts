// Made by `npm run messages` from messages/sign-up/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/sign-up/uz.json' with { type: 'json' };
import ru from '../../messages/sign-up/ru.json' with { type: 'json' };
import en from '../../messages/sign-up/en.json' with { type: 'json' };

export interface SignUpMessages {
  readonly offer: string;
  readonly title: string;
  readonly hint: string;
  readonly name: string;
  readonly email: string;
  readonly send: string;
  readonly invalid: string;
  readonly sent: string;
  readonly sentHint: string;
  readonly password: string;
  readonly passwordHint: (values: { readonly email: MessageValue }) => string;
  readonly make: string;
  readonly noLink: string;
  readonly noLinkHint: string;
  readonly again: string;
  readonly done: string;
  readonly doneHint: (values: { readonly email: MessageValue }) => string;
  readonly goOn: string;
  readonly subject: string;
  readonly message: (values: { readonly link: MessageValue }) => string;
  readonly takenSubject: string;
  readonly takenMessage: (values: { readonly link: MessageValue }) => string;
}

export const signUpMessages = readCatalogue<SignUpMessages>({ uz, ru, en });
