/** The command line's entry: finds the command, runs it, and says in one sentence what stands in the way. */
import { runCommandLine, UsageError } from './cli.ts';
import { commandsFor } from './commands.ts';

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

const argv = process.argv.slice(2);
try {
  process.exitCode = await runCommandLine(await commandsFor(argv), argv, (text) => process.stdout.write(text));
} catch (error) {
  process.exitCode = error instanceof UsageError ? 2 : 1;
  if (isForPeople(error)) process.stderr.write(`dhp: ${error.message}\n`);
  else process.stderr.write(`dhp: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}
