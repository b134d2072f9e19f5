/** @dhp/search-index/testing: the naive oracle of searches, for tests of what answers them. */
export { found, keep, matches, type Kept } from '../test/matcher.ts';
