/**
 * @dhp/trail: records of requests, sealed, pseudonymous and chained. Pure functions: others store and read rows. Heads of the trail, with
 * proofs, are at `/heads`, removals at `/acts`, lists of patients at `/lists`.
 */
export { type KeyOfRow, openSealer, type Sealer, type TrailRow } from './sealer.ts';
export { type OpenedRecord, isKeyOf, openRecord, pseudonymOf, type SealedRecord } from './open.ts';
export { archiveLine, type ArchivedRecord, parseArchiveLine } from './archive.ts';
export { trailKeys, type TrailKeys } from './keys.ts';
export { type Break, createVerifier, type RecordToVerify, type TrailReport } from './verifier.ts';
