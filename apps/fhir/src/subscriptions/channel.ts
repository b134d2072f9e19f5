/** The channel of a Subscription: its faults, and how its notifications are sent. https://hl7.org/fhir/R5/subscription.html */
import { mailAddressOf } from './mails.ts';
import { listOf } from './request-identifier.ts';

type Json = Readonly<Record<string, unknown>>;

/** One fault, as an English sentence without the full stop. */
export interface Fault {
  readonly place: string;
  readonly message: string;
}

export type ContentKind = 'empty' | 'id-only' | 'full-resource';

export interface Channel {
  /**
   * `events`: nothing is sent; the client reads the events. `websocket`: notifications go to sockets bound to the subscription. `email`:
   * mails announce that there are events.
   */
  readonly kind: 'rest-hook' | 'websocket' | 'email' | 'events';
  /** Of a mail, the address alone. */
  readonly endpoint: string;
  readonly mimeType: 'application/fhir+json' | 'application/fhir+xml';
  readonly content: ContentKind;
  /** Seconds; undefined: no heartbeats. */
  readonly heartbeat: number | undefined;
  /** Milliseconds for one attempt. */
  readonly timeout: number;
  /** Events of one notification. */
  readonly most: number;
  readonly ends: Date | undefined;
}

const kinds: readonly Channel['kind'][] = ['rest-hook', 'websocket', 'email', 'events'];
const hookSystem = 'http://terminology.hl7.org/CodeSystem/subscription-channel-type';
const ownSystem = 'urn:dhp:subscription-channel';
const contents: readonly unknown[] = ['empty', 'id-only', 'full-resource'];
/** Of events in one notification. */
export const mostEvents = 100;
const usualEvents = 20;
const usualTimeout = 10;

/** The name of the parameter with the secret for signatures, which is never sent. */
export const secretName = 'webhook-secret';

/** Header fields that the server sets itself, or that define the framing of a message. */
const reserved = new Set([
  ...['connection', 'content-encoding', 'content-length', 'content-type', 'expect', 'host', 'keep-alive', 'te'],
  ...['proxy-authorization', 'proxy-connection', 'trailer', 'transfer-encoding', 'upgrade', 'user-agent'],
]);

const mostParameters = 10;
const longestValue = 4_096;

export interface ChannelSettings {
  readonly now: Date;
  /** Returns why an address must not be called; undefined if it may be. */
  readonly refusedAddress: (url: string) => string | undefined;
  /** Whether mails are sent. */
  readonly sendsMails: boolean;
}

/** Reads the channel of a stored Subscription, which was checked when it was requested. */
export function channelOf(resource: Json): Channel {
  const { contentType, content, heartbeatPeriod, timeout, maxCount, end, endpoint } = resource;
  const isXml = typeof contentType === 'string' && contentType.startsWith('application/fhir+xml');
  const kind = kinds.find((one) => one === codingOf(resource)['code']) ?? 'rest-hook';
  const address = kind === 'email' ? mailAddressOf(endpoint) : endpoint;
  return {
    kind,
    endpoint: typeof address === 'string' ? address : '',
    mimeType: isXml ? 'application/fhir+xml' : 'application/fhir+json',
    content: contents.includes(content) ? (content as ContentKind) : 'empty',
    heartbeat: typeof heartbeatPeriod === 'number' && heartbeatPeriod > 0 ? heartbeatPeriod : undefined,
    timeout: 1_000 * (typeof timeout === 'number' && timeout > 0 ? timeout : usualTimeout),
    most: Math.min(typeof maxCount === 'number' ? maxCount : usualEvents, mostEvents),
    ends: typeof end === 'string' ? new Date(end) : undefined,
  };
}

/** All faults of the channel of a requested Subscription. */
export function channelFaults(resource: Json, settings: ChannelSettings): Fault[] {
  const { system, code } = codingOf(resource);
  const isPublished = system === undefined || system === hookSystem;
  const isHook = code === 'rest-hook' && isPublished;
  const isSocket = code === 'websocket' && isPublished;
  const isMail = code === 'email' && isPublished && settings.sendsMails;
  const isOwn = code === 'events' && system === ownSystem;
  if (!isHook && !isSocket && !isMail && !isOwn) {
    const mail = settings.sendsMails ? ' email of it, which tells by mail that there was something,' : '';
    const known = `rest-hook of ${hookSystem}, which sends notifications, websocket of it, which sends them to sockets that you open,${mail} or events of ${ownSystem}, where you ask for them with $events`;
    return [{ place: 'Subscription.channelType', message: `it must be ${known}` }];
  }
  if (isMail) return [...mailFaults(resource), ...valueFaults(resource, settings), ...parameterFaults(resource)];
  return [
    ...(isHook ? hookFaults(resource, settings) : isSocket ? socketFaults(resource) : eventsFaults(resource)),
    ...valueFaults(resource, settings),
    ...parameterFaults(resource),
  ];
}

function codingOf({ channelType }: Json): Json {
  return listOf([channelType])[0] ?? {};
}

function hookFaults({ endpoint, contentType }: Json, { refusedAddress }: ChannelSettings): Fault[] {
  const faults: Fault[] = [];
  if (typeof endpoint !== 'string')
    faults.push({ place: 'Subscription.endpoint', message: 'rest-hook needs the https address of your receiver' });
  else {
    const refused = refusedAddress(endpoint.slice(0, 2_000));
    if (refused !== undefined)
      faults.push({
        place: 'Subscription.endpoint',
        message: `${refused}; give an https address on the public internet`,
      });
  }
  return [...faults, ...contentTypeFaults(contentType)];
}

