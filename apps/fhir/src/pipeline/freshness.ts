/**
 * The permitted age of an answer, as a request states it, and positions of writes in answers. docs/decisions/0183-reads-from-replicas.md
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Freshness, WritePosition, WritePositions } from '../contract/changes.ts';
import { sealing } from '../search/sealing.ts';
import { fail } from '../http/errors.ts';

/** Seconds: larger values are treated as this age. */
const oldest = 3_600;

/**
 * The permitted age of the answer; undefined if not stated, so that it must be the newest. A position alone does not state an age, but is
 * checked all the same: a client that sends a wrong one would rely on it.
 * @throws Failure `staleness-invalid`, `position-invalid`
 */
export function statedFreshness(
  headers: IncomingHttpHeaders,
  { changes }: { readonly changes: { readonly positions: WritePositions } },
): Freshness | undefined {
  const { 'x-max-staleness': given, 'x-position': place } = headers;
  if (given === undefined && place === undefined) return undefined;
  const after = place === undefined ? undefined : positionIn(String(place), changes.positions);
  if (given === undefined) return undefined;
  const seconds = typeof given === 'string' && /^\d{1,4}$/.test(given) ? Number(given) : Infinity;
  if (seconds > oldest) {
    const diagnostics = `X-Max-Staleness is ${shown(String(given))}; it is a whole number of seconds from 0 to ${String(oldest)}.`;
    fail('staleness-invalid', {}, { diagnostics, expression: 'http.X-Max-Staleness' });
  }
  return { staleness: 1000 * seconds, after };
}

function positionIn(given: string, positions: WritePositions): WritePosition {
  const position = positions.open(given);
  if (position !== undefined) return position;
  const diagnostics = `X-Position is ${shown(given)}; it is what an answer to a write of this server has there.`;
  return fail('position-invalid', {}, { diagnostics, expression: 'http.X-Position' });
}

function shown(given: string): string {
  return JSON.stringify(given.slice(0, 100));
}

/** The bytes of the log, and the name of the run of the database server. All positions have one length. */
const [serverAt, longestServer] = [8 + 1, 64];

/**
 * Positions are sealed, like cursors: they must not reveal how much is written between two of them.
 * @param key 32 random bytes shared by all nodes of an environment
 */
export function writePositions(key: Buffer, baseUrl: string): WritePositions {
  const sealed = sealing(key, 'positions of writes');
  return {
    seal({ server, written }) {
      const bytes = Buffer.alloc(serverAt + longestServer);
      bytes.writeBigUInt64BE(written, 0);
      if (Buffer.byteLength(server) > longestServer) throw new Error('the name of a database server is too long');
      bytes.writeUInt8(bytes.write(server, serverAt), serverAt - 1);
      return sealed.seal(baseUrl, bytes);
    },
    open(text) {
      const bytes = sealed.open(baseUrl, text);
      if (bytes?.length !== serverAt + longestServer) return undefined;
      const end = serverAt + bytes.readUInt8(serverAt - 1);
      return { server: bytes.toString('utf8', serverAt, end), written: bytes.readBigUInt64BE(0) };
    },
  };
}
