// Loaded by `npm test -- --odd-values` into the processes of tests: random values that are otherwise as rare as one failure in a thousand
// runs. Every second value begins with hyphens and contains the first letters of a signed token; later ids sort before earlier ones. All
// remain random enough to differ: at most a third of their bits is fixed.
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';

/** `----` in base64url. */
const hyphens = Buffer.from([0xfb, 0xef, 0xbe]);
/** `eyJA` in base64url, which the JSON of a token's header begins with. */
const token = Buffer.from([0x7b, 0x22, 0x40]);
/** The place of `-` in the alphabet of oidc-provider's ids. */
const hyphen = 8;

const { randomBytes, randomFillSync, randomUUID } = crypto;
const half = () => randomBytes(1)[0] < 128;

/** @param {Buffer} bytes as long as the ids and secrets that people and programs are given */
function odd(bytes) {
  if (bytes.length < 9 || bytes.length > 64 || !half()) return bytes;
  hyphens.copy(bytes);
  if (bytes.length >= 12) token.copy(bytes, 6);
  return bytes;
}

let last = 2 ** 32;

crypto.randomBytes = (size, callback) => {
  if (callback === undefined) return odd(randomBytes(size));
  return randomBytes(size, (error, bytes) => callback(error, bytes === undefined ? bytes : odd(bytes)));
};
crypto.randomUUID = (options) => {
  last -= 1 + randomBytes(1)[0];
  return last.toString(16).padStart(8, '0') + randomUUID(options).slice(8);
};
// Only pools of ids are filled by kilobytes.
crypto.randomFillSync = (into, ...range) => {
  randomFillSync(into, ...range);
  if (range.length === 0 && into.byteLength >= 1024)
    for (let n = 0; n < into.length; n += 1) if (into[n] % 3 === 0) into[n] = hyphen;
  return into;
};
Object.defineProperty(crypto.webcrypto, 'randomUUID', { value: () => crypto.randomUUID() });
syncBuiltinESMExports();
