/**
 * @dhp/sso/administration: functions that administer clients, people, keys and the audit trail on a migrated database, without the server.
 * A separate entry point for commands: loading the server behind @dhp/sso takes most of a second.
 */
export { migrations } from './migrations.ts';
