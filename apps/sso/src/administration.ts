/**
 * @dhp/sso/administration: what administers clients, people, keys and the audit trail on a migrated database, without the server.
 * It is a door of its own for commands: the server behind @dhp/sso takes most of a second to load.
 */
export { migrations } from './migrations.ts';
