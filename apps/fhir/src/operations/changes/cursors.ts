/** The cursors of the feed of changes. docs/decisions/0099-change-feed.md */
import type { ChangeCursors, FeedPlace } from '../../contract/changes.ts';
import { fail } from '../../http/errors.ts';
import { sealing } from '../../search/sealing.ts';

/** Transaction, row, version, and the name of a server with its length. */
const serverAt = 8 + 8 + 4 + 1;
const longestServer = 64;
const placeLength = serverAt + longestServer;

/**
 * Cursors are sealed: their place tells how much is stored that their owner may not see. All of an environment's nodes read them, for as long as the key
 * stays.
 * @param key 32 random bytes that all nodes of an environment share
 */
export function changeCursors(key: Buffer, baseUrl: string): ChangeCursors {
  const sealed = sealing(key, 'cursors of the feed of changes');
  return {
    seal: (place) => sealed.seal(baseUrl, bytesOf(place)),
    open(cursor) {
      const bytes = sealed.open(baseUrl, cursor);
      return bytes?.length === placeLength ? placeIn(bytes) : failInvalid();
    },
  };
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
