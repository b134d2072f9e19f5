/** `dhp migrate`: brings the databases to the newest schema without serving anything, for operators who roll out in steps. */
import type { Command } from '../cli.ts';
import { openCommandDatabases, openContext, openMigrated } from '../context.ts';
import { progressOn } from '../progress.ts';
import { spokenLanguage } from '../locale.ts';
import { operationMessages } from '../texts/operation.ts';

export const migrateCommand: Command = {
  name: 'migrate',
  summary: 'Migrate the databases to the newest schema',
  options: {},
  run: async () => {
    const context = openContext(progressOn(process.stderr), { create: true });
    const databases = await openCommandDatabases(context);
    try {
      await openMigrated(databases, 'sso', context);
      await openMigrated(databases, 'playground', context);
      if (context.settings.DHP_PRODUCTION) await openMigrated(databases, 'production', context);
    } finally {
      await databases.close();
    }
    context.progress.say(operationMessages[spokenLanguage()].start.newest);
    return 0;
  },
};
