import type { CareMeans } from '@dhp/care';
import type { Pools } from '../pools.ts';
import { breakGlass, selectGlassOf } from '../statements/break-glass.ts';
import { selectLeft } from '../statements/ask-consents.ts';
import { selectCareComplete } from '../statements/care-build.ts';
import type { StoreAdmin } from '../store-admin.ts';
import { guarded, unrecorded } from '../store-unavailable.ts';
import { memberDefinition, memberTypes } from '@dhp/search-index/care';
import { buildCare, repairCare } from './build-care.ts';
import { careTypes, linkedTypes } from './care-rows.ts';

/** The part of the store that is about care. */
export function createCare(
  { pages, writes }: Pick<Pools, 'pages' | 'writes'>,
  means: CareMeans,
): Pick<
  StoreAdmin,
  'cared' | 'careComplete' | 'buildCare' | 'membersBuilt' | 'buildMembers' | 'repairMembers' | 'breakGlass' | 'glassOf'
> {
  return {
    cared: (candidate, condition) => guarded(() => selectLeft(pages, candidate, condition)),
    careComplete: () => guarded(() => selectCareComplete(pages, careTypes)),
    membersBuilt: () => guarded(() => selectCareComplete(pages, memberTypes, memberDefinition)),
    breakGlass: (breaking) =>
      breakGlass(writes, breaking).catch((error: unknown) => {
        throw unrecorded(error);
      }),
    glassOf: (asked) => guarded(() => selectGlassOf(writes, asked)),
    buildCare: (building) => guarded(() => buildCare(writes, linkedTypes, means, building)),
    repairMembers: (named) => guarded(() => repairCare(writes, named, means)),
    buildMembers: (building) => guarded(() => buildCare(writes, memberTypes, means, building)),
  };
}
