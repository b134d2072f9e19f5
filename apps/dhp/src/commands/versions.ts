/** `dhp versions pack|unpack`: stores replaced versions in less space, without changing what is read. docs/operations/doctor.md */
import { connect, type Sql } from '@dhp/postgres';
import type { PackReport } from '@dhp/fhir-store/kept';
import type { Command, Values } from '../cli.ts';
import { openCommandDatabases, openContext } from '../context.ts';
import { DatabaseError } from '../database-error.ts';
import { sized } from '../doctor/node-checks.ts';
import { environmentOf, environmentOption, type EnvironmentName } from '../environment.ts';
import { grouped, spokenLanguage } from '../locale.ts';
import { progressOn, silent } from '../progress.ts';
import { stopSignal } from '../stop-signal.ts';
import { operationMessages, type OperationMessages } from '../texts/operation.ts';
import { print } from '../output.ts';
import { json, wholeNumber } from './shared.ts';

const day = 86_400_000;
/** Days since a version was replaced, by default. */
const usualDays = 30;

const said = (): OperationMessages['versions'] => operationMessages[spokenLanguage()].versions;

interface Work {
  readonly sql: Sql;
  readonly options: {
    readonly signal: AbortSignal;
    readonly share?: number;
    readonly onStep: (versions: number) => void;
  };
}

const fast = { type: 'boolean', help: 'without rests: half of the time is rest otherwise' } as const;

/** @returns the exit code: 3 if it was interrupted */
async function onVersions(
  values: Values,
  title: (of: { environment: EnvironmentName }) => string,
  work: (of: Work) => Promise<PackReport>,
  tell: (environment: EnvironmentName, report: PackReport) => string,
): Promise<number> {
  const environment = environmentOf(values);
  const context = openContext(values['json'] === true ? silent : progressOn(process.stderr));
  const { PackingRefused } = await import('@dhp/fhir-store/kept');
  const signal = stopSignal();
  const databases = await openCommandDatabases(context);
  const step = context.progress.step(title({ environment }));
  try {
    const sql = connect(await databases.open(environment), { max: 1, applicationName: 'dhp versions', direct: true });
    try {
      const onStep = (versions: number): void => step.update(versions, 0);
      const share = values['fast'] === true ? 1 : undefined;
      const report = await work({ sql, options: { signal, onStep, ...(share !== undefined && { share }) } });
      if (report.versions > 0) await sql`vacuum fhir.history`;
      if (values['json'] === true) print({ environment, ...report });
      else process.stdout.write(`${tell(environment, report)}\n`);
      return 0;
    } catch (error) {
      if (error instanceof PackingRefused) throw new DatabaseError(said()[error.why]({ environment }));
      if (!signal.aborted) throw error;
      context.progress.say(said().interrupted);
      return 3;
    } finally {
      await sql.end({ timeout: 5 });
    }
  } finally {
    step.done();
    await databases.close();
  }
}

const pack: Command = {
  name: 'versions pack',
  summary:
    'Pack versions that were replaced long ago; they are told as before, and servers of the release before no longer start',
  options: {
    environment: environmentOption,
    older: { type: 'string', value: 'DAYS', help: 'days since a version was replaced (default 30)' },
    fast,
    json,
  },
  examples: ['dhp versions pack --older 90 --environment production'],
  run: (values) => {
    const before = new Date(Date.now() - (wholeNumber(values, 'older') ?? usualDays) * day);
    return onVersions(
      values,
      said().step,
      async ({ sql, options }) => (await import('@dhp/fhir-store/kept')).packVersions(sql, before, options),
      (environment, { versions, plain, packed }) =>
        versions === 0
          ? said().nothing({ environment })
          : said().packed({ environment, versions: grouped(versions), plain: sized(plain), bytes: sized(packed) }),
    );
  },
};

const unpack: Command = {
  name: 'versions unpack',
  summary: 'Unpack all versions, as before a return to the release before',
  options: { environment: environmentOption, fast, json },
  examples: ['dhp versions unpack --environment production'],
  run: (values) =>
    onVersions(
      values,
      said().unpackStep,
      async ({ sql, options }) => (await import('@dhp/fhir-store/kept')).unpackVersions(sql, options),
      (environment, { versions }) => said().unpacked({ environment, versions: grouped(versions) }),
    ),
};

export const versionsCommands: readonly Command[] = [pack, unpack];
