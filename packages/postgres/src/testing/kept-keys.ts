/**
 * The proof of a password (SCRAM, RFC 5802) with less work: all databases of a run have the same few passwords, and a run opens more than
 * ten thousand connections. `pg` derives the key again for each, and uses WebCrypto for every step, which sends each to another thread and
 * back.
 */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { createRequire } from 'node:module';

/** The functions that `pg` uses from its module for it; `pg` awaits their results, whatever they are. */
interface Steps {
  deriveKey(password: string, salt: Uint8Array, iterations: number): unknown;
  hmacSha256(key: Uint8Array, text: string): unknown;
  sha256(data: Uint8Array): unknown;
}

/** By password, salt and number of iterations. The server sends the same for all connections of a role. */
const keys = new Map<string, Buffer>();

function deriveKey(password: string, salt: Uint8Array, iterations: number): Buffer {
  const name = JSON.stringify([password, Buffer.from(salt).toString('base64'), iterations]);
  const known = keys.get(name);
  if (known !== undefined) return known;
  const made = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  keys.set(name, made);
  return made;
}

const steps: Steps = {
  deriveKey,
  hmacSha256: (key, text) => createHmac('sha256', key).update(text).digest(),
  sha256: (data) => createHash('sha256').update(data).digest(),
};

let isDone = false;

/**
 * From now on the connections of this process prove passwords in this way. Other processes, such as those of a test platform, are not
 * affected.
 */
export function keepKeys(): void {
  if (isDone) return;
  isDone = true;
  Object.assign(createRequire(import.meta.url)('pg/lib/crypto/utils.js') as Steps, steps);
}
