/** Fills an environment with the synthetic population. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scanJson } from '@dhp/fhir-model';
import type { FhirStore } from '@dhp/fhir-store';
import { connect } from '@dhp/postgres';
import { seedConnections } from './connection-budget.ts';
import type { Context } from './context.ts';
import { grouped, spokenLanguage } from './locale.ts';
import { operationMessages } from './texts/operation.ts';
import type { Progress } from './progress.ts';
import { defaultSeed, defaultToday } from './synthetic-defaults.ts';

export interface SeedOptions {
  readonly patients: number;
  readonly seed: number;
  /** The current day of the population, yyyy-mm-dd: nothing is dated after it. */
  readonly today: string;
}

/** Chosen at random once; names the lock under which one of several nodes seeds. */
const seedLock = 7_310_264_118;

/**
 * Streams the population into the store; existing resources stay unchanged.
 *
 * @returns how many resources were written
 */
export async function seed(store: FhirStore, options: SeedOptions, progress: Progress): Promise<number> {
  const said = operationMessages[spokenLanguage()].seed;
  const step = progress.step(said.patients({ patients: grouped(options.patients) }));
  let patients = 0;
  async function* resources(): AsyncGenerator<
    Parameters<FhirStore['bulkInsert']>[0] extends AsyncIterable<infer T> ? T : never
  > {
    // Servers that already have data need not load it.
    const { population } = await import('@dhp/synthetic-population');
    for (const resource of population(options)) {
      if (resource.resourceType === 'Patient') patients += 1;
      const { resourceType: type, id } = resource;
      if (id === undefined) throw new Error(`The population made a ${type} without an id`);
      const source = scanJson(JSON.stringify(resource));
      yield { type, id, source, resource: resource as unknown as Record<string, unknown> };
    }
  }
  const written = await store.bulkInsert(resources(), {
    onProgress: (count) => step.update(patients, options.patients, said.resources({ resources: grouped(count) })),
  });
  step.done(said.written({ resources: grouped(written) }));
  return written;
}

/**
 * Seeds an empty environment; of several nodes that start at once, one does it and the others wait. A file in the data directory marks a
 * seeding under way, so that a killed one is finished by the next start.
 */
export async function seedWhenEmpty(store: FhirStore, url: string, context: Context): Promise<void> {
  const patients = context.settings.DHP_SEED_PATIENTS ?? 100;
  if (patients === 0) return;
  const mark = join(context.data.path, 'seeding');
  const sql = connect(url, { max: seedConnections, applicationName: 'dhp seed', direct: true });
  try {
    await sql`select pg_advisory_lock(${seedLock}::bigint)`;
    const { versions } = await store.historyOf({ count: 1 });
    if (versions.length > 0 && !existsSync(mark)) return;
    writeFileSync(mark, '');
    await seed(store, { patients, seed: defaultSeed, today: defaultToday }, context.progress);
    rmSync(mark, { force: true });
  } finally {
    await sql.end({ timeout: 5 });
  }
}
