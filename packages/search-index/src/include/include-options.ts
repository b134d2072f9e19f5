import type { OwnParameters } from '@dhp/fhir-search/parameters';
import type { ReadPermission } from '../resolve/access.ts';

/** How references are read: as the index reads them. */
export interface IncludeOptions {
  readonly access: ReadPermission;
  readonly ownBases: readonly string[];
  readonly own: OwnParameters;
  /** Most resources that are added. */
  readonly limit: number;
}
