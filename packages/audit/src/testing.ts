/** For the tests of others, beside the doors of the package. */
export { type ChainLink, selectChain } from './store/links.ts';
