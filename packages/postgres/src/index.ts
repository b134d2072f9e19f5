/** @dhp/postgres: the pool, migrations, batches of writes, and the embedded server. */
export { commitsOf, connect, type ConnectOptions } from './connect.ts';
export type { Commits } from './driver/commits.ts';
export {
  areCommitsBlocked,
  ConnectionError,
  isConnectionError,
  isOutcomeUnknown,
  PostgresError,
} from './driver/errors.ts';
export type { Session, Sql } from './driver/sql.ts';
export { Deferred, EncodedText } from './driver/values.ts';
export type { PendingQuery, RawColumn } from './driver/query.ts';
export { createDatabaseMemory, type DatabaseMemory } from './database-memory.ts';
export { createDurableCheck, type CommitState } from './durable-check.ts';
export { inspectPoolers, type PoolerLimits } from './pooler.ts';
export { databaseUrl, ensureDatabase, isDatabaseThere, quotedName, urlThroughPooler } from './database.ts';
export { DatabaseUrlError, isLocalHost, parseDatabaseUrl, type DatabaseAddress, type SslMode } from './address.ts';
export { sslModeOf, tlsAdvice } from './tls.ts';
export {
  migrate,
  MigrationError,
  type MigrateOptions,
  type MigrationProgress,
  schemaState,
  type SchemaState,
} from './migrate.ts';
export {
  closeToPublic,
  inspectServerRole,
  openServerRole,
  OtherPasswordError,
  scramVerifier,
  urlOfLogin,
  type ServerPrivileges,
  type ServerRole,
  type ServerRoleOptions,
  type ServerRoleState,
  type ServerSchema,
} from './roles/index.ts';
export { createBatcher, type Batcher, type BatcherOptions } from './batcher.ts';
export { oldestOpen } from './oldest-open.ts';
export {
  DatabaseInUseError,
  embeddedOwner,
  hasCluster,
  startEmbedded,
  type EmbeddedOptions,
  type EmbeddedPostgres,
} from './embedded/start.ts';
