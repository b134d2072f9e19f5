/** For the tests of others, beside the doors of the package. */
export { bodyLimit } from './engine/engine.ts';
