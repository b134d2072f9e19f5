/**
 * One keep-alive HTTP/1.1 connection with one request in flight, on a plain socket: the load generator shares two cores with the measured
 * servers, and node:http or a ready-made tool would use more CPU than the server.
 */
import { connect, type Socket } from 'node:net';

export interface Response {
  readonly status: number;
  /** Status line and header fields. */
  readonly head: string;
  /** The body, kept only for a failure (status 400 and above), or if requested. */
  readonly body: string;
}

export interface Connection {
  /** Sends a request unchanged; calls back with the response, or with an error if the connection ends first. */
  send(request: string | Uint8Array, done: (response: Response | Error) => void): void;
  close(): void;
}

const chunkSize = 64 * 1024;
const headEnd = Buffer.from('\r\n\r\n');

/** Opens a connection; resolves when it is established. @param keepsBodies of successful answers too @param localAddress of this side */
export function open(host: string, port: number, keepsBodies = false, localAddress?: string): Promise<Connection> {
  let done: ((response: Response | Error) => void) | undefined;
  let head = '';
  let body = '';
  let partial: Buffer | undefined;
  let missing = -1;

  const settle = (result: Response | Error): void => {
    const callback = done;
    done = undefined;
    head = body = '';
    missing = -1;
    callback?.(result);
  };
  const receive = (chunk: Buffer): void => {
    let rest = chunk;
    if (missing < 0) {
      const received = partial === undefined ? chunk : Buffer.concat([partial, chunk]);
      const end = received.indexOf(headEnd);
      if (end < 0) {
        partial = Buffer.from(received); // the chunk's memory is used again for the next
        return;
      }
      partial = undefined;
      head = received.toString('latin1', 0, end);
      missing = contentLength(head);
      if (missing < 0) {
        settle(new Error(`a response without Content-Length: ${head}`));
        return;
      }
      rest = received.subarray(end + headEnd.length);
    }
    if (keepsBodies || head.charCodeAt(9) >= 0x34) body += rest.toString();
    missing -= rest.length;
    if (missing <= 0) settle({ status: Number(head.slice(9, 12)), head, body });
  };

  return new Promise((resolve, reject) => {
    const buffer = Buffer.allocUnsafe(chunkSize);
    const socket: Socket = connect({
      host,
      port,
      ...(localAddress !== undefined && { localAddress }),
      noDelay: true,
      onread: {
        buffer,
        callback: (length) => {
          receive(buffer.subarray(0, length));
          return true;
        },
      },
    });
    socket.once('error', (error) => {
      reject(error);
      settle(error);
    });
    socket.once('close', () => settle(new Error('the connection was closed')));
    socket.once('connect', () =>
      resolve({
        send(request, callback) {
          done = callback;
          socket.write(request);
        },
        close: () => socket.destroy(),
      }),
    );
  });
}

/** -1 without one: the measured responses have one. */
function contentLength(head: string): number {
  const match = /\r\ncontent-length: *(\d+)/i.exec(head);
  return match ? Number(match[1]) : -1;
}
