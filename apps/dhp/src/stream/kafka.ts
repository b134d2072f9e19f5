/** A topic of Apache Kafka. https://kafka.apache.org/protocol */
import { readFileSync } from 'node:fs';
import { compatibilityPartitioner, Producer, stringSerializers, type MessageToProduce } from '@platformatic/kafka';
import { KafkaFault } from './kafka-fault.ts';
import type { Stream, StreamMessage } from './publisher.ts';

export interface KafkaSettings {
  /** Brokers of one cluster, each `kafka://` or `tls://`, perhaps with a login. */
  readonly brokers: readonly URL[];
  /** By which the login is proved. */
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
  /** Files in PEM: the authorities that brokers are checked against, and the certificate and the key of the client. */
  readonly authorities?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** An existing topic: `dhp.playground`. */
  readonly topic: string;
}

type KafkaRecord = MessageToProduce<string, string, string, string>;
type TextProducer = Producer<string, string, string, string>;

/** Milliseconds: for a connection, and for a request with all its attempts, which is less than the caller's lease. */
const connecting = 5_000;
const patience = 10_000;

/** The most messages of one request; at most as many are repeated if it fails. */
const mostMessages = 200;

/** @throws KafkaFault if no broker is reached, the login is refused, or the topic does not exist */
export async function openKafka(settings: KafkaSettings): Promise<Stream> {
  const { topic } = settings;
  const producer = newProducer(settings);
  try {
    await partitionsOf(producer, topic);
  } catch (error) {
    await producer.close(true).catch(() => undefined);
    throw error;
  }
  let most = mostMessages;
  async function publishKeyed(messages: readonly StreamMessage[]): Promise<void> {
    for (let first = 0; first < messages.length;) {
      const part = messages.slice(first, first + most);
      try {
        await send(
          producer,
          part.map((message) => recordOf(message, topic)),
        );
        first += part.length;
      } catch (error) {
        // A topic may accept less at once than others; a single message that is too large must be handled by the topic's operator.
        if (!(error instanceof KafkaFault) || error.kind !== 'large' || part.length === 1) throw error;
        most = part.length >> 1;
      }
    }
  }
  return {
    most: mostMessages,
    async publish(messages) {
      const forAll = messages.filter(({ key }) => key === undefined);
      if (forAll.length === 0) return publishKeyed(messages);
      const partitions = await partitionsOf(producer, topic);
      for (const message of forAll)
        for (let partition = 0; partition < partitions; partition += 1)
          await send(producer, [{ ...recordOf(message, topic), partition }]);
    },
    close: () => producer.close(true),
  };
}

function recordOf({ id, key, body }: StreamMessage, topic: string): KafkaRecord {
  return { topic, ...(key !== undefined && { key }), value: body, headers: { id } };
}

async function send(producer: TextProducer, messages: KafkaRecord[]): Promise<void> {
  await within(patience, producer.send({ messages }));
}

async function partitionsOf(producer: TextProducer, topic: string): Promise<number> {
  const { topics } = await within(patience, producer.metadata({ topics: [topic], forceUpdate: true }));
  return topics.get(topic)?.partitionsCount ?? 0;
}

/** @throws KafkaFault if it fails, or the time is over */
async function within<Answer>(milliseconds: number, answer: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, refuse) => {
    timer = setTimeout(() => {
      refuse(new KafkaFault('unreached', 'ETIMEDOUT'));
    }, milliseconds);
  });
  try {
    return await Promise.race([answer, over]);
  } catch (error) {
    throw KafkaFault.of(error);
  } finally {
    clearTimeout(timer);
  }
}

function newProducer({ brokers, mechanism, authorities, certificate, key, topic }: KafkaSettings): TextProducer {
  const [first] = brokers;
  const isEncrypted = brokers.some(({ protocol }) => protocol === 'tls:');
  const tls = {
    ...(authorities !== undefined && { ca: readFileSync(authorities) }),
    ...(certificate !== undefined && { cert: readFileSync(certificate) }),
    ...(key !== undefined && { key: readFileSync(key) }),
  };
  return new Producer({
    clientId: topic,
    bootstrapBrokers: brokers.map(({ hostname, port }) => ({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 9092),
    })),
    serializers: stringSerializers,
    // All in-sync replicas must have it before it counts, and a message repeated after a lost answer is stored once.
    ...{ idempotent: true, acks: -1, autocreateTopics: false },
    // Puts a key in the same partition as Java's client, so that a reader can join it with other topics.
    partitioner: (_, bytes) => compatibilityPartitioner(_, bytes),
    ...{ connectTimeout: connecting, requestTimeout: patience, timeout: connecting, retries: 3, retryDelay: 250 },
    ...(isEncrypted && { tls }),
    ...(first !== undefined &&
      first.username !== '' && {
        sasl: {
          mechanism,
          username: decodeURIComponent(first.username),
          password: decodeURIComponent(first.password),
        },
      }),
  });
}
