/** Definitions of the index that follow on one another in tests: of every second one the rows lack the tags of a resource. */
import { indexRow, indexVersion } from '@dhp/search-index/rows';
import type { IndexDefinition, IndexDefinitions } from '../../src/statements/index-definition.ts';

/** The first of them, which a database of this release has. */
export const firstVersion = indexVersion;

/** Whether a search by tag finds the tagged resources, or nothing. */
export function knowsTags(version: number): boolean {
  return (version - firstVersion) % 2 === 1;
}

/** @param versions in ascending order */
export function definitionsOf([first = firstVersion, ...later]: readonly number[]): IndexDefinitions {
  return [definitionOf(first), ...later.map(definitionOf)];
}

function definitionOf(version: number): IndexDefinition {
  return { version, row: knowsTags(version) ? whole : withoutTags };
}

const whole: IndexDefinition['row'] = (resource, options) => indexRow(resource, options);
const withoutTags: IndexDefinition['row'] = (resource, options) => indexRow({ ...resource, meta: undefined }, options);
