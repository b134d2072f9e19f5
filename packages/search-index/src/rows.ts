/** The side door to indexing: the values of a resource, and the index row made from them. */
export { containedIn } from './indexing/contained.ts';
export { indexValues, indexWork, usualWork, type IndexOptions } from './indexing/index-values.ts';
export { labelParameters, labelWord, type LabelList } from './indexing/labels.ts';
export { forEachLocalReference } from './indexing/local-references.ts';
export { referencesOf } from './indexing/references-of.ts';
export { indexRow, indexVersion } from './indexing/rows.ts';
export type { ContainedRow, IndexRow, Rings, Term } from './row/index-row.ts';
export { postedScope } from './row/row-builder.ts';
