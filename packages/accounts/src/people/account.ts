/** A person's registration, as the rest of the server uses it. */
import { valuesOfRow } from '@dhp/sso-kit/fields';
import type { AccountRow, Identity } from '../store/accounts.ts';
import { personFieldNames, type PersonColumns, type PersonValues } from '../fields/person-fields.ts';

export interface Account extends PersonValues {
  /** The `sub` of the person's tokens. */
  accountId: string;
  username: string;
  /** Records of the person in each environment. */
  identities: readonly Identity[];
  created: Date;
  /** Absent while the account is enabled. */
  disabled?: Date;
  disabledReason?: string;
  /** Nobody has proved the identity: a test identity system has created the account. */
  isTest?: true;
  /** Increases with each act that ends sign-ins under way: credentials that were checked with an earlier version make no session. */
  credentialsVersion: number;
  /** Expiry of a password that an operator has set, if the person has not replaced it yet. */
  passwordExpires?: Date;
}

/** The declared fields of a row, without those that are null. */
export function personValuesOf(row: PersonColumns): PersonValues {
  return valuesOfRow(personFieldNames, row) as unknown as PersonValues;
}

/** @param row may omit the columns of the password if they are not needed */
export function toAccount(
  row: Omit<AccountRow, 'password_hash' | 'updated_at' | 'password_expires_at' | 'is_test'> &
    Partial<Pick<AccountRow, 'password_expires_at' | 'is_test'>>,
): Account {
  return {
    accountId: row.account_id,
    username: row.username,
    ...personValuesOf(row),
    identities: row.identities,
    created: row.created_at,
    credentialsVersion: row.credentials_version,
    ...(row.disabled_at === null ? {} : { disabled: row.disabled_at }),
    ...(row.disabled_reason === null ? {} : { disabledReason: row.disabled_reason }),
    ...(row.is_test === true ? { isTest: true as const } : {}),
    ...(row.password_expires_at ? { passwordExpires: row.password_expires_at } : {}),
  };
}
