import type { Sql } from './driver/sql.ts';
import { applied, MigrationError, pending } from './migrate.ts';
import { readMigrations } from './migration-files.ts';

/**
 * Fitness of a database's schema for a program. `current`: it has every migration of the program, and beside these only newer ones that are
 * marked additive. `behind`: the program waits for its migrations. `unfit`: the program must not serve from it. The sentence gives the
 * reason, and advice.
 */
export type SchemaState =
  { readonly kind: 'current' } | { readonly kind: 'behind' | 'unfit'; readonly sentence: string };

/** For readiness checks; asks the database each time. Rejects when that does not answer. */
export async function schemaState(sql: Sql, options: { directory: URL; schema: string }): Promise<SchemaState> {
  const { directory, schema } = options;
  const files = await readMigrations(directory);
  const records = await applied(sql, schema);
  try {
    const todo = pending(files, records, schema);
    if (todo.length === 0) return { kind: 'current' };
    const names = todo.map(({ name }) => name);
    const listed = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
    const sentence = `The database lacks migrations of schema ${schema}: ${listed}. dhp migrate, or the start of a server, applies them`;
    return { kind: 'behind', sentence };
  } catch (error) {
    if (error instanceof MigrationError) return { kind: 'unfit', sentence: error.message };
    throw error;
  }
}
