/** @dhp/sso-kit/input: members of JSON and parts of a path, read or refused with a sentence for the caller. */
export { readJson } from './input/read-json.ts';
export { InputError } from './input/input-error.ts';
export { Input } from './input/input.ts';
