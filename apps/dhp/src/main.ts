/** The command line's entry: finds the command, runs it, and says in one sentence what stands in the way. */
import { clientCommands } from './commands/client.ts';
import { keyCommands } from './commands/key.ts';
import { migrateCommand } from './commands/migrate.ts';
import { packageCommands } from './commands/package.ts';
import { registrationTokenCommands } from './commands/registration-token.ts';
import { reindexCommand } from './commands/reindex.ts';
import { seedCommand } from './commands/seed.ts';
import { sessionCommands } from './commands/session.ts';
import { startCommand } from './commands/start.ts';
import { personCommands } from './commands/person.ts';
import { policyCommands } from './commands/policy.ts';
import { auditCommands } from './commands/audit.ts';
import { terminologyImportCommand } from './commands/terminology.ts';
import { validateCommand } from './commands/validate.ts';
import { userCommands } from './commands/user.ts';
import { runCommandLine, UsageError } from './cli.ts';

const commands = [
  startCommand,
  ...clientCommands,
  ...registrationTokenCommands,
  ...userCommands,
  ...personCommands,
  ...sessionCommands,
  ...keyCommands,
  ...policyCommands,
  ...auditCommands,
  ...packageCommands,
  terminologyImportCommand,
  validateCommand,
  seedCommand,
  migrateCommand,
  reindexCommand,
];

/** Errors whose message is meant for the person at the terminal; the stack would only hide it. */
function isForPeople(error: unknown): error is Error {
  const names = [
    'ConfigurationError',
    'UsageError',
    'DatabaseError',
    'ClientError',
    'AccountError',
    'PolicyError',
    'AdministrationError',
    'MigrationError',
    'PackageFault',
    'ReleaseFault',
  ];
  return error instanceof Error && names.includes(error.name);
}

try {
  process.exitCode = await runCommandLine(commands, process.argv.slice(2), (text) => process.stdout.write(text));
} catch (error) {
  process.exitCode = error instanceof UsageError ? 2 : 1;
  if (isForPeople(error)) process.stderr.write(`dhp: ${error.message}\n`);
  else process.stderr.write(`dhp: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}
