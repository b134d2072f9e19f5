/** When records of requests over HTTP are made: once for each, whether it is answered, refused by the framework, or given up by its client. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpReply, HttpRequest } from '../contract/http.ts';
import type { Outcome, RecordSink } from '../contract/record.ts';
import { newRequestId } from '../http/request-id.ts';
import { recordOf } from '../pipeline/after.ts';
import type { Pipeline } from '../contract/pipeline.ts';
import type { ArrivingRequest } from './arrival.ts';

interface Settings {
  readonly sink: RecordSink | undefined;
  readonly clock: () => Date;
}

const noTypes: ReadonlySet<string> = new Set();

/** Records a request when it is over; to be called before anything that may refuse it. */
export function recordWhenOver(
  request: ArrivingRequest,
  reply: HttpReply,
  pipeline: Pipeline,
  clock: () => Date,
): void {
  whenOver(request, reply, clock, (outcome) => {
    pipeline.after(request, request.arrival?.exchange, outcome, request.arrival?.refusal);
  });
}

/** Records a request that the framework refuses before any hook. */
export function recordRefused({ sink, clock }: Settings, request: HttpRequest, reply: HttpReply): void {
  if (sink === undefined) return;
  whenOver(request, reply, clock, (outcome) => {
    sink(recordOf(request, undefined, outcome, noTypes));
  });
}

/** The response of the request that is still being read from a socket; undefined between requests. */
function pendingOn(socket: Socket): ServerResponse | undefined {
  // Node keeps there the response that a socket is to have next; no part of its API has it. A request that is complete is another one.
  const { _httpMessage: pending } = socket as Socket & { _httpMessage?: ServerResponse };
  return pending?.req.complete === false ? pending : undefined;
}

/** Whether unreadable bytes are a part of a request, such as its body. */
export function isUnderWay(socket: Socket): boolean {
  return pendingOn(socket) !== undefined;
}

/** The request id for unreadable bytes: that of the request of which they are a part, such as a body, or a new one. */
export function idOfUnreadable(socket: Socket): string {
  const known = pendingOn(socket)?.getHeader('x-request-id');
  return typeof known === 'string' ? known : newRequestId();
}

/** Records bytes that could not be read as HTTP and were answered on the socket; a request that is under way has its own record. */
export function recordUnreadable(
  { sink, clock }: Settings,
  socket: Socket,
  { id, status, bytes }: { readonly id: string; readonly status: number; readonly bytes: number },
): void {
  const pending = pendingOn(socket);
  if (pending === undefined) {
    const outcome = { time: clock().getTime(), status, bytes, milliseconds: undefined };
    sink?.(recordOf({ method: undefined, headers: { 'x-request-id': id } }, undefined, outcome, noTypes));
  } else if (!pending.headersSent) pending.statusCode = status;
}

/** Calls `over` once: when the answer is out, or when the connection is gone before. */
function whenOver(
  { raw: { socket } }: HttpRequest,
  { raw }: HttpReply,
  clock: () => Date,
  over: (outcome: Outcome) => void,
): void {
  const [before, began] = [socket.bytesWritten, performance.now()];
  let isOver = false;
  const once = (): void => {
    if (isOver) return;
    isOver = true;
    const { statusCode, headersSent } = raw;
    const milliseconds = performance.now() - began;
    over({
      time: Math.round(clock().getTime() - milliseconds),
      status: headersSent || statusCode >= 400 ? statusCode : undefined,
      bytes: socket.bytesWritten - before,
      milliseconds,
    });
  };
  raw.once('finish', once).once('close', once);
}
