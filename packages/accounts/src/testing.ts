/** For the tests of others, beside the doors of the package. */
export { totpCode, totpStep } from './factors/totp.ts';
export type { FoundRecord, RecordWriter } from './records/directory.ts';
export { type HeldRecord, type Outcome, outcomeOf } from './records/proof.ts';
export { updatePasswordHash } from './store/accounts.ts';
