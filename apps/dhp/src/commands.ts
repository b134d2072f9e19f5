/** Every command, in the order of the overview; its file is loaded only when needed. */
import type { Command } from './cli.ts';

interface File {
  /** The first words of its commands. */
  readonly words: readonly string[];
  readonly load: () => Promise<readonly Command[]>;
}

const files: readonly File[] = [
  { words: ['start'], load: async () => [(await import('./commands/start.ts')).startCommand] },
  { words: ['client'], load: async () => (await import('./commands/client.ts')).clientCommands },
  {
    words: ['registration-token'],
    load: async () => (await import('./commands/registration-token.ts')).registrationTokenCommands,
  },
  { words: ['user'], load: async () => (await import('./commands/user.ts')).userCommands },
  { words: ['user'], load: async () => (await import('./commands/person.ts')).personCommands },
  { words: ['user'], load: async () => (await import('./commands/unconfirmed.ts')).unconfirmedCommands },
  {
    words: ['identity-source', 'identity-case'],
    load: async () => (await import('./commands/identity.ts')).identityCommands,
  },
  { words: ['session', 'user'], load: async () => (await import('./commands/session.ts')).sessionCommands },
  { words: ['key'], load: async () => (await import('./commands/key.ts')).keyCommands },
  { words: ['password-list'], load: async () => (await import('./commands/password-list.ts')).passwordListCommands },
  { words: ['policy', 'user'], load: async () => (await import('./commands/policy.ts')).policyCommands },
  { words: ['glass'], load: async () => (await import('./commands/break-glass.ts')).breakGlassCommands },
  { words: ['policy'], load: async () => (await import('./commands/access-policy.ts')).accessPolicyCommands },
  { words: ['audit'], load: async () => (await import('./commands/audit.ts')).auditCommands },
  { words: ['audit'], load: async () => (await import('./commands/audit-life.ts')).auditLifeCommands },
  { words: ['audit'], load: async () => (await import('./commands/audit-request.ts')).auditRequestCommands },
  { words: ['audit'], load: async () => (await import('./commands/audit-proof.ts')).auditProofCommands },
  { words: ['package'], load: async () => (await import('./commands/package.ts')).packageCommands },
  { words: ['terminology'], load: async () => [(await import('./commands/terminology.ts')).terminologyImportCommand] },
  { words: ['job'], load: async () => (await import('./commands/job.ts')).jobCommands },
  { words: ['job'], load: async () => [(await import('./commands/job-work.ts')).jobWorkCommand] },
  { words: ['subscription'], load: async () => (await import('./commands/subscription.ts')).subscriptionCommands },
  { words: ['validate'], load: async () => [(await import('./commands/validate.ts')).validateCommand] },
  { words: ['export', 'import'], load: async () => (await import('./commands/exchange.ts')).exchangeCommands },
  { words: ['doctor'], load: async () => [(await import('./commands/doctor.ts')).doctorCommand] },
  { words: ['status'], load: async () => [(await import('./commands/status.ts')).statusCommand] },
  { words: ['versions'], load: async () => (await import('./commands/versions.ts')).versionsCommands },
  { words: ['storage'], load: async () => [(await import('./commands/storage.ts')).storageCommand] },
  { words: ['verify'], load: async () => [(await import('./commands/verify.ts')).verifyCommand] },
  { words: ['hold'], load: async () => (await import('./commands/hold.ts')).holdCommands },
  { words: ['archive'], load: async () => (await import('./commands/archive.ts')).archiveCommands },
  { words: ['retention'], load: async () => (await import('./commands/retention.ts')).retentionCommands },
  { words: ['purge'], load: async () => (await import('./commands/purge.ts')).purgeCommands },
  { words: ['log'], load: async () => (await import('./commands/log.ts')).logCommands },
  { words: ['backup'], load: async () => (await import('./commands/backup.ts')).backupCommands },
  { words: ['restore'], load: async () => [(await import('./commands/restore.ts')).restoreCommand] },
  {
    words: ['backup', 'restore'],
    load: async () => {
      const { finishCommand, proveCommand } = await import('./commands/restore-finish.ts');
      return [proveCommand, finishCommand];
    },
  },
  { words: ['upgrade'], load: async () => [(await import('./commands/upgrade.ts')).upgradeCommand] },
  { words: ['seed'], load: async () => [(await import('./commands/seed.ts')).seedCommand] },
  { words: ['database'], load: async () => [(await import('./commands/database-roles.ts')).databaseRolesCommand] },
  { words: ['migrate'], load: async () => [(await import('./commands/migrate.ts')).migrateCommand] },
  { words: ['shards'], load: async () => (await import('./commands/shards.ts')).shardCommands },
  { words: ['reindex'], load: async () => [(await import('./commands/reindex.ts')).reindexCommand] },
];

/**
 * The commands that begin with the first word, loaded; all of them, for the overview, if none begins with it.
 * @param argv the words after `dhp`
 */
export async function commandsFor(argv: readonly string[]): Promise<readonly Command[]> {
  const first = argv.find((word) => !word.startsWith('-') && word !== 'help');
  const asked = files.filter(({ words }) => first !== undefined && words.includes(first));
  const loaded = await Promise.all((asked.length > 0 ? asked : files).map(({ load }) => load()));
  return loaded.flat();
}
