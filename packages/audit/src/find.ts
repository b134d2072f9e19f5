/** @dhp/audit/find: searching and exporting records. */
export { exportAuditEvents, exportFound, type StoredEvent, toAuditEvent } from './export.ts';
export {
  type AuditAsked,
  type AuditDetail,
  type AuditRow,
  selectAuditContents,
  selectAuditDetail,
  selectAuditPage,
} from './store/find-events.ts';
