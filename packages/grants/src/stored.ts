/** @dhp/grants/artifacts: artifacts of the protocol engine, revocations, and values that may be used once. */
export {
  type ArtifactRow,
  consumeArtifact,
  deleteArtifact,
  deleteByGrant,
  deleteExpired,
  deletingArtifact,
  type EndedArtifact,
  insertingAnswer,
  isAnsweredBefore,
  isRenewable,
  type NewArtifact,
  selectArtifact,
  selectOwner,
  selectSessionOfGrant,
  touchPolled,
  upsertingArtifact,
  useOnce,
} from './artifacts.ts';
export {
  deleteExpiredRevocations,
  endAllThatWasIssued,
  insertRevocation,
  isRevoked,
  type RevocationPlace,
  type RevocationSubject,
  selectRevocations,
} from './revocations.ts';
