import { isId, typeNumber } from '@dhp/fhir-model';
import { anyReference, hash64, keyOf, referenceText } from '@dhp/search-index/keys';
import type { Sql } from '@dhp/postgres';
import type { ResourceStore } from '../resource-store.ts';
import type { IndexProgress } from '../indexing/index-progress.ts';
import type { Parameters } from '../parameters/parameters.ts';
import { readMissing, readReferrers } from '../statements/references.ts';
import { guarded } from '../store-unavailable.ts';

/** What refers to what, of all that is current. */
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
      // What cannot be a name is one of nothing; 0 is no type, and the statement meets no id that is none.
      const keys = references.map(({ type, id }) => ({
        ty: isId(id) ? (typeNumber(type) ?? 0) : 0,
        id: isId(id) ? id : '-',
      }));
      const absent = await guarded(() => readMissing(sql, keys));
      return absent.map((n) => references[n]!);
    },
  };
}
