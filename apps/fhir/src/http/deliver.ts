import type { HttpReply, HttpRequest } from '../contract/http.ts';
import { pipeline, Readable } from 'node:stream';
import { codingFor, codingOf, compress, compressor } from './compress.ts';
import type { Answer } from '../contract/answer.ts';

/** Sends an answer, compressed where the client takes that. */
export function deliver(request: HttpRequest, reply: HttpReply, answer: Answer): void {
  const { status, headers: all, body } = answer;
  // Compressed it has another length.
  const { 'content-length': length, ...headers } = all;
  const vary = varyOf(headers['vary'], reply.getHeader('vary'));
  reply.code(status);
  reply.headers(headers);
  reply.header('vary', vary);
  const { 'accept-encoding': acceptEncoding } = request.headers;
  if (answer.stream !== undefined) {
    // A range is one of the bytes as they are.
    const coding = status === 206 ? undefined : codingOf(acceptEncoding, headers['content-type']);
    if (coding === undefined && length !== undefined) reply.header('content-length', length);
    if (coding !== undefined) withoutRanges(reply, headers['etag']);
    deliverStream(reply, answer.stream, coding);
    return;
  }
  const coding = body === undefined ? undefined : codingFor(acceptEncoding, body, headers['content-type']);
  if (body === undefined || coding === undefined) {
    reply.send(body);
    return;
  }
  compress(body, coding, answer.lasting, (error, compressed) => {
    if (error === null) reply.header('content-encoding', coding);
    reply.send(error === null ? compressed : body);
  });
}

/**
 * Coded, the bytes are others than those of which ranges are sent: a strong tag would let a client put both together.
 * RFC 9110 sections 8.8.3.3 and 13.1.5
 */
function withoutRanges(reply: HttpReply, tag: string | undefined): void {
  if (tag?.startsWith('"') !== true) return;
  reply.header('etag', `W/${tag}`);
  reply.header('accept-ranges', 'none');
}

/** Parts are made as fast as they are taken. When one cannot be made the connection breaks: its status is out already. */
function deliverStream(reply: HttpReply, parts: AsyncIterable<Buffer>, coding: ReturnType<typeof codingOf>): void {
  const readable = Readable.from(parts, { objectMode: false });
  if (coding === undefined) {
    reply.send(readable);
    return;
  }
  const compressed = compressor(coding);
  // An error ends both; the framework learns of it from the stream that it sends.
  pipeline(readable, compressed, () => undefined);
  reply.header('content-encoding', coding);
  reply.send(compressed);
}

/** Returns the value of Vary (RFC 9110 section 12.5.5): these two headers always, and those of the answer and of CORS. */
function varyOf(own: string | undefined, cors: number | string | string[] | undefined): string {
  const common = 'Accept, Accept-Encoding';
  if (own === undefined && cors === undefined) return common;
  return [common, own, cors].filter((part) => typeof part === 'string').join(', ');
}
