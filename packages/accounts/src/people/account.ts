/** A person's registration, as the rest of the server knows it. */
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
  /** Nobody has proved who it is: an identity system for trying out has opened it. */
  isTest?: true;
  /** Grows with each act that ends sign-ins under way: what was checked with an earlier one makes no session. */
  credentialsVersion: number;
  /** Until when the password is good that an operator has set, where the person has not chosen another one yet. */
  passwordExpires?: Date;
}

/** The declared fields of a row, without those that have no value. */
export function personValuesOf(row: PersonColumns): PersonValues {
  return valuesOfRow(personFieldNames, row) as unknown as PersonValues;
}

/** @param row where the password is of no interest it may be without that */
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
