/** Settings of what is passed on to other systems. */
import { reject, setting, wants } from './setting.ts';
import { oneOf, path } from './values.ts';

/** Servers of one cluster, apart by commas. Without TLS on this machine alone. */
function natsServers(text: string): URL[] {
  return text.split(',').map((part) => {
    const url = URL.parse(part.trim());
    const isHere = url !== null && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
    const isMeant = url?.protocol === 'tls:' || (url?.protocol === 'nats:' && isHere);
    const isPlain =
      url !== null && url.hostname !== '' && url.search === '' && url.hash === '' && /^\/?$/.test(url.pathname);
    return isMeant && isPlain ? url : reject(wants().nats);
  });
}

/** A name that NATS takes for a stream. */
function streamName(text: string): string {
  return /^[\w-]{1,255}$/.test(text) ? text : reject(wants().streamName);
}

export const streams = {
  DHP_NATS_URL: setting(
    'tls://HOST:PORT, several apart by commas; nats:// on this machine alone',
    'changes are passed on to nobody',
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
} as const;
