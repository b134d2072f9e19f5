/** Failures of acts, and the one table of their HTTP statuses: the API and the pages of operators answer by it. */
import { AccountError } from '@dhp/accounts';
import { PolicyError } from '@dhp/accounts/policies';
import { ClientError } from '@dhp/clients/fields';
import { AdministrationError } from '@dhp/sso-kit';
import { InputError } from '@dhp/sso-kit/input';
import { DutyError } from './duty-error.ts';

/** The error of an act that was not carried out; its message is for the caller. */
export type ActFailure = AccountError | AdministrationError | ClientError | DutyError | InputError | PolicyError;

const failures = [AccountError, AdministrationError, ClientError, DutyError, InputError, PolicyError];

export function isActFailure(error: unknown): error is ActFailure {
  return failures.some((kind) => error instanceof kind);
}

const statuses = {
  'invalid-value': 400,
  'not-found': 404,
  'invalid-policy': 400,

  'invalid-username': 400,
  'invalid-name': 400,
  'invalid-email': 400,
  'invalid-password': 400,
  'invalid-identity': 400,
  'account-exists': 400,
  'account-disabled': 400,
  'last-administrator': 409,
  'sole-owner': 409,
  'unknown-link': 404,
  'unknown-account': 404,

  'invalid-client-id': 400,
  'invalid-environment': 400,
  'invalid-grant': 400,
  'invalid-scope': 400,
  'invalid-redirect-uri': 400,
  'invalid-address': 400,
  'invalid-details': 400,
  'invalid-keys': 400,
  'invalid-logo': 400,
  'invalid-sign-in-method': 400,
  'invalid-combination': 400,
  'client-exists': 400,
  'client-changed': 409,
  'unknown-client': 404,

  'unknown-session': 404,
  'unknown-proof': 404,
  settled: 400,
  'unknown-key': 404,
  'unknown-registration-token': 404,
  'invalid-key': 400,
  'invalid-page': 400,

  'invalid-policies': 400,
  'too-many-callers': 400,
  'policies-changed': 409,
  'unknown-version': 404,
  'unknown-glass': 404,
  'unknown-hold': 404,
  'unknown-job': 404,
  'unknown-subscription': 404,
  'environment-absent': 404,
  'environment-away': 503,

  'own-account': 403,
  administrator: 403,
  'own-role': 403,
  'credential-holder': 403,
  'organization-administrator': 403,
  'own-client': 403,
  'administering-client': 403,
  'stronger-client': 403,
  'administering-scope': 403,
  'own-work': 403,
  'other-environment': 403,
  'other-organization': 403,
  'undelegated-role': 403,
  'administrator-of-any-kind': 403,
  'own-emergency': 403,
} as const satisfies Record<ActFailure['kind'], number>;

/** Returns the HTTP status that answers a failure. */
export function statusOf({ kind }: ActFailure): (typeof statuses)[ActFailure['kind']] {
  return statuses[kind];
}
