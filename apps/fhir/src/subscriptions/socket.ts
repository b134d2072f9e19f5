/**
 * One websocket: the messages its client may send, and how messages are sent to it. At most one of its messages is in memory.
 * https://www.rfc-editor.org/rfc/rfc6455
 */
import type { RawData, WebSocket } from 'ws';

/** Why a socket is closed: codes of RFC 6455 section 7.4.1. */
export const closings = { going: 1001, text: 1003, refused: 1008, fault: 1011, later: 1013 } as const;

export type Said =
  { readonly kind: 'bind'; readonly token: string } | { readonly kind: 'unbind'; readonly subscription: string };

/** The words of a client: `bind-with-token TOKEN` or `unbind ID`, as a text, or as JSON with `type` and `payload`. */
export function said(text: string): Said | undefined {
  const plain = /^\s*(bind-with-token|unbind):?\s+(\S{1,200})\s*$/.exec(text);
  const [, word, value] = plain ?? inJson(text) ?? [];
  if (value === undefined) return undefined;
  return word === 'unbind' ? { kind: 'unbind', subscription: value } : { kind: 'bind', token: value };
}

function inJson(text: string): readonly [string, string, string] | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const { type, payload } = JSON.parse(text) as { type?: unknown; payload?: unknown };
    const { token, subscription } = (payload ?? {}) as Record<string, unknown>;
    if (type === 'bind-with-token' && typeof token === 'string') return [text, type, token];
    return type === 'unbind' && typeof subscription === 'string' ? [text, type, subscription] : undefined;
  } catch {
    return undefined;
  }
}

export interface SocketLimits {
  /** Milliseconds within which a message must be sent; a client that does not read is disconnected. */
  readonly sendWithin: number;
  /** Milliseconds between two pings; an unanswered one ends the socket. */
  readonly pingEvery: number;
  /** Milliseconds in which a new socket must be bound. */
  readonly bindWithin: number;
  /** Messages that a client may send while the socket is open. */
  readonly messages: number;
}

export interface Line {
  isOpen(): boolean;
  /** Sends one message after the other; resolves when it has left the process. Rejects when the socket has ended. */
  send(text: string): Promise<void>;
  /** It is bound: it may stay. */
  settled(): void;
  close(code: number, reason: string): void;
  /** Closes at once, without a close frame. */
  cut(): void;
}

interface Hearing {
  readonly heard: (said: Said) => void;
  readonly ended: () => void;
}

/** Prepares a newly opened socket. */
export function lineOf(socket: WebSocket, limits: SocketLimits, { heard, ended }: Hearing): Line {
  let isAlive = true;
  let messages = 0;
  let last: Promise<unknown> = Promise.resolve();
  const cut = (): void => {
    socket.terminate();
  };
  const close = (code: number, reason: string): void => {
    socket.close(code, reason);
    // A client that does not answer the close frame is not waited for.
    setTimeout(cut, 2_000).unref();
  };
  const unbound = setTimeout(close, limits.bindWithin, closings.refused, 'not bound in time').unref();
  const pings = setInterval(() => {
    if (isAlive) {
      isAlive = false;
      socket.ping();
    } else cut();
  }, limits.pingEvery).unref();
  const hear = (data: RawData, isBinary: boolean): void => {
    messages += 1;
    const understood = isBinary ? undefined : said((data as Buffer).toString('utf8'));
    if (isBinary) close(closings.text, 'texts alone are understood');
    else if (messages > limits.messages) close(closings.refused, 'too many messages');
    else if (understood === undefined) close(closings.refused, 'say bind-with-token TOKEN or unbind ID');
    else heard(understood);
  };
  socket.on('message', hear);
  socket.on('pong', () => (isAlive = true));
  socket.on('error', cut);
  socket.once('close', () => {
    clearInterval(pings);
    clearTimeout(unbound);
    ended();
  });
  return {
    isOpen: () => socket.readyState === socket.OPEN,
    send(text) {
      const sent = last.then(() => sendOne(socket, text, limits.sendWithin));
      last = sent.catch(() => undefined);
      return sent;
    },
    settled: () => {
      clearTimeout(unbound);
    },
    close,
    cut,
  };
}

function sendOne(socket: WebSocket, text: string, within: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      socket.terminate();
    }, within).unref();
    const end = (error?: Error | null): void => {
      clearTimeout(late);
      socket.off('close', gone);
      if (error) reject(error);
      else resolve();
    };
    const gone = (): void => {
      end(new Error('the socket has ended'));
    };
    if (socket.readyState === socket.OPEN) {
      socket.once('close', gone);
      socket.send(text, end);
    } else gone();
  });
}
