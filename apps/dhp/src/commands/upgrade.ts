/** `dhp upgrade`: the embedded database of an older PostgreSQL, copied into one of this program's. docs/operations/runbooks.md */
import { existsSync } from 'node:fs';
import {
  findPrograms,
  giveUpUpgrade,
  upgradeCluster,
  UpgradeError,
  versionsOf,
  type Upgraded,
} from '@dhp/postgres/upgrade';
import { UsageError, type Command } from '../cli.ts';
import { openContext, readSettings, schemaOf } from '../context.ts';
import { databaseNames, embeddedDatabaseOf } from '../databases.ts';
import { grouped, spokenLanguage } from '../locale.ts';
import { progressOn, silent, stepsOn } from '../progress.ts';
import { operationMessages, type OperationMessages } from '../texts/operation.ts';
import { print } from '../output.ts';
import { json, textOf } from './shared.ts';

const said = (): OperationMessages['upgrade'] => operationMessages[spokenLanguage()].upgrade;

/** Every version of each environment, with its place in the order of commits: not only the rows, but what clients read of them. */
async function compareVersions(from: string, to: string): Promise<number> {
  const { compareFeeds, proveFeeds } = await import('../kept-proofs.ts');
  const proofs = await proveFeeds(embeddedDatabaseOf(from));
  await compareFeeds(embeddedDatabaseOf(to), proofs).catch((cause: unknown) => {
    throw new UpgradeError('upgrade-differs', (cause as Error).message, { cause });
  });
  return Object.values(proofs).reduce((sum, { versions }) => sum + versions, 0);
}

function tell(isJson: boolean, done: Upgraded, versions: number, backups: string | undefined): void {
  const { from, to, databases, others, before } = done;
  if (isJson) {
    print({ from, to, databases, others, before, versions });
    return;
  }
  process.stdout.write(
    `${said().done({ from, to, versions: grouped(versions) })}\n${said().before({ folder: before })}\n`,
  );
  if (others.length > 0) process.stdout.write(`${said().others({ names: others.join(', ') })}\n`);
  // The log of the new cluster has the same names as that of the old one.
  if (backups !== undefined && existsSync(backups)) process.stdout.write(`${said().backups({ folder: backups })}\n`);
}

export const upgradeCommand: Command = {
  name: 'upgrade',
  summary: 'Copy the embedded database of an older PostgreSQL into one of this program, with the platform stopped',
  options: {
    programs: {
      type: 'string',
      value: 'FOLDER',
      help: 'the programs of the PostgreSQL that made the database; default: where packages of the system put them',
    },
    'give-up': {
      type: 'boolean',
      help: 'remove what an upgrade that was not finished has made; the database stays as it was',
    },
    json,
  },
  examples: ['dhp upgrade', 'dhp upgrade --programs /usr/lib/postgresql/17/bin'],
  run: async (values) => {
    const isJson = values['json'] === true;
    if (readSettings().DATABASE_URL !== undefined) throw new UsageError(said().notEmbedded);
    const context = openContext(isJson ? silent : progressOn(process.stderr), { create: true });
    const directory = context.data.database;
    if (values['give-up'] === true) {
      const isGivenUp = await giveUpUpgrade(directory);
      process.stdout.write(`${isGivenUp ? said().givenUp : said().nothing}\n`);
      return isGivenUp ? 0 : 1;
    }
    const { cluster, program } = await versionsOf(directory);
    if (cluster === undefined) throw new UsageError(said().noDatabase({ path: context.data.path }));
    if (cluster > program) throw new UpgradeError('upgrade-newer', said().newer({ cluster, program }));
    if (cluster === program) {
      if (isJson) print({ from: cluster, to: program });
      else process.stdout.write(`${said().already({ version: program })}\n`);
      return 0;
    }
    const steps = stepsOn(context.progress, said().steps);
    let versions = 0;
    const done = await upgradeCluster({
      directory,
      programs: await findPrograms(cluster, textOf(values, 'programs')),
      databases: databaseNames.map((name) => ({ ...schemaOf(name), name: `dhp_${name}` })),
      onStep: steps.show,
      compare: async (from, to) => {
        versions = await compareVersions(from, to);
      },
      afterwards: async (from, to) => {
        const { continueFeeds } = await import('../kept-proofs.ts');
        await continueFeeds(embeddedDatabaseOf(from), embeddedDatabaseOf(to));
      },
    });
    steps.done();
    tell(isJson, done, versions, context.settings.DHP_BACKUPS);
    return 0;
  },
};
