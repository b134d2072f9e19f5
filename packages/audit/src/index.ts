/** @dhp/audit: the record of each decision, written before its answer. */
export { type AuditEvent, insertAuditEvents } from './store/insert-events.ts';
export { type AuditTrail, openAuditTrail, recordChannel } from './trail.ts';
