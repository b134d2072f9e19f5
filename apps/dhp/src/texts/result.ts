// Made by `npm run messages` from messages/result/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/result/uz.json' with { type: 'json' };
import ru from '../../messages/result/ru.json' with { type: 'json' };
import en from '../../messages/result/en.json' with { type: 'json' };

export interface ResultMessages {
  readonly client: {
    readonly signs: string;
    readonly isPublic: string;
    readonly keepSecret: string;
    readonly none: string;
    readonly active: (values: { readonly client: MessageValue }) => string;
    readonly registered: (values: { readonly client: MessageValue }) => string;
    readonly disabled: (values: { readonly client: MessageValue }) => string;
  };
  readonly user: {
    readonly invitationSent: (values: { readonly email: MessageValue }) => string;
    readonly invitation: string;
    readonly tellPassword: string;
    readonly choosesPassword: (values: { readonly until: MessageValue }) => string;
    readonly none: string;
    readonly active: (values: { readonly user: MessageValue }) => string;
    readonly disabled: (values: { readonly user: MessageValue }) => string;
    readonly administers: (values: { readonly user: MessageValue }) => string;
    readonly administersNot: (values: { readonly user: MessageValue }) => string;
    readonly noRole: (values: { readonly user: MessageValue; readonly environment: MessageValue }) => string;
    readonly roles: (values: {
      readonly user: MessageValue;
      readonly environment: MessageValue;
      readonly roles: MessageValue;
    }) => string;
    readonly noRoleLeft: (values: { readonly user: MessageValue; readonly environment: MessageValue }) => string;
  };
  readonly policy: {
    readonly none: string;
    readonly delegated: string;
    readonly permits: (values: { readonly role: MessageValue; readonly scopes: MessageValue }) => string;
    readonly permitsNothing: (values: { readonly role: MessageValue }) => string;
  };
  readonly usage: {
    readonly nothingToChange: (values: { readonly command: MessageValue }) => string;
    readonly environment: (values: { readonly given: MessageValue }) => string;
    readonly wholeNumber: (values: { readonly option: MessageValue; readonly given: MessageValue }) => string;
    readonly oneOf: (values: {
      readonly option: MessageValue;
      readonly given: MessageValue;
      readonly values: MessageValue;
    }) => string;
    readonly eitherOf: (values: {
      readonly option: MessageValue;
      readonly given: MessageValue;
      readonly first: MessageValue;
      readonly second: MessageValue;
    }) => string;
    readonly language: (values: { readonly given: MessageValue }) => string;
    readonly yesOrNo: (values: { readonly option: MessageValue }) => string;
    readonly notBoth: (values: { readonly option: MessageValue }) => string;
  };
  readonly failures: {
    readonly 'unknown-client': string;
    readonly 'client-exists': string;
    readonly 'unknown-account': string;
    readonly 'account-exists': string;
    readonly 'account-disabled': string;
    readonly 'invalid-username': string;
    readonly 'invalid-name': string;
    readonly 'invalid-email': string;
    readonly 'invalid-password': string;
    readonly 'invalid-scope': string;
    readonly 'invalid-redirect-uri': string;
    readonly 'invalid-policy': string;
    readonly 'unknown-session': string;
    readonly 'unknown-key': string;
    readonly 'unknown-registration-token': string;
  };
}

export const resultMessages = readCatalogue<ResultMessages>({ uz, ru, en });
