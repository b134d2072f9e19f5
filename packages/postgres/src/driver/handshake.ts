/**
 * Opens a connection: the socket, TLS, and with `pg`'s code the login (SCRAM, MD5 or a password).
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
 */
import { once, type EventEmitter } from 'node:events';
import { connect as connectSocket, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { serialize } from 'pg-protocol';
import { Parser } from 'pg-protocol/dist/parser.js';
import { ConnectionError, PostgresError, type ConnectionCode } from './errors.ts';
import { createFrames, message, readFields, readSetting, type OnMessage } from './messages.ts';

export interface Place {
  /** A host, or the directory of a Unix socket. */
  readonly host: string;
  readonly port: number;
  /** `prefer`: if the server offers it, unverified; otherwise the options of the TLS handshake. */
  readonly tls: false | 'prefer' | ConnectionOptions;
}

export interface Login {
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
  /** Settings that the session begins with. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface Opened {
  readonly socket: Socket;
  readonly pid: number;
  /** Settings that the server reports (ParameterStatus). */
  readonly settings: Map<string, string>;
  /** Hands over the connection: `receive` gets the messages from now on, `closed` is called at its end. */
  readonly attach: (receive: OnMessage, closed: (cause?: Error) => void) => void;
}

/**
 * @param timeout milliseconds for the whole
 * @throws PostgresError if the server refuses; ConnectionError if it is not reached in time, or TLS fails
 */
export async function open(place: Place, login: Login, timeout: number): Promise<Opened> {
  let socket: Socket | undefined;
  const pieces = place.tls === false ? new Pieces() : undefined;
  const timer = setTimeout(() => {
    socket?.destroy(failure('CONNECT_TIMEOUT', `No connection to ${place.host} within ${String(timeout)} ms`));
  }, timeout);
  try {
    const { host, port } = place;
    const address = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${String(port)}` } : { host, port };
    socket = connectSocket({ ...address, ...(pieces && { onread: pieces }) });
    socket.setNoDelay(true).setKeepAlive(true, 10_000);
    await once(socket, 'connect');
    const closed = new AbortController();
    // If the socket closes without an error, as when the server shuts down, nothing else would end the wait for its answer.
    socket.once('close', () => closed.abort());
    socket = await encrypted(socket, place, closed.signal);
    return await loggedIn(socket, pieces, place, login);
  } catch (error) {
    socket?.destroy();
    throw connectionError(error);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Answers without TLS are read into one buffer and copied from there at their length: Node would create a buffer of 64 KiB for each answer,
 * shorten it, and emit a stream event.
 */
class Pieces {
  readonly buffer = Buffer.allocUnsafeSlow(65_536);
  read: (chunk: Buffer) => void = () => undefined;
  readonly callback = (length: number): boolean => {
    this.read(Buffer.from(this.buffer.subarray(0, length)));
    return true;
  };
}

function failure(code: ConnectionCode, text: string): ConnectionError {
  return new ConnectionError(code, text, 'none');
}

function closedEarly(): ConnectionError {
  return failure('CONNECTION_CLOSED', 'The server closed the connection while it was opened');
}

function connectionError(error: unknown): Error {
  if (error instanceof PostgresError || error instanceof ConnectionError) return error;
  if (error instanceof Error && error.name === 'AbortError') return closedEarly();
  const { code, message: text } = error as NodeJS.ErrnoException;
  return new ConnectionError(code ?? 'CONNECTION_CLOSED', text, 'none', error);
}

async function encrypted(socket: Socket, { tls, host }: Place, signal: AbortSignal): Promise<Socket> {
  if (tls === false) return socket;
  socket.write(serialize.requestSsl());
  const [answer] = (await once(socket, 'data', { signal })) as [Buffer];
  // More than one byte would be read as if it had arrived encrypted (CVE-2021-23222).
  if (answer.length === 1 && answer[0] === 0x53) {
    const options = tls === 'prefer' ? { rejectUnauthorized: false } : tls;
    const secure = connectTls({ host, ...options, socket });
    socket.on('error', (error) => secure.destroy(error));
    await once(secure, 'secureConnect', { signal });
    return secure;
  }
  if (answer.length === 1 && answer[0] === 0x4e && tls === 'prefer') return socket;
  throw new ConnectionError('TLS_NOT_OFFERED', 'the server offers no TLS', 'none');
}

/** The types of `pg` do not declare its class `Connection`. */
const Connection = pg.Connection as unknown as new (config: { stream: Socket }) => EventEmitter;

/** The connection of `pg`'s client, over a socket that is already open, with our own parser of messages. */
class Handshake extends Connection {
  readonly #socket: Socket;
  readonly #settings: Readonly<Record<string, string>>;

  constructor(socket: Socket, settings: Readonly<Record<string, string>>) {
    super({ stream: socket });
    this.#socket = socket;
    this.#settings = settings;
  }

  /** The client listens when this has returned. */
  connect(): void {
    queueMicrotask(() => this.emit('connect'));
  }

  startup(config: Record<string, string>): void {
    const { user = '', database = user } = config;
    this.#socket.write(serialize.startup({ user, database, ...this.#settings }));
  }
}

async function loggedIn(
  socket: Socket,
  pieces: Pieces | undefined,
  place: Place,
  { user, password, database, settings }: Login,
): Promise<Opened> {
  const reported = new Map<string, string>();
  const connection = new Handshake(socket, settings);
  const client = new pg.Client({
    ...{ connection, host: place.host, port: place.port, ssl: false, user, database },
    password: () => password ?? process.env['PGPASSWORD'] ?? '',
  });
  client.on('error', () => undefined);
  const parser = new Parser();
  const done = Promise.withResolvers<undefined>();
  let receive: OnMessage = (type, bytes, at, end) => {
    if (type === message.error) done.reject(new PostgresError(readFields(bytes, at, end)));
    else if (type === message.parameterStatus) reported.set(...readSetting(bytes, at, end));
    else parser.parse(bytes.subarray(at - 5, end), (read) => connection.emit(read.name, read));
  };
  let closed = (cause?: Error): void => {
    done.reject(cause ?? closedEarly());
  };
  const frames = createFrames((...found) => receive(...found));
  const read = (chunk: Buffer): void => {
    try {
      frames(chunk);
    } catch (error) {
      socket.destroy(error as Error);
    }
  };
  if (pieces === undefined) socket.on('data', read);
  else pieces.read = read;
  let cause: Error | undefined;
  socket.on('error', (error) => (cause = error));
  socket.on('close', () => closed(cause));
  client.connect((error: Error | null) => {
    if (error === null) done.resolve(undefined);
    else done.reject(error);
  });
  await done.promise;
  return {
    socket,
    pid: (client as unknown as { processID: number }).processID,
    settings: reported,
    attach(next, ended) {
      receive = next;
      closed = ended;
    },
  };
}
