/** A small world of resources that refer to one another, in a store and in memory, and searches of it. */
import assert from 'node:assert/strict';
import { understandSearch } from '@dhp/search-index';
import { found, keep, type Kept } from '@dhp/search-index/testing';
import type { ReadPermission, FhirStore, SearchPage } from '../src/index.ts';
import type { SearchRequest } from '@dhp/search-index/search';
import { newVersion, unconditional, type Body } from './database.ts';

export type Resource = Body & { id: string };

export const timeZone = 'Asia/Tashkent';

export async function put(store: Pick<FhirStore, 'update'>, ...resources: Resource[]): Promise<void> {
  await Promise.all(
    resources.map((resource) => store.update({ ...newVersion(resource), id: resource.id, ...unconditional })),
  );
}

/** The stored resource, with its `meta.lastUpdated`. */
export async function stored(store: Pick<FhirStore, 'read'>, { resourceType, id }: Resource): Promise<Resource> {
  const version = await store.read(resourceType, id);
  return JSON.parse(version!.content.toString()) as Resource;
}

export function parsed(type: string, query: string) {
  const parameters = [...new URLSearchParams(query.replaceAll('+', '%2B'))];
  return understandSearch({ type }, parameters, { timeZone, now: new Date(), ownBases: [], lenient: false });
}

export const everyone: ReadPermission = () => true;

type Searches = Pick<FhirStore, 'search'>;

/** One page. */
export function search(
  store: Searches,
  type: string,
  query: string,
  options: Partial<SearchRequest> = {},
): Promise<SearchPage> {
  return store.search({ query: parsed(type, query).query, access: everyone, count: 100, ...options });
}

export function names({ matches }: Pick<SearchPage, 'matches'>): string[] {
  return matches.map(({ type, id }) => `${type}/${id}`);
}

/** All pages of a search from the first to the last; then back to the first, where they must be the same. */
export async function allPages(store: Searches, request: SearchRequest): Promise<string[]> {
  const pages: string[][] = [];
  let last: SearchPage;
  for (let cursor = request.cursor; ; cursor = last.next!) {
    last = await store.search(cursor === undefined ? request : { ...request, cursor });
    pages.push(names(last));
    assert.ok(last.matches.length <= request.count);
    if (last.next === undefined) break;
    assert.equal(last.matches.length, request.count, 'only the last page may be short');
  }
  for (let n = pages.length - 2; n >= 0; n -= 1) {
    assert.ok(last.previous !== undefined, 'a page behind the first one leads back');
    last = await store.search({ ...request, cursor: last.previous });
    assert.deepEqual(names(last), pages[n], 'the same page on the way back');
    assert.ok(last.next !== undefined);
  }
  assert.equal(last.previous, undefined, 'nothing is before the first page');
  return pages.flat();
}

export interface World {
  readonly kept: Kept[];
}

export function inMemory(resources: readonly Resource[]): World {
  return { kept: keep(resources, { timeZone }) };
}

/** Returns the expected matches, in no particular order. */
export function expected({ kept }: World, type: string, query: string): string[] {
  return found(parsed(type, query).query, kept).sort();
}
