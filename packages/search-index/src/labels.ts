/** @dhp/search-index/labels: lists of labels as statements have them, and the condition on them. */
export type { Unlabelled } from './condition/condition.ts';
export { textArray } from './row-condition/unlabelled.ts';
