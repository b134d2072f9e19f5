import { UsageError } from './cli.ts';
import type { Context } from './context.ts';
import { spokenLanguage } from './locale.ts';
import { operationMessages } from './texts/operation.ts';

/**
 * The folder of backups of an installation.
 * @throws UsageError if there is none, or the database is not the embedded one
 */
export function backupFolder({ settings }: Pick<Context, 'settings'>): string {
  const said = operationMessages[spokenLanguage()].backup;
  if (settings.DATABASE_URL !== undefined) throw new UsageError(said.notEmbedded);
  if (settings.DHP_BACKUPS === undefined) throw new UsageError(said.noFolder);
  return settings.DHP_BACKUPS;
}
