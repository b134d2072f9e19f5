/** One FHIR environment as a command works on it. */
import type { FhirStore } from '@dhp/fhir-store';
import { publicUrls } from './addresses.ts';
import { UsageError, type Option, type Values } from './cli.ts';
import { openCommandDatabases, openMigrated, type Context } from './context.ts';
import { results } from './results.ts';

export type EnvironmentName = 'playground' | 'production';

export const environmentOption: Option = {
  type: 'string',
  value: 'NAME',
  help: 'playground (the default) or production',
};

/** @throws UsageError for another name */
export function environmentOf(values: Values): EnvironmentName {
  const given = values['environment'] ?? 'playground';
  if (given === 'playground' || given === 'production') return given;
  throw new UsageError(results().usage.environment({ given: String(given) }));
}

/** Opens the database of an environment, migrated, for one piece of work; that of the running platform, if there is one. */
export async function withEnvironment<T>(
  context: Context,
  environment: EnvironmentName,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const databases = await openCommandDatabases(context);
  try {
    return await work(await openMigrated(databases, environment, context));
  } finally {
    await databases.close();
  }
}

/** Milliseconds. A code system of a hundred megabytes is one statement, and only the operator waits for it. */
const timeouts = { lock: 30_000, statement: 900_000 };

/** Opens the store in the database of an environment, for the length of one piece of work. */
export async function withStore<T>(
  { settings, data }: Context,
  environment: EnvironmentName,
  url: string,
  work: (store: FhirStore) => Promise<T>,
): Promise<T> {
  const baseUrl = publicUrls(settings, data.ports())[environment];
  const timeZone = settings.DHP_TIME_ZONE ?? 'Asia/Tashkent';
  const ownBases = baseUrl === undefined ? [] : [baseUrl];
  const { openStore } = await import('@dhp/fhir-store');
  const store = await openStore({ url, timeZone, ownBases, timeouts });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
