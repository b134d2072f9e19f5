/** Compression of answers. RFC 9110 section 12.5.3 */
import type { Transform } from 'node:stream';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import { chooseCoding } from '@dhp/negotiation';
import type { LastingBytes } from '../contract/lasting-bytes.ts';

type Coding = 'br' | 'gzip';

/** Bytes below which compression saves less than it costs: the body fits one packet anyway. */
const threshold = 1024;

/** Both take about as long as each other at these levels, and brotli saves more. */
const compressors: Record<Coding, (body: Buffer, done: (error: Error | null, result: Buffer) => void) => void> = {
  br: (body, done) => {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
    brotliCompress(body, { params }, done);
  },
  gzip: (body, done) => {
    gzip(body, { level: 5 }, done);
  },
};

/** For bodies that are made while they are sent: each part is flushed at once. */
export function compressor(coding: Coding): Transform {
  if (coding === 'gzip') return createGzip({ level: 5, flush: constants.Z_SYNC_FLUSH });
  const params = { [constants.BROTLI_PARAM_QUALITY]: 4 };
  return createBrotliCompress({ params, flush: constants.BROTLI_OPERATION_FLUSH });
}

/** Media types that are compressed already, or could be. */
const compressible = /^(?:text\/|application\/(?:[\w.+-]*\+)?(?:(?:nd)?json|xml)\b|image\/svg)/;

/** The coding to send a body in, undefined for as it is. */
export function codingFor(
  acceptEncoding: string | string[] | undefined,
  body: Buffer | string,
  contentType: string | undefined,
): Coding | undefined {
  return body.length < threshold ? undefined : codingOf(acceptEncoding, contentType);
}

/** The same for bodies that are made while they are sent. */
export function codingOf(
  acceptEncoding: string | string[] | undefined,
  contentType: string | undefined,
): Coding | undefined {
  if (typeof acceptEncoding !== 'string') return undefined;
  return contentType !== undefined && compressible.test(contentType)
    ? chooseCoding(acceptEncoding, ['br', 'gzip'])
    : undefined;
}

/** Compresses off the main thread. `lasting`: the body, where it will be sent again, so that the result is kept. */
export function compress(
  body: Buffer | string,
  coding: Coding,
  lasting: LastingBytes | undefined,
  done: (error: Error | null, result: Buffer) => void,
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const kept = lasting?.compressed.get(coding);
  if (kept !== undefined) {
    done(null, kept);
    return;
  }
  compressors[coding](bytes, (error, result) => {
    if (error === null) lasting?.compressed.set(coding, result);
    done(error, result);
  });
}
