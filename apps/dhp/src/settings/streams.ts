/** Settings of passing changes on to other systems. */
import { reject, setting, wants } from './setting.ts';
import { oneOf, path } from './values.ts';

/** Servers of one cluster, apart by commas. Without TLS on this machine alone. */
function serversOf(text: string, plain: 'nats:' | 'kafka:', wanted: string): URL[] {
  return text.split(',').map((part) => {
    const url = URL.parse(part.trim());
    const isHere = url !== null && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
    const isMeant = url?.protocol === 'tls:' || (url?.protocol === plain && isHere);
    const isPlain =
      url !== null && url.hostname !== '' && url.search === '' && url.hash === '' && /^\/?$/.test(url.pathname);
    return isMeant && isPlain ? url : reject(wanted);
  });
}

function natsServers(text: string): URL[] {
  return serversOf(text, 'nats:', wants().nats);
}

function kafkaBrokers(text: string): URL[] {
  const brokers = serversOf(text, 'kafka:', wants().kafka);
  // Connections to one cluster are of one kind: with TLS to all brokers, or to none.
  return new Set(brokers.map(({ protocol }) => protocol)).size === 1 ? brokers : reject(wants().kafka);
}

/** The prefix of topic names, followed by a point and the environment. */
function topicPrefix(text: string): string {
  return /^[\w-][\w.-]{0,199}$/.test(text) ? text : reject(wants().topic);
}

/** A valid name of a stream in NATS. */
function streamName(text: string): string {
  return /^[\w-]{1,255}$/.test(text) ? text : reject(wants().streamName);
}

export const streams = {
  DHP_NATS_URL: setting(
    'tls://HOST:PORT, several apart by commas; nats:// on this machine alone',
    'changes are passed on to no NATS',
    'Servers of NATS to which the changes of each environment are passed on (docs/operations/install.md): type, id, version and time of each, without content. A login may stand in the URL: tls://USER:PASSWORD@HOST:PORT.',
    natsServers,
  ),
  DHP_NATS_STREAM: setting(
    'a name',
    'DHP',
    'The stream of JetStream that takes them. It is there already, for the subjects dhp.playground.> and dhp.production.>.',
    streamName,
  ),
  DHP_NATS_CREDENTIALS: setting(
    'a file',
    'the login in DHP_NATS_URL, if any',
    'Credentials for NATS: a JWT and its seed, as nsc makes them.',
    path,
  ),
  DHP_NATS_CA: setting(
    'a file',
    'the authorities of Node',
    'Authorities in PEM that certificates of NATS are checked against.',
    path,
  ),
  DHP_NATS_CERTIFICATE: setting(
    'a file',
    'none',
    'The certificate of the platform for NATS, in PEM, where NATS asks for one.',
    path,
  ),
  DHP_NATS_KEY: setting('a file', 'none', 'The key of that certificate, in PEM.', path),
  DHP_NATS_FROM: setting(
    'now, beginning',
    'now',
    'Where a stream begins to which nothing was passed on yet: with what is stored from then on, or with all that is stored.',
    oneOf('now', 'beginning'),
  ),
  DHP_KAFKA_URL: setting(
    'tls://HOST:PORT, several apart by commas; kafka:// on this machine alone',
    'changes are passed on to no Kafka',
    'Brokers of Apache Kafka to which the changes of each environment are passed on (docs/operations/install.md): type, id, version and time of each, without content. A login may stand in the URL: tls://USER:PASSWORD@HOST:PORT.',
    kafkaBrokers,
  ),
  DHP_KAFKA_TOPIC: setting(
    'a name',
    'dhp',
    'The beginning of the names of the topics that take them: dhp.playground and dhp.production. They are there already.',
    topicPrefix,
  ),
  DHP_KAFKA_SASL: setting(
    'PLAIN, SCRAM-SHA-256, SCRAM-SHA-512',
    'SCRAM-SHA-512',
    'By which the login in DHP_KAFKA_URL is proved.',
    oneOf('PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'),
  ),
  DHP_KAFKA_CA: setting(
    'a file',
    'the authorities of Node',
    'Authorities in PEM that certificates of Kafka are checked against.',
    path,
  ),
  DHP_KAFKA_CERTIFICATE: setting(
    'a file',
    'none',
    'The certificate of the platform for Kafka, in PEM, where Kafka asks for one.',
    path,
  ),
  DHP_KAFKA_KEY: setting('a file', 'none', 'The key of that certificate, in PEM.', path),
  DHP_KAFKA_FROM: setting(
    'now, beginning',
    'now',
    'Where topics begin to which nothing was passed on yet: with what is stored from then on, or with all that is stored.',
    oneOf('now', 'beginning'),
  ),
} as const;
