/** For the tests of others, beside the doors of the package. */
export { fieldsOf } from './answers/uploads.ts';
