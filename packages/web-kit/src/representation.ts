/** A body with its content codings, each made when it is first requested, and kept in memory. */
import { createHash } from 'node:crypto';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { chooseCoding } from '@dhp/negotiation';
import type { FastifyReply, FastifyRequest } from 'fastify';

type Coding = 'br' | 'gzip' | 'identity';

export interface Representation {
  readonly type: string;
  /** A short digest of the body: part of its ETag, and of addresses that must change with the content. */
  readonly digest: string;
  /** The body in a coding. The first call for one compresses it. */
  readonly body: (coding: Coding) => Buffer;
}

/**
 * A body that can be sent. Few callers accept brotli without TLS, and at the start of the portal nothing was requested yet: each coding is
 * made only when needed.
 * @param effort brotli quality 1 to 11: 11 for bodies that are made once and kept, less for bodies made for each caller
 */
export function represent(type: string, text: string, effort = 11): Representation {
  const identity = Buffer.from(text);
  const made = new Map<Coding, Buffer>([['identity', identity]]);
  return {
    type,
    digest: createHash('sha256').update(identity).digest('base64url').slice(0, 12),
    body(coding) {
      let body = made.get(coding);
      if (body === undefined) {
        body = coding === 'gzip' ? gzipSync(identity) : brotli(identity, effort);
        made.set(coding, body);
      }
      return body;
    },
  };
}

const brotli = (body: Buffer, effort: number): Buffer =>
  brotliCompressSync(body, {
    params: { [constants.BROTLI_PARAM_QUALITY]: effort, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
  });

/** Answers a request with a body in the caller's preferred coding, or with 304 if the caller already has it. */
export function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, digest, body }: Representation,
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
  return reply.send(body(coding));
}

function holds(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((known) => known.trim() === '*' || known.trim().replace(/^W\//, '') === etag);
}
