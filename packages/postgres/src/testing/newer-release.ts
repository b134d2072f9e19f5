import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Sql } from '../driver/sql.ts';
import { migrate } from '../migrate.ts';

/**
 * Migrates a database as a newer release does: with the migrations of this one and further files, by name. The program under test does not
 * know these.
 */
export async function migrateAsNewerRelease(
  sql: Sql,
  migrations: { readonly directory: URL; readonly schema: string },
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'dhp-newer-release-'));
  try {
    await cp(fileURLToPath(migrations.directory), path, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
    await migrate(sql, { directory: pathToFileURL(`${path}/`), schema: migrations.schema });
  } finally {
    await rm(path, { recursive: true });
  }
}
