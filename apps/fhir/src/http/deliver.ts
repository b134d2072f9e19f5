import type { FastifyReply, FastifyRequest } from 'fastify';
import { codingFor, compress } from './compress.ts';
import type { Answer } from './respond.ts';

/** Sends an answer, compressed where the client takes that. */
export function deliver(request: FastifyRequest, reply: FastifyReply, answer: Answer): void {
  const { status, headers, body } = answer;
  const vary = varyOf(headers['vary'], reply.getHeader('vary'));
  void reply.code(status).headers(headers).header('vary', vary);
  const { 'accept-encoding': acceptEncoding } = request.headers;
  const coding = body === undefined ? undefined : codingFor(acceptEncoding, body, headers['content-type']);
  if (body === undefined || coding === undefined) {
    void reply.send(body);
    return;
  }
  compress(body, coding, answer.isLasting === true, (error, compressed) => {
    if (error === null) void reply.header('content-encoding', coding).send(compressed);
    else void reply.send(body);
  });
}

/** What an answer looks different for (RFC 9110 section 12.5.5): always these two, and what its maker and CORS name. */
function varyOf(own: string | undefined, cors: number | string | string[] | undefined): string {
  const common = 'Accept, Accept-Encoding';
  if (own === undefined && cors === undefined) return common;
  return [common, own, cors].filter((part) => typeof part === 'string').join(', ');
}
