/** `dhp seed`: a deterministic synthetic population for trying out and for measuring. */
import { publicUrls } from '../addresses.ts';
import { UsageError, type Command, type Values } from '../cli.ts';
import { openCommandDatabases, openContext, openMigrated } from '../context.ts';
import { grouped, spokenLanguage } from '../locale.ts';
import { operationMessages } from '../texts/operation.ts';
import { progressOn, silent } from '../progress.ts';
import { results } from '../results.ts';
import { defaultSeed, defaultToday } from '../synthetic-defaults.ts';

function wholeNumber(values: Values, name: string, fallback: number | undefined, maximum: number): number {
  const given = values[name];
  const { wants, upTo } = operationMessages[spokenLanguage()].seed;
  if (typeof given !== 'string') {
    if (fallback === undefined) throw new UsageError(wants({ option: name }));
    return fallback;
  }
  const number = Number(given);
  if (!/^\d+$/.test(given) || number > maximum) {
    throw new UsageError(upTo({ option: name, given, maximum: grouped(maximum) }));
  }
  return number;
}

function environmentOf(values: Values): 'playground' | 'production' {
  const given = values['environment'] ?? 'playground';
  if (given === 'playground') return given;
  if (given === 'production' && values['synthetic-in-production'] === true) return given;
  if (given === 'production') throw new UsageError(operationMessages[spokenLanguage()].seed.notInProduction);
  throw new UsageError(results().usage.environment({ given: String(given) }));
}

function dayOf(values: Values): string {
  const given = values['today'];
  if (typeof given !== 'string') return defaultToday;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(given) || Number.isNaN(Date.parse(given))) {
    throw new UsageError(operationMessages[spokenLanguage()].seed.day({ given, example: defaultToday }));
  }
  return given;
}

export const seedCommand: Command = {
  name: 'seed',
  summary: 'Fill the playground with a synthetic population',
  options: {
    patients: { type: 'string', value: 'N', help: 'how many patients', required: true },
    seed: { type: 'string', value: 'S', help: `the same S makes the same people; default ${defaultSeed}` },
    today: { type: 'string', value: 'DAY', help: `the last day of their histories; default ${defaultToday}` },
    environment: { type: 'string', value: 'NAME', help: 'playground (the default) or production' },
    'synthetic-in-production': { type: 'boolean', help: 'really put synthetic patients into production' },
    json: { type: 'boolean', help: 'print one JSON object' },
  },
  examples: ['dhp seed --patients 1000', 'dhp seed --patients 100000 --seed 7'],
  run: async (values) => {
    const environment = environmentOf(values);
    const options = {
      patients: wholeNumber(values, 'patients', undefined, 50_000_000),
      seed: wholeNumber(values, 'seed', defaultSeed, 2 ** 32 - 1),
      today: dayOf(values),
    };
    const progress = values['json'] ? silent : progressOn(process.stderr);
    const context = openContext(progress);
    const databases = await openCommandDatabases(context);
    try {
      const url = await openMigrated(databases, environment, context);
      const baseUrl = publicUrls(context.settings, context.data.ports())[environment];
      const timeZone = context.settings.DHP_TIME_ZONE ?? 'Asia/Tashkent';
      const { openStore } = await import('@dhp/fhir-store');
      const store = await openStore({ url, timeZone, ownBases: baseUrl === undefined ? [] : [baseUrl] });
      try {
        const { seed } = await import('../seeding.ts');
        const resources = await seed(store, options, progress);
        if (values['json']) process.stdout.write(`${JSON.stringify({ ...options, environment, resources })}\n`);
      } finally {
        await store.close();
      }
    } finally {
      await databases.close();
    }
    return 0;
  },
};
