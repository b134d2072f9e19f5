/** Servers with their settings and the requests that each is sent, one after the other. Lanes run side by side. */
import { access } from './scripts/access.ts';
import { batches, transactions } from './scripts/bundles.ts';
import { conditional } from './scripts/conditional.ts';
import { exampleResources } from './scripts/example-resources.ts';
import { fuzzed } from './scripts/fuzzed.ts';
import { history } from './scripts/history.ts';
import { operations, validate } from './scripts/operations.ts';
import { patches } from './scripts/patches.ts';
import { presentation } from './scripts/presentation.ts';
import { protocol } from './scripts/protocol.ts';
import { compiledSearches, paging, searches } from './scripts/searches.ts';
import { terminology } from './scripts/terminology.ts';
import { world } from './scripts/world.ts';
import type { Script } from './session.ts';

export interface Lane {
  readonly name: string;
  /** Options of the FHIR server (`FhirOptions` of apps/fhir) that differ from those of its tests. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly scripts: readonly Script[];
}

const open = { requireIfMatch: false, corsOrigins: '*', healthWorkers: 'as-scoped' };

export const lanes: readonly Lane[] = [
  {
    name: 'validated',
    options: { ...open, validation: { level: 'claimed' } },
    scripts: [
      world,
      exampleResources(2_600, 0),
      validate(500),
      operations(700),
      history(500),
      batches(300),
      transactions(300),
      patches(600),
      conditional(700),
      presentation(1_000),
      protocol(600),
      terminology(800),
    ],
  },
  {
    name: 'unvalidated',
    options: { ...open, validation: { level: 'off' } },
    scripts: [
      world,
      // These come before the server has assigned ids, whose hashes would be among the values of the statements.
      compiledSearches(4_300),
      exampleResources(600, 1),
      searches(3_200),
      paging(800),
      access(1_500),
      fuzzed(3_000),
    ],
  },
  {
    name: 'strict',
    options: {
      ...{ environment: 'production', requireIfMatch: true, referenceIntegrity: 'enforce', consents: 'refuse' },
      ...{ validation: { level: 'guide' }, defaultLanguage: 'ru' },
    },
    scripts: [
      world,
      exampleResources(400, 2),
      conditional(200),
      transactions(200),
      patches(200),
      history(100),
      access(300),
      fuzzed(500),
    ],
  },
];
