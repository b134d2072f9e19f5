/** @dhp/postgres: the pool, migrations, batches of writes, and the embedded server. */
export { commitsOf, connect, type ConnectOptions } from './connect.ts';
export type { Session, Sql } from './driver/sql.ts';
export { createDatabaseMemory, type DatabaseMemory } from './database-memory.ts';
export { createDurableCheck, type CommitState } from './durable-check.ts';
export { databaseUrl, ensureDatabase, isDatabaseThere, quotedName, urlThroughPooler } from './database.ts';
export { migrate, schemaState, type SchemaState } from './migrate.ts';
export { createBatcher, type Batcher } from './batcher.ts';
export { oldestOpen } from './oldest-open.ts';
export { embeddedOwner, hasCluster, startEmbedded, type EmbeddedPostgres } from './embedded/start.ts';
