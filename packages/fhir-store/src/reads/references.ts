import { isId, typeNumber } from '@dhp/fhir-model';
import { anyReference, hash64, keyOf, referenceText } from '@dhp/search-index/keys';
import type { Sql } from '@dhp/postgres';
import type { ResourceStore } from '../resource-store.ts';
import type { IndexProgress } from '../indexing/index-progress.ts';
import type { Parameters } from '../parameters/parameters.ts';
import { readMissing, readReferrers } from '../statements/references.ts';
import { guarded } from '../store-unavailable.ts';

/** Reads the references between current resources. */
export function createReferences(
  sql: Sql,
  { reading, stored }: Pick<IndexProgress, 'reading'> & Pick<Parameters, 'stored'>,
): Pick<ResourceStore, 'referrers' | 'missing'> {
  return {
    async referrers(type, id, limit) {
      const name = referenceText(type, id);
      const asked = { key: keyOf(anyReference, name), own: hash64(name), limit };
      return guarded(() => reading(() => readReferrers(sql, stored().active, asked)));
    },
    async missing(references) {
      if (references.length === 0) return [];
      // A malformed id names no resource; type 0 and the id `-` make the statement find none.
      const keys = references.map(({ type, id }) => ({
        ty: isId(id) ? (typeNumber(type) ?? 0) : 0,
        id: isId(id) ? id : '-',
      }));
      const absent = await guarded(() => readMissing(sql, keys));
      return absent.map((n) => references[n]!);
    },
  };
}
