/** The command line: finds the command, runs it, and explains a failure in one sentence. */
import { inspect } from 'node:util';
import { causesOf, isConnectionError } from '@dhp/postgres/errors';
import { runCommandLine, UsageError } from './cli.ts';
import { commandsFor } from './commands.ts';
import { spokenLanguage } from './locale.ts';
import { failureIn } from './results.ts';
import { operationMessages } from './texts/operation.ts';

/** Errors whose message is meant for the person at the terminal. */
function isForPeople(error: unknown): error is Error {
  const names = [
    'ConfigurationError',
    'UsageError',
    'DatabaseError',
    'ClientError',
    'AccountError',
    'PolicyError',
    'AdministrationError',
    'BackupError',
    'MigrationError',
    'PackageFault',
    'ReleaseFault',
    'ServerError',
    'SecretKeyError',
    'UpgradeError',
  ];
  return error instanceof Error && names.includes(error.name);
}

/** The database went away, or could not carry out a statement, in the midst of a command or at the start of a server. */
function faultOfDatabase(error: unknown): Error | undefined {
  const causes = causesOf(error).filter((one) => one instanceof Error);
  // An unavailable store has the same message for every cause.
  const store = causes.find(({ name }) => name === 'StoreUnavailable');
  const under = store?.cause instanceof Error ? store.cause : store;
  return causes.findLast((one) => isConnectionError(one)) ?? under;
}

function sentenceOf(error: unknown): string {
  if (isForPeople(error)) return failureIn(spokenLanguage(), error);
  const reason = faultOfDatabase(error)?.message;
  if (reason !== undefined) return operationMessages[spokenLanguage()].databaseAway({ reason });
  const message = error instanceof Error ? error.message : String(error);
  return operationMessages[spokenLanguage()].unexpected({ message });
}

/**
 * Runs `dhp` with these words.
 * @param argv the words after `dhp`
 * @returns the exit code: 0 done, 2 wrong use, otherwise that of the command, or 1; failures are printed on standard error
 */
export async function runProgram(argv: readonly string[]): Promise<number> {
  try {
    const commands = await commandsFor(argv);
    return await runCommandLine(commands, argv, (text) => process.stdout.write(text), spokenLanguage());
  } catch (error) {
    process.stderr.write(`dhp: ${sentenceOf(error)}\n`);
    // The stack is for developers: above a clear sentence it only hides it.
    if (process.env['DHP_LOG'] === 'debug') process.stderr.write(`${inspect(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}
