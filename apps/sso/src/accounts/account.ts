/** A person's registration, as the rest of the server knows it. */
import type { AccountRow, Identity } from '../store/accounts.ts';

export interface Account {
  /** The `sub` of the person's tokens. */
  accountId: string;
  username: string;
  name: string;
  /** Where links to set a password are sent. */
  email?: string;
  /** Records of the person in each environment. */
  identities: readonly Identity[];
  created: Date;
  /** Absent while the account is enabled. */
  disabled?: Date;
  disabledReason?: string;
  /** Until when the password is good that an operator has set, where the person has not chosen another one yet. */
  passwordExpires?: Date;
}

/** @param row where the password is of no interest it may be without that */
export function toAccount(
  row: Omit<AccountRow, 'password_hash' | 'updated_at' | 'password_expires_at'> &
    Partial<Pick<AccountRow, 'password_expires_at'>>,
): Account {
  return {
    accountId: row.account_id,
    username: row.username,
    name: row.name,
    ...(row.email === null ? {} : { email: row.email }),
    identities: row.identities,
    created: row.created_at,
    ...(row.disabled_at === null ? {} : { disabled: row.disabled_at }),
    ...(row.disabled_reason === null ? {} : { disabledReason: row.disabled_reason }),
    ...(row.password_expires_at ? { passwordExpires: row.password_expires_at } : {}),
  };
}
