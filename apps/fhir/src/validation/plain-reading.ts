/** Inputs of the index values, as data that can be sent to another thread. */
import { resourceTypes } from '@dhp/fhir-model';
import { ownParametersBy, type OwnParametersData, type SearchParameter } from '@dhp/fhir-search/parameters';
import type { ResourceStore } from '@dhp/fhir-store';

type IndexReading = ReturnType<ResourceStore['indexReading']>;

export interface PlainReading {
  readonly timeZone: string;
  readonly ownBases: readonly string[];
  /** The data of the environment's own search parameters. */
  readonly own: OwnParametersData;
  /** Own parameters by type and code. */
  readonly byType: ReadonlyMap<string, ReadonlyMap<string, SearchParameter>>;
}

export function plainReading({ timeZone, ownBases, own }: IndexReading): PlainReading {
  const { generation, ready, unready, gaps, hasGaps } = own;
  const byType = new Map<string, ReadonlyMap<string, SearchParameter>>();
  for (const type of resourceTypes) {
    const parameters = own.parametersOf(type);
    if (parameters.size > 0) byType.set(type, parameters);
  }
  return { timeZone, ownBases, own: { generation, ready, unready, gaps, hasGaps }, byType };
}

export function indexReadingOf({ timeZone, ownBases, own, byType }: PlainReading): IndexReading {
  return { timeZone, ownBases, own: ownParametersBy(byType, own) };
}
