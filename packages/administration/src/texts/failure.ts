// Made by `npm run messages` from messages/failure/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/failure/uz.json' with { type: 'json' };
import ru from '../../messages/failure/ru.json' with { type: 'json' };
import en from '../../messages/failure/en.json' with { type: 'json' };

export interface FailureMessages {
  readonly 'invalid-name': string;
  readonly 'invalid-username': string;
  readonly 'account-exists': string;
  readonly 'invalid-logo': string;
  readonly 'invalid-sign-in-method': string;
  readonly 'invalid-email': string;
  readonly 'invalid-identity': string;
  readonly 'account-disabled': string;
  readonly 'last-administrator': string;
  readonly 'sole-owner': string;
  readonly 'invalid-grant': string;
  readonly 'invalid-scope': string;
  readonly 'invalid-redirect-uri': string;
  readonly 'invalid-address': string;
  readonly 'invalid-details': string;
  readonly 'invalid-keys': string;
  readonly 'invalid-combination': string;
  readonly 'invalid-key': string;
  readonly 'invalid-policy': string;
  readonly 'invalid-policies': string;
  readonly 'policies-changed': string;
  readonly 'client-changed': string;
  readonly 'too-many-callers': string;
  readonly 'environment-away': string;
  readonly 'unknown-hold': string;
  readonly 'unknown-job': string;
  readonly 'unknown-subscription': string;
  readonly 'own-emergency': string;
  readonly 'own-account': string;
  readonly 'own-role': string;
  readonly 'own-work': string;
  readonly 'administering-scope': string;
  readonly 'administrator-of-any-kind': string;
  readonly 'undelegated-role': string;
  readonly 'invalid-value': string;
}

export const failureMessages = readCatalogue<FailureMessages>({ uz, ru, en });
