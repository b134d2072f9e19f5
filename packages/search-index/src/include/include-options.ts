import type { OwnParameters } from '@dhp/fhir-search/parameters';
import type { Access } from '../resolve/access.ts';

/** How references are read: as the index reads them. */
export interface IncludeOptions {
  readonly access: Access;
  readonly ownBases: readonly string[];
  readonly own: OwnParameters;
  /** Most resources that are added. */
  readonly limit: number;
}
