/** `dhp backup prove` and `dhp restore finish`: for your own PostgreSQL, backed up by another program. docs/operations/backup.md */
import { readFile } from 'node:fs/promises';
import { connect } from '@dhp/postgres';
import { UsageError, type Command } from '../cli.ts';
import { openCommandDatabases, openContext } from '../context.ts';
import { databaseNames, databaseOf } from '../databases.ts';
import { spokenLanguage } from '../locale.ts';
import { progressOn, silent } from '../progress.ts';
import { operationMessages, type OperationMessages } from '../texts/operation.ts';
import { print } from '../output.ts';
import { json, reason, reasonOf, textOf } from './shared.ts';

const said = (): OperationMessages['finish'] => operationMessages[spokenLanguage()].finish;

/** The proofs of a file. */
interface Proofs {
  readonly made: string;
  readonly feeds: Readonly<Record<string, unknown>>;
}

export const proveCommand: Command = {
  name: 'backup prove',
  summary:
    'Print a hash over the change feed of each environment, by which dhp restore finish compares what was restored',
  options: {},
  examples: ['dhp backup prove > /mnt/elsewhere/feed.json'],
  run: async () => {
    const context = openContext(silent);
    const databases = await openCommandDatabases(context);
    try {
      const { proveFeeds } = await import('../kept-proofs.ts');
      const made = new Date().toISOString();
      print({ made, feeds: await proveFeeds(databases.address) } satisfies Proofs);
      return 0;
    } finally {
      await databases.close();
    }
  },
};

/** @throws UsageError for a file without proofs */
async function proofsIn(file: string): Promise<Proofs> {
  try {
    const read = JSON.parse(await readFile(file, 'utf8')) as Partial<Proofs> | null;
    if (typeof read?.made === 'string' && typeof read.feeds === 'object') return read as Proofs;
  } catch {
    // Reported below, like a file of another kind.
  }
  throw new UsageError(said().noProof({ file }));
}

export const finishCommand: Command = {
  name: 'restore finish',
  summary:
    'After another program has restored a PostgreSQL of your own, before any node starts: compare what was restored, and end what was issued',
  options: {
    proof: {
      type: 'string',
      value: 'FILE',
      help: 'what dhp backup prove has printed before the moment that was restored',
    },
    reason: { ...reason, required: true },
    json,
  },
  examples: ["dhp restore finish --proof /mnt/elsewhere/feed.json --reason 'an import went wrong'"],
  run: async (values) => {
    const isJson = values['json'] === true;
    const context = openContext(isJson ? silent : progressOn(process.stderr));
    const { DATABASE_URL: url } = context.settings;
    if (url === undefined) throw new UsageError(said().embedded);
    const file = textOf(values, 'proof');
    const proofs = file === undefined ? undefined : await proofsIn(file);
    const at = databaseOf(url);
    await refuseUnready(at);
    const [{ compareFeeds }, { cutOff, requireKey }] = await Promise.all([
      import('../kept-proofs.ts'),
      import('../cut-off.ts'),
    ]);
    await requireKey(at, context);
    if (proofs !== undefined) await compareFeeds(at, proofs.feeds);
    const { sessions, jobs } = await cutOff(at, context, `restored by another program: ${reasonOf(values)!}`);
    const versions = Object.values(proofs?.feeds ?? {}).reduce<number>(
      (sum, feed) => sum + (feed as { readonly versions: number }).versions,
      0,
    );
    if (isJson) print({ compared: proofs !== undefined, versions, sessions_ended: sessions, jobs_ended: jobs });
    else {
      const { look } = operationMessages[spokenLanguage()].restore;
      const compared = proofs === undefined ? said().notCompared : said().compared({ versions });
      process.stdout.write(`${compared}\n${said().done({ sessions, jobs })}\n${look}\n`);
    }
    return 0;
  },
};

/** @throws UsageError if it is still recovering, or a node is connected: tokens that the node issues meanwhile would be valid */
async function refuseUnready(at: ReturnType<typeof databaseOf>): Promise<void> {
  for (const name of databaseNames) {
    const sql = connect(at(name), { max: 1, applicationName: 'dhp restore' });
    try {
      const [row] = await sql<{ recovers: boolean; nodes: number }[]>`
        select pg_is_in_recovery() as recovers, (
          select count(*)::int from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and application_name like 'dhp%') as nodes`;
      if (row!.recovers) throw new UsageError(said().recovers);
      if (row!.nodes > 0) throw new UsageError(said().nodes({ count: row!.nodes }));
    } catch (error) {
      // An environment that this installation has not.
      if (!(error instanceof Error && 'code' in error && error.code === '3D000')) throw error;
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
}
