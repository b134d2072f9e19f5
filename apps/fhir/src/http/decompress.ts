import { PassThrough, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { FastifyReply, FastifyRequest, RequestPayload } from 'fastify';
import { codingsOf } from './content-type.ts';

const decoders: ReadonlyMap<string, () => Transform> = new Map(
  Object.entries<() => Transform>({
    gzip: createGunzip,
    'x-gzip': createGunzip,
    deflate: createInflate,
    br: createBrotliDecompress,
  }),
);

/**
 * A hook that undoes the Content-Encoding of a request. The limit of the framework applies to the decompressed bytes; beyond it
 * decompression stops, so that a small body cannot cost much time (a "zip bomb" is then answered as any body too large). A body without
 * Content-Length takes its room while it is decompressed.
 */
export function decompressUpTo(limit: number) {
  return (
    request: FastifyRequest,
    _reply: FastifyReply,
    payload: RequestPayload,
    done: (error: Error | null, payload?: RequestPayload) => void,
  ): void => {
    const { 'content-encoding': encoding, 'content-length': length } = request.headers;
    // Of several codings nothing is undone: the type of the body is refused.
    const [coding = '', ...more] = codingsOf(encoding);
    const decoder = more.length === 0 ? decoders.get(coding) : undefined;
    // A length that a coding is named with has taken no room yet, even where that coding changes nothing.
    const isKnown = encoding === undefined && length !== undefined;
    const hold = (bytes: number): void => request.arrival?.room?.hold(bytes);
    if (isKnown) {
      done(null, payload);
      return;
    }
    const undone = decoded(payload, decoder?.() ?? new PassThrough(), { limit, hold });
    if (coding === 'deflate') tellOfRawDeflate(payload, undone);
    done(null, undone);
  };
}

/**
 * Adds the cure to the error of a body without the frame of zlib, which some libraries send as `deflate` (RFC 9110 section 8.4.1.2). Its first two bytes are
 * a number that 31 divides (RFC 1950 section 2.2).
 */
function tellOfRawDeflate(payload: Readable, decoder: Readable): void {
  const head: number[] = [];
  payload.on('data', (chunk: Buffer) => {
    if (head.length < 2) head.push(...chunk.subarray(0, 2 - head.length));
  });
  decoder.on('error', (error) => {
    const [first = 0, second = 0] = head;
    if ((first & 0x0f) === 8 && (first * 256 + second) % 31 === 0) return;
    error.message += '; deflate is the format of zlib (RFC 1950), not raw deflate (RFC 1951): send zlib, or use gzip';
  });
}

function decoded(
  payload: Readable,
  decoder: Transform,
  { limit, hold }: { limit: number; hold: (bytes: number) => void },
): RequestPayload {
  const result = Object.assign(decoder, { receivedEncodedLength: 0 });
  let length = 0;
  payload.on('data', (chunk: Buffer) => {
    result.receivedEncodedLength += chunk.length;
  });
  payload.on('error', (error) => decoder.destroy(error));
  // The framework hears of it while it reads; a body that it refuses by its length alone it does not read at all.
  decoder.on('error', () => undefined);
  const end = (error?: Error): void => {
    payload.unpipe(decoder);
    decoder.destroy(error);
  };
  // It begins to flow after the framework has attached its own listener, in the same turn.
  decoder.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > limit) {
      end();
      return;
    }
    try {
      hold(chunk.length);
    } catch (error) {
      end(error as Error);
    }
  });
  payload.pipe(decoder);
  return result;
}