function contentTypeFaults(contentType: unknown): Fault[] {
  if (contentType === undefined || isContentType(contentType)) return [];
  const message =
    'it must be application/fhir+json or application/fhir+xml, where a version is given of FHIR 5.0: others are not sent';
  return [{ place: 'Subscription.contentType', message }];
}

function socketFaults(resource: Json): Fault[] {
  const message = 'it is for rest-hook: leave it out, and ask for the address of the socket with $get-ws-binding-token';
  const stray = ['endpoint', 'timeout', 'parameter'].filter((name) => resource[name] !== undefined);
  return [
    ...stray.map((name) => ({ place: `Subscription.${name}`, message })),
    ...contentTypeFaults(resource['contentType']),
  ];
}

/** A mail crosses foreign networks unencrypted and stays in mailboxes for years: it has no content, and therefore no content format. */
function mailFaults(resource: Json): Fault[] {
  const { endpoint, content, contentType } = resource;
  const faults: Fault[] = [];
  if (mailAddressOf(endpoint) === undefined)
    faults.push({
      place: 'Subscription.endpoint',
      message:
        'email needs mailto: and one address of letters, digits and . _ + - at a domain of the internet, without header fields behind it (mailto:name@example.org)',
    });
  if (content !== undefined && content !== 'empty')
    faults.push({
      place: 'Subscription.content',
      message:
        'a mail holds no health data: it must be empty; ask for more with $events, or use rest-hook or websocket for id-only and full-resource',
    });
  if (contentType !== undefined && contentType !== 'text/plain')
    faults.push({ place: 'Subscription.contentType', message: 'a mail is text/plain: leave it out' });
  const message = 'a mail tells how many events there were since the one before: leave it out';
  const stray = ['heartbeatPeriod', 'timeout', 'parameter', 'maxCount'].filter((name) => resource[name] !== undefined);
  return [...faults, ...stray.map((name) => ({ place: `Subscription.${name}`, message }))];
}

function isContentType(given: unknown): boolean {
  return typeof given === 'string' && /^application\/fhir\+(?:json|xml)(?: *; *fhirVersion=5\.0)?$/.test(given);
}

function eventsFaults(resource: Json): Fault[] {
  return ['endpoint', 'heartbeatPeriod', 'timeout', 'parameter']
    .filter((name) => resource[name] !== undefined)
    .map((name) => ({
      place: `Subscription.${name}`,
      message: 'nothing is sent on the channel events: leave it out, or use rest-hook or websocket',
    }));
}

function valueFaults({ content, heartbeatPeriod, timeout, maxCount, end }: Json, { now }: ChannelSettings): Fault[] {
  const faults: Fault[] = [];
  const say = (name: string, message: string): void => void faults.push({ place: `Subscription.${name}`, message });
  if (content !== undefined && !contents.includes(content))
    say('content', 'it must be empty, id-only or full-resource');
  if (heartbeatPeriod !== undefined && heartbeatPeriod !== 0 && !isWithin(heartbeatPeriod, 10, 86_400))
    say('heartbeatPeriod', 'it must be a number of seconds from 10 to 86400, or 0 for no heartbeats');
  if (timeout !== undefined && !isWithin(timeout, 1, 30)) say('timeout', 'it must be a number of seconds from 1 to 30');
  if (maxCount !== undefined && !isWithin(maxCount, 1, 2 ** 31 - 1)) say('maxCount', 'it must be 1 or more');
  if (end !== undefined && !(typeof end === 'string' && Date.parse(end) > now.getTime()))
    say('end', 'it must be an instant that is to come, or absent');
  return faults;
}

function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

function parameterFaults({ parameter }: Json): Fault[] {
  const all = listOf(parameter);
  const faults: Fault[] = [];
  // Any other value would be stored unchanged.
  if (parameter !== undefined && !(Array.isArray(parameter) && all.length === parameter.length))
    faults.push({ place: 'Subscription.parameter', message: 'it must be a list of names with values' });
  if (all.length > mostParameters)
    faults.push({ place: 'Subscription.parameter', message: `at most ${mostParameters} of them are sent` });
  all.slice(0, mostParameters).forEach(({ name, value }, n) => {
    const message = nameFault(name) ?? (name === secretName ? secretFault(value) : textFault(value));
    if (message !== undefined) faults.push({ place: `Subscription.parameter[${n}]`, message });
  });
  return faults;
}

function nameFault(name: unknown): string | undefined {
  if (typeof name !== 'string' || !/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name))
    return 'its name must be that of a header field of HTTP';
  const lower = name.toLowerCase();
  if (lower === secretName) return name === secretName ? undefined : `write ${secretName} in small letters`;
  if (reserved.has(lower) || lower.startsWith('webhook-'))
    return `the header field ${name} is the server's own; leave it out`;
  return undefined;
}

function textFault(value: unknown): string | undefined {
  if (typeof value === 'string' && value.length <= longestValue && /^[\x20-\x7e]*$/.test(value)) return undefined;
  return `its value must be at most ${longestValue} printable characters of ASCII`;
}

/** https://github.com/standard-webhooks/standard-webhooks: `whsec_` and 24 to 64 bytes in base64. */
function secretFault(value: unknown): string | undefined {
  const [, text = ''] = (typeof value === 'string' && /^whsec_([A-Za-z\d+/]+={0,2})$/.exec(value)) || [];
  const { length } = Buffer.from(text, 'base64');
  if ((length >= 24 && length <= 64) || value === '(withheld)') return undefined;
  return 'the secret of signatures must be whsec_ and 24 to 64 random bytes in base64';
}
