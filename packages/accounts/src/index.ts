/** @dhp/accounts: the accounts of people, and their administration. */
export { type Account, toAccount } from './people/account.ts';
export { type Accounts, findEnabledAccount, openAccounts } from './people/accounts.ts';
export { type Administrators, openAdministrators } from './people/administrators.ts';
export { openPeople, type People, type Person, type PersonChange } from './people/people.ts';
export {
  openUnconfirmed,
  type ProofName,
  type UnconfirmedPerson,
  type UnconfirmedProofs,
} from './people/unconfirmed.ts';
export { AccountError, type NewAccount, usernameOf } from './people/validate.ts';
export { beginReset, waitsOf } from './throttle/throttle.ts';
