/** @dhp/trail: records of requests, sealed, pseudonymous and chained. Pure: rows are stored and read by others. */
export { type KeyOfRow, openSealer, type Sealer, type TrailRow } from './sealer.ts';
export { type OpenedRecord, openRecord, pseudonymOf, type SealedRecord } from './open.ts';
export { trailKeys, type TrailKeys } from './keys.ts';
export { formatHead, type Head, headAfter, isGenuineHead, parseHead, type KeptHead } from './head.ts';
export { emptyRoot, rootOf } from './merkle.ts';
export { type Break, createVerifier, type RecordToVerify, type TrailReport, type Verifier } from './verifier.ts';
