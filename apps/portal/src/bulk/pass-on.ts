/** Passes an answer of the FHIR server to the browser as a file. */
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { FastifyReply } from 'fastify';
import type { RequestContext } from '../session/routes.ts';
import type { Shell } from '../shell.ts';
import type { Call, Caller, NotAnswered } from './fhir.ts';

const passed = ['content-type', 'content-length', 'content-range', 'accept-ranges'];

/**
 * Streams the server's answer, whatever its size; the stream ends when the browser disconnects.
 * @param name of the file; undefined if the linking page states it
 */
export async function passOn(
  shell: Shell,
  { reply }: RequestContext,
  caller: Caller,
  call: Call,
  name?: string,
): Promise<FastifyReply | NotAnswered> {
  const left = new AbortController();
  reply.raw.once('close', () => {
    left.abort();
  });
  const answer = await caller.open(call, left.signal);
  if ('not' in answer) return answer;
  for (const field of passed) {
    const value = answer.headers.get(field);
    if (value !== null) reply.header(field, value);
  }
  return reply
    .code(answer.status)
    .headers(shell.headers)
    .header('cache-control', 'no-store')
    .header('content-disposition', name === undefined ? 'attachment' : `attachment; filename="${name}"`)
    .send(answer.body === null ? '' : Readable.fromWeb(answer.body as ReadableStream));
}
