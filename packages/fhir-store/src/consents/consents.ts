import type { Pools } from '../pools.ts';
import { selectConsented } from '../statements/ask-consents.ts';
import { selectConsentsComplete } from '../statements/consent-build.ts';
import type { StoreAdmin } from '../store-admin.ts';
import { guarded } from '../store-unavailable.ts';
import { buildConsents } from './build-consents.ts';
import { consentDefinition, type ConsentRowOptions } from './consent-row.ts';

/** The part of the store that is about consents. */
export function createConsents(
  { pages, writes }: Pick<Pools, 'pages' | 'writes'>,
  options: ConsentRowOptions,
): Pick<StoreAdmin, 'consented' | 'consentsComplete' | 'buildConsents'> {
  return {
    consented: (candidate, condition) => guarded(() => selectConsented(pages, candidate, condition)),
    consentsComplete: () => guarded(() => selectConsentsComplete(pages, consentDefinition)),
    buildConsents: (building) => guarded(() => buildConsents(writes, options, building)),
  };
}
