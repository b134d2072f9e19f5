/** @dhp/search-index/testing: the naive oracle of searches, for tests of search implementations. */
export { found, keep, matches, type Kept } from '../test/matcher.ts';
