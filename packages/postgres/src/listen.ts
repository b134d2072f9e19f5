/** Notifications of a database (LISTEN): a hint that there is something to read, on one connection that is used only for this. */
import { setTimeout as delay } from 'node:timers/promises';
import { serialize } from 'pg-protocol';
import { parseDatabaseUrl } from './address.ts';
import { message } from './driver/messages.ts';
import { openAny, placesOf } from './driver/places.ts';

export interface Listener {
  /** Whether notifications arrive at this moment. */
  readonly isListening: boolean;
  close(): void;
}

export interface ListenOptions {
  /** Names that need only quoting; they never come from users. */
  readonly channels: readonly string[];
  /** Of the connection, in `pg_stat_activity`. */
  readonly applicationName: string;
  /**
   * Called for each notification with its channel and payload, and with undefined whenever the connection is new: earlier notifications may
   * have been missed.
   */
  readonly heard: (channel: string | undefined, told: string) => void;
}

/** Milliseconds before a lost connection is reopened: the first time, and at most. */
const [soon, late] = [200, 30_000];
const connectTimeout = 5_000;

/**
 * Listens until it is closed, reconnecting as needed. It bypasses a pooler that the URL names, since a session behind one in transaction
 * mode gets no notifications. Callers must also poll now and then: a notification may be lost.
 * @throws DatabaseUrlError if the URL cannot be read
 */
export function listen(url: string, { channels, applicationName, heard }: ListenOptions): Listener {
  for (const channel of channels)
    if (!/^[a-z][a-z_ ]*$/.test(channel))
      throw new TypeError(`${JSON.stringify(channel)} is not the name of a channel`);
  const address = parseDatabaseUrl(url);
  const places = placesOf(address);
  const { user, password, database } = address;
  const login = { user, password, database, settings: { application_name: applicationName } };
  const closing = new AbortController();
  let isListening = false;

  /** Resolves when the connection has ended. */
  async function once(): Promise<void> {
    const { socket, attach, at } = await openAny(places, login, connectTimeout);
    const end = (): void => void socket.destroy();
    const unfollow = places.lead.watch(() => {
      if (places.lead.best !== at) end();
    });
    closing.signal.addEventListener('abort', end);
    const ended = Promise.withResolvers<undefined>();
    attach(
      (type, bytes, at, end) => {
        if (type === message.ready) {
          isListening = true;
          heard(undefined, '');
        }
        if (type === message.notification) heard(...notificationIn(bytes, at, end));
        if (type === message.error) socket.destroy();
      },
      () => {
        ended.resolve(undefined);
      },
    );
    socket.unref();
    socket.write(serialize.query(channels.map((channel) => `listen "${channel}"`).join('; ')));
    if (closing.signal.aborted) end();
    await ended.promise;
    unfollow();
    closing.signal.removeEventListener('abort', end);
  }

  async function again(): Promise<void> {
    for (let pause = soon; !closing.signal.aborted; pause = Math.min(late, 2 * pause)) {
      await once().catch(() => undefined);
      if (isListening) pause = soon / 2;
      isListening = false;
      await delay(pause, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
    }
  }

  void again();
  return {
    get isListening() {
      return isListening;
    },
    close: () => {
      closing.abort();
    },
  };
}

/** Behind the number of the process that notified. https://www.postgresql.org/docs/current/protocol-message-formats.html NotificationResponse */
function notificationIn(bytes: Buffer, at: number, end: number): [channel: string, told: string] {
  const [channel = '', told = ''] = bytes.toString('utf8', at + 4, end).split('\0');
  return [channel, told];
}
