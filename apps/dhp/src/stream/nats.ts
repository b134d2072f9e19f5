/** A stream of NATS JetStream. https://docs.nats.io/nats-concepts/jetstream */
import { readFileSync } from 'node:fs';
import { jetstream } from '@nats-io/jetstream';
import { connect, credsAuthenticator, type NodeConnectionOptions } from '@nats-io/transport-node';
import type { Stream } from './publisher.ts';

export interface NatsSettings {
  /** Servers of one cluster, each `nats://` or `tls://`, perhaps with a login. */
  readonly servers: readonly URL[];
  /** File with a JWT and its seed, as `nsc` makes it. */
  readonly credentials?: string | undefined;
  /** Files in PEM: the authorities that servers are checked against, and the certificate and the key of the client. */
  readonly authorities?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** The name of the stream that must take the messages. */
  readonly stream: string;
  /** Before the type, in subjects: `dhp.playground`. */
  readonly prefix: string;
}

/** Milliseconds. */
const patience = 5_000;

/** Rejects if no server is reached, or it refuses the login. */
export async function openNats(settings: NatsSettings): Promise<Stream> {
  const connection = await connect(connectionOptions(settings));
  const js = jetstream(connection, { timeout: patience });
  return {
    // If pipelined, a lost message would arrive after later ones.
    most: 1,
    async publish(messages) {
      // Another stream with the same subjects would accept it as well, and nobody would read it there.
      const expect = { streamName: settings.stream };
      for (const { id, about, body } of messages)
        await js.publish(`${settings.prefix}.${about}`, body, { msgID: id, expect, timeout: patience });
    },
    close: () => connection.close(),
  };
}

function connectionOptions({
  servers,
  credentials,
  authorities,
  certificate,
  key,
  prefix,
}: NatsSettings): NodeConnectionOptions {
  const [first] = servers;
  const isEncrypted = servers.some(({ protocol }) => protocol === 'tls:');
  const tls = {
    ...(authorities !== undefined && { caFile: authorities }),
    ...(certificate !== undefined && { certFile: certificate }),
    ...(key !== undefined && { keyFile: key }),
  };
  return {
    servers: servers.map(({ host }) => host),
    name: `DHP ${prefix}`,
    timeout: patience,
    // The publisher notices a lost connection by the unacknowledged message, and opens another one.
    reconnect: false,
    ...(isEncrypted && { tls }),
    ...(credentials !== undefined && { authenticator: credsAuthenticator(readFileSync(credentials)) }),
    ...(first !== undefined &&
      first.username !== '' && {
        user: decodeURIComponent(first.username),
        pass: decodeURIComponent(first.password),
      }),
  };
}
