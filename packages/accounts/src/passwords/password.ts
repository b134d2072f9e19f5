/**
 * Passwords of people, stored as argon2id in the PHC string format (RFC 9106). Of the parameters that OWASP counts as equally strong, these
 * cost least here. The parameters are in every hash, so they can be raised without asking anybody for a new password.
 *
 * The implementation is that of RustCrypto, which uses the vector instructions of the processor: 7 MiB and five passes take 12 ms of CPU on
 * a busy machine, 19 MiB and two passes 16 ms; Node's own (OpenSSL's, which does not use them) takes 30 ms and 39 ms.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { hashRaw } from '@node-rs/argon2';

/** Value of an enumeration that the package exports only as a type. */
const argon2id = 2;
const memory = 7_168; // KiB
const passes = 5;
const tagLength = 32;
const head = `$argon2id$v=19$m=${String(memory)},t=${String(passes)},p=1$`;

const format =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22,64})\$([A-Za-z0-9+/]{22,88})$/;

/** Each computation takes a core for some 10 ms and 7 MiB: more at once would only starve other work. */
const atOnce = 2;
let running = 0;
const waiting: (() => void)[] = [];

export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const tag = await computed({ password, nonce, memory, passes, parallelism: 1, tagLength });
  return `${head}${base64(nonce)}$${base64(tag)}`;
}

/** Whether a hash has the current parameters; otherwise it is replaced when the password is next entered. */
export function isCurrentHash(hash: string): boolean {
  return hash.startsWith(head);
}

/** Whether the password matches the hash. Without a hash the check costs the same, and returns false. */
export async function passwordMatches(password: string, hash: string | undefined): Promise<boolean> {
  const match = format.exec(hash ?? decoy);
  if (match === null) throw new Error('a stored password hash is not argon2id in the PHC string format');
  const [, m, t, p, nonce, tag] = match as unknown as [string, string, string, string, string, string];
  const expected = Buffer.from(tag, 'base64');
  const given = await computed({
    password,
    nonce: Buffer.from(nonce, 'base64'),
    memory: Number(m),
    passes: Number(t),
    parallelism: Number(p),
    tagLength: expected.length,
  });
  return timingSafeEqual(given, expected) && hash !== undefined;
}

/** No password matches it: the tag is not the output of any known input. */
const decoy = `${head}${'A'.repeat(22)}$${'A'.repeat(43)}`;

interface Computation {
  password: string;
  nonce: Buffer;
  memory: number;
  passes: number;
  parallelism: number;
  tagLength: number;
}

async function computed({ password, nonce, memory, passes, parallelism, tagLength }: Computation): Promise<Buffer> {
  if (running >= atOnce) await new Promise<void>((resolve) => void waiting.push(resolve));
  running += 1;
  try {
    // The same password may be typed as composed or decomposed characters (RFC 8265 section 4.2).
    return await hashRaw(password.normalize('NFC'), {
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- see above
      algorithm: argon2id,
      salt: nonce,
      memoryCost: memory,
      timeCost: passes,
      parallelism,
      outputLen: tagLength,
    });
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/(?<!=)=+$/, '');
}
