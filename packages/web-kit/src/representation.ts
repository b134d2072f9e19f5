/** A body with the encodings it is sent in, made once and kept in memory. */
import { createHash } from 'node:crypto';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { chooseCoding } from '@dhp/negotiation';
import type { FastifyReply, FastifyRequest } from 'fastify';

type Coding = 'br' | 'gzip' | 'identity';

export interface Representation {
  readonly type: string;
  /** A short digest of the body: part of its ETag, and of the address where that must change with the content. */
  readonly digest: string;
  readonly bodies: Readonly<Record<Coding, Buffer>>;
}

/**
 * Compresses a body.
 *
 * @param effort brotli quality 1 to 11: 11 for what is made once at the start, less for what is made while a caller waits
 */
export function represent(type: string, text: string, effort = 11): Representation {
  const identity = Buffer.from(text);
  return {
    type,
    digest: createHash('sha256').update(identity).digest('base64url').slice(0, 12),
    bodies: {
      identity,
      gzip: gzipSync(identity),
      br: brotliCompressSync(identity, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: effort,
          [constants.BROTLI_PARAM_SIZE_HINT]: identity.length,
        },
      }),
    },
  };
}

/** Answers a request with a body in the coding that the caller takes best, or with 304 when the caller has it already. */
export function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, digest, bodies }: Representation,
  headers: { 'cache-control': string; vary?: string },
): FastifyReply {
  const coding = chooseCoding(request.headers['accept-encoding']?.toString(), ['br', 'gzip']) ?? 'identity';
  // A strong validator names the bytes, and the bytes differ by coding (RFC 9110 section 8.8.3.3).
  const etag = `"${digest}-${coding}"`;
  reply
    .header('content-type', type)
    .header('cache-control', headers['cache-control'])
    .header('vary', headers.vary === undefined ? 'Accept-Encoding' : `${headers.vary}, Accept-Encoding`);
  if (reply.statusCode === 200) {
    reply.header('etag', etag);
    if (holds(request.headers['if-none-match'], etag)) return reply.code(304).removeHeader('content-type').send();
  }
  if (coding !== 'identity') reply.header('content-encoding', coding);
  return reply.send(bodies[coding]);
}

function holds(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((known) => known.trim() === '*' || known.trim().replace(/^W\//, '') === etag);
}
