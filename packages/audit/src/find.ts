/** @dhp/audit/find: the records that somebody looks for, and their export. */
export { exportAuditEvents, exportFound, type StoredEvent, toAuditEvent } from './export.ts';
export {
  type AuditAsked,
  type AuditDetail,
  type AuditRow,
  selectAuditContents,
  selectAuditDetail,
  selectAuditPage,
} from './store/find-events.ts';
