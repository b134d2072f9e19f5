/**
 * `dhp migrate`: migrates the databases to the newest schema without serving, for operators who roll out in steps; with `--distributed`,
 * moves that of an environment to several nodes.
 */
import { UsageError, type Command, type Values } from '../cli.ts';
import { openCommandDatabases, openContext, openMigrated, readSettings } from '../context.ts';
import { sized } from '../doctor/node-checks.ts';
import type { MovePlan, Wanted } from '../distributed/move.ts';
import { placeOf, placeText } from '../distributed/places.ts';
import { said } from '../distributed/said.ts';
import { environmentOf, environmentOption } from '../environment.ts';
import { grouped, spokenLanguage } from '../locale.ts';
import { progressOn, silent } from '../progress.ts';
import { operationMessages } from '../texts/operation.ts';
import { print, table } from '../output.ts';
import { json, textOf, wholeNumber, words } from './shared.ts';

async function migrateAll(): Promise<number> {
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
}

/** @throws UsageError for an invalid value */
function wantedOf(values: Values): Wanted {
  const coordinator = textOf(values, 'coordinator');
  return {
    workers: words(values['nodes']).map(placeOf),
    coordinator: coordinator === undefined ? undefined : placeOf(coordinator),
    shards: wholeNumber(values, 'shards') ?? 32,
  };
}

function planInWords(plan: MovePlan): string {
  const { planned, placed } = said();
  const rows = plan.tables.map(({ name, isWhole, isMoved, bytes, rows: count }) => [
    ...[name, isMoved ? placed.moved : isWhole ? placed.whole : placed.divided],
    ...[sized(bytes), count === undefined ? '?' : grouped(count)],
  ]);
  const values = {
    ...{ environment: plan.environment, coordinator: placeText(plan.coordinator), shards: plan.shards },
    ...{ workers: plan.workers.map(placeText).join(', '), size: sized(plan.bytes), seconds: plan.seconds },
  };
  return `${table(['TABLE', 'PLACE', 'SIZE', 'ROWS'], rows)}\n${planned(values)}\n`;
}

async function distributed(values: Values): Promise<number> {
  const environment = environmentOf(values);
  const wanted = wantedOf(values);
  const isJson = values['json'] === true;
  const isPlan = values['plan'] === true;
  if (readSettings().DATABASE_URL === undefined) {
    if (isJson) print({ environment, obstacles: [said().obstacles.embedded] });
    process.stderr.write(`${said().refused}\n  ${said().obstacles.embedded}\n`);
    return 1;
  }
  const context = openContext(isJson ? silent : progressOn(process.stderr));
  const databases = await openCommandDatabases(context);
  try {
    const url = await databases.open(environment);
    const { move, planMove } = await import('../distributed/move.ts');
    const plan = await planMove(url, environment, wanted);
    if (isJson) print(plan);
    else if (isPlan && plan.tables.length > 0) process.stdout.write(planInWords(plan));
    if (plan.isDone) {
      context.progress.say(said().already({ environment }));
      return 0;
    }
    if (plan.obstacles.length > 0) {
      process.stderr.write(`${said().refused}\n${plan.obstacles.map((one) => `  ${one}\n`).join('')}`);
      return 1;
    }
    if (isPlan) {
      context.progress.say(said().limits);
      return 0;
    }
    await move(url, plan, context.progress);
    context.progress.say(said().done({ environment }));
    return 0;
  } finally {
    await databases.close();
  }
}

export const migrateCommand: Command = {
  name: 'migrate',
  summary: 'Migrate the databases to the newest schema, or that of an environment to several nodes',
  options: {
    distributed: {
      type: 'boolean',
      help: 'move the database of an environment to several nodes, by Citus, with its servers stopped; a run that was ended goes on',
    },
    environment: environmentOption,
    nodes: { type: 'string', value: 'HOST:PORT', list: ',', help: 'each worker, as the others reach it' },
    coordinator: {
      type: 'string',
      value: 'HOST:PORT',
      help: 'the server of DATABASE_URL, as the workers reach it; default as it is named there',
    },
    shards: {
      type: 'string',
      value: 'N',
      help: 'into how many parts tables are divided, which share the nodes; it cannot be changed later (default 32)',
    },
    plan: { type: 'boolean', help: 'say what would be done, with sizes and times, and change nothing' },
    json,
  },
  examples: [
    'dhp migrate',
    'dhp migrate --distributed --environment production --nodes db1:5432,db2:5432,db3:5432 --plan',
  ],
  run: async (values) => {
    if (values['distributed'] === true) return distributed(values);
    const alone = Object.keys(values)[0];
    if (alone !== undefined) throw new UsageError(said().wantsDistributed({ option: alone }));
    return migrateAll();
  },
};
