/** @dhp/trail: records of requests, sealed, pseudonymous and chained. Pure: rows are stored and read by others. */
export {
  leavesOf,
  rangesOf,
  readActs,
  type Removal,
  removalsOf,
  signAct,
  type SignedAct,
  type TrailAct,
} from './acts.ts';
export { type KeyOfRow, openSealer, type Sealer, type TrailRow } from './sealer.ts';
export { type OpenedRecord, isKeyOf, openRecord, pseudonymOf, type SealedRecord } from './open.ts';
export { archiveLine, type ArchivedRecord, parseArchiveLine } from './archive.ts';
export { trailKeys, type TrailKeys } from './keys.ts';
export { formatHead, type Head, headAfter, parseHead, placesAfter, type KeptHead } from './head.ts';
export { nodeAtIn, type NodeAt, type NodePlace, placesBetween } from './head-tree.ts';
export { proveHeads, type HeadsProof } from './heads-proof.ts';
export { checkProof, proveRecord, type RecordProof } from './proof.ts';
export { rootOf } from './merkle.ts';
export { type Break, createVerifier, type RecordToVerify, type TrailReport } from './verifier.ts';
