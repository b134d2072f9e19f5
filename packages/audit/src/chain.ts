/** @dhp/audit/chain: the chain of the records, which shows whether one was altered or removed. */
export { chainAuditEvents, keepChaining, nextLink } from './chain/chain.ts';
export {
  type AuditHead,
  auditHeadFile,
  type AuditHeads,
  formatHead,
  isGenuine,
  keepHead,
  parseHead,
} from './chain/heads.ts';
export { acceptRestore } from './chain/restore.ts';
export { type ChainReport, verifyAuditChain, verifyChainEnd } from './chain/verify.ts';
