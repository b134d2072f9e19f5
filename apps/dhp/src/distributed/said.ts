/** Texts of the commands about several nodes, and their common first steps. */
import { connect, type Sql } from '@dhp/postgres';
import { isSpread } from '@dhp/fhir-store/placement';
import { openCommandDatabases, type Context } from '../context.ts';
import { DatabaseError } from '../database-error.ts';
import type { EnvironmentName } from '../environment.ts';
import { spokenLanguage } from '../locale.ts';
import { distributedMessages, type DistributedMessages } from '../texts/distributed.ts';

/** Returns them in the language of the locale. */
export function said(): DistributedMessages {
  return distributedMessages[spokenLanguage()];
}

/**
 * Opens the database of an environment that is distributed over nodes, as the owner of its tables, for one piece of work.
 * @throws DatabaseError if it is not distributed, or not completely
 */
export async function withNodes<T>(
  context: Context,
  environment: EnvironmentName,
  work: (sql: Sql, url: string) => Promise<T>,
): Promise<T> {
  const databases = await openCommandDatabases(context);
  try {
    const url = await databases.open(environment);
    const sql = connect(url, { max: 1, applicationName: 'dhp migrate', direct: true });
    try {
      const spread = await isSpread(sql);
      if (spread === undefined) throw new DatabaseError(said().underWay({ environment }));
      if (!spread) throw new DatabaseError(said().notSpread({ environment }));
      return await work(sql, url);
    } finally {
      await sql.end({ timeout: 5 });
    }
  } finally {
    await databases.close();
  }
}
