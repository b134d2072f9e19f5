/** @dhp/accounts/rows: rows of people, one function a statement. */
export {
  type AccountRow,
  hasPassword,
  type Identity,
  isAccountId,
  personColumnsOf,
  selectAccount,
  selectAccountByName,
  accountColumns,
  choiceColumn,
} from './store/accounts.ts';
export { isAdministrator } from './store/administrators.ts';
export { deleteOldDevices } from './store/devices.ts';
export { hasFactor } from './store/factors.ts';
export { deleteExpiredPaperCodes } from './store/paper-codes.ts';
export { deleteExpiredPasswordLinks } from './store/password-links.ts';
export { countHolders, selectHeldRoles } from './store/policies.ts';
export { pinPatient, type RelationName, selectPinned } from './store/relations.ts';
export {
  countAttempt,
  countFailure,
  deleteOldAttempts,
  giveBackAttempt,
  type ThrottlePolicy,
} from './store/throttle.ts';
