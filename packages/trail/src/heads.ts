/** @dhp/trail/heads: signed heads, the tree below them, and the proofs that a record or an earlier head belongs to one. */
export { formatHead, type Head, headAfter, parseHead, placesAfter, type KeptHead } from './head.ts';
export { nodeAtIn, type NodeAt, type NodePlace, placesBetween } from './head-tree.ts';
export { proveHeads, type HeadsProof } from './heads-proof.ts';
export { checkProof, proveRecord, type RecordProof } from './proof.ts';
export { rootOf } from './merkle.ts';
