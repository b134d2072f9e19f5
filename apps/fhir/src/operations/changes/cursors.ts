/** The cursors of the feed of changes. docs/decisions/0099-change-feed.md */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import type { ChangeCursors, FeedPlace } from '../../contract/changes.ts';
import { fail } from '../../http/errors.ts';

const cipher = 'aes-256-gcm';
/** A key of its own for each cursor, made of this, so that no nonce ever comes twice under one key, however many there are. */
const saltLength = 16;
const tagLength = 16;
const nonce = Buffer.alloc(12);
/** Transaction, row, version, and the name of a server with its length. */
const serverAt = 8 + 8 + 4 + 1;
const longestServer = 64;
const placeLength = serverAt + longestServer;
const cursorLength = saltLength + placeLength + tagLength;

/**
 * Cursors are encrypted: their place tells how much is stored that their owner may not see. All of an environment's nodes read them, for as long as the key
 * stays.
 * @param key 32 random bytes that all nodes of an environment share
 */
export function changeCursors(key: Buffer, baseUrl: string): ChangeCursors {
  const own = createSecretKey(createHmac('sha256', key).update('cursors of the feed of changes').digest());
  const about = Buffer.from(baseUrl);
  return {
    seal(place) {
      const salt = randomBytes(saltLength);
      const sealing = createCipheriv(cipher, keyFor(own, salt), nonce).setAAD(about);
      const sealed = Buffer.concat([salt, sealing.update(bytesOf(place)), sealing.final(), sealing.getAuthTag()]);
      return sealed.toString('base64url');
    },
    open(cursor) {
      const bytes = Buffer.from(cursor, 'base64url');
      // Node passes over what is no base64url, and over a character too many.
      if (bytes.length !== cursorLength || bytes.toString('base64url') !== cursor) return failInvalid();
      const opening = createDecipheriv(cipher, keyFor(own, bytes.subarray(0, saltLength)), nonce, {
        authTagLength: tagLength,
      });
      opening.setAAD(about).setAuthTag(bytes.subarray(-tagLength));
      try {
        return placeIn(Buffer.concat([opening.update(bytes.subarray(saltLength, -tagLength)), opening.final()]));
      } catch {
        return failInvalid();
      }
    },
  };
}

function keyFor(own: KeyObject, salt: Buffer): Buffer {
  return createHmac('sha256', own).update(salt).digest();
}

function bytesOf({ server, position }: FeedPlace): Buffer {
  const [txid, rid, ver] = position.split('.') as [string, string, string];
  const bytes = Buffer.alloc(placeLength);
  bytes.writeBigUInt64BE(BigInt(txid), 0);
  bytes.writeBigUInt64BE(BigInt(rid), 8);
  bytes.writeUInt32BE(Number(ver), 16);
  if (Buffer.byteLength(server) > longestServer) throw new Error('the name of a database server is too long');
  bytes.writeUInt8(bytes.write(server, serverAt), serverAt - 1);
  return bytes;
}

function placeIn(bytes: Buffer): FeedPlace {
  const position = [bytes.readBigUInt64BE(0), bytes.readBigUInt64BE(8), bytes.readUInt32BE(16)].join('.');
  const end = serverAt + bytes.readUInt8(serverAt - 1);
  return { server: bytes.toString('utf8', serverAt, end), position };
}

function failInvalid(): never {
  const diagnostics =
    'after is no cursor that this server gave out. Take it as it is from the link "next" of an answer, or begin without after.';
  fail('changes-cursor-invalid', {}, { diagnostics, expression: 'http.after' });
}
