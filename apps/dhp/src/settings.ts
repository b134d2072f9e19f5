/**
 * Every setting of the platform, as data: its name, what it means, what it may be. `configuration.ts` reads the
 * environment by this table and docs/configuration.md is tested against it, so the three cannot drift.
 */
import { isIP } from 'node:net';
import type { OpenIdConnectOptions } from '@dhp/sso';

/** A value that cannot be used. Its message is the sentence that a person reads when the start stops. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';
}

interface Setting<T> {
  readonly description: string;
  /** How the default reads in the documentation. */
  readonly defaultText: string;
  /** What may be given, for the documentation. */
  readonly form: string;
  /** Turns the text into a value; throws a ConfigurationError whose message completes "NAME=value …". */
  readonly parse: (text: string) => T;
}

function setting<T>(form: string, defaultText: string, description: string, parse: (text: string) => T): Setting<T> {
  return { form, defaultText, description, parse };
}

function reject(sentence: string): never {
  throw new ConfigurationError(sentence);
}

/** A public base URL: absolute, http or https, without trailing slash, query or fragment, since it is compared as a string. */
function baseUrl(text: string): string {
  if (!URL.canParse(text)) return reject('is not an absolute URL such as https://sso.example.uz');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return reject('must begin with https:// or http://');
  if (text.endsWith('/')) return reject('must not end with a slash, since tokens compare it as a string');
  if (url.search !== '' || url.hash !== '') return reject('must not have a query or a fragment');
  if (url.username !== '' || url.password !== '') return reject('must not hold a user name or password');
  if (text !== url.href && `${text}/` !== url.href)
    return reject(`must be written in its normal form, ${url.href.replace(/\/$/, '')}`);
  return text;
}

function databaseUrl(text: string): string {
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) {
    return reject('is not a PostgreSQL URL such as postgres://user:password@host:5432/dhp');
  }
  return text;
}

function port(text: string): number {
  const number = Number(text);
  if (!/^\d{1,5}$/.test(text) || number < 1 || number > 65535) return reject('is not a port number from 1 to 65535');
  return number;
}

function onOff(text: string): boolean {
  if (text === 'on') return true;
  if (text === 'off') return false;
  return reject('must be on or off');
}

function oneOf<const T extends string>(...allowed: T[]): (text: string) => T {
  return (text) => allowed.find((value) => value === text) ?? reject(`must be one of ${allowed.join(', ')}`);
}

function wholeNumber(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < minimum || number > maximum) {
      return reject(`is not a whole number from ${minimum} to ${maximum}`);
    }
    return number;
  };
}

function timeZone(text: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return text;
  } catch {
    return reject('is not a time zone of the IANA database such as Asia/Tashkent');
  }
}

/** Bytes, as `64MiB`, `512KiB`, `1GiB` or a plain number. */
function byteSize(text: string): number {
  const units = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
  const match = /^(\d{1,12})(|KiB|MiB|GiB)$/.exec(text);
  const bytes = match ? Number(match[1]) * units[match[2] as keyof typeof units] : 0;
  if (bytes < 1024 || bytes > 1024 ** 3) return reject('is not a size from 1KiB to 1GiB, such as 64MiB');
  return bytes;
}

/** `*`, or origins as a browser sends them: scheme, host and port, nothing behind. */
function origins(text: string): '*' | string[] {
  if (text === '*') return text;
  const list = text.split(',').map((part) => part.trim());
  for (const origin of list) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      return reject(`names "${origin}", which is not an origin such as https://app.example.uz`);
    }
  }
  return list;
}

/** Packages, apart by commas: names with or without a version, or paths. */
function packageList(text: string): string[] {
  const list = text.split(',').map((part) => part.trim());
  if (list.includes('')) return reject('has an empty place; packages are apart by commas, such as uz.dhp.core@0.7.0');
  return list;
}

/** Base URLs, apart by commas. */
function baseUrls(text: string): string[] {
  return text.split(',').map((part) => baseUrl(part.trim()));
}

/** `Patient=https://…,Organization=https://…` */
function profilesByType(text: string): ReadonlyMap<string, string> {
  const pairs = text.split(',').map((part) => part.trim());
  const wrong = pairs.find((pair) => !/^[A-Z][A-Za-z]+=[a-z][a-z0-9+.-]*:\S+$/.test(pair));
  if (wrong !== undefined) {
    return reject(`names "${wrong}", which is not like Patient=https://example.uz/StructureDefinition/patient`);
  }
  return new Map(
    pairs.map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

function secretKey(text: string): Buffer {
  const key = Buffer.from(text, 'base64');
  if (key.length !== 32 || !/^[A-Za-z0-9+/]{43}=$/.test(text)) {
    return reject('is not 32 bytes in base64; make one with: openssl rand -base64 32');
  }
  return key;
}

function oneIdUrl(text: string): 'test' | 'off' | { url: string; clientId: string; clientSecret: string } {
  if (text === 'test' || text === 'off') return text;
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || url.username === '' || url.password === '') {
    return reject('must be test, off, or https://CLIENT_ID:SECRET@HOST/PATH');
  }
  const [clientId, clientSecret] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  return { url: `${url.origin}${url.pathname}`, clientId, clientSecret };
}

/** `Name=https://CLIENT_ID:SECRET@ISSUER`, apart by commas; `?pinfl=CLAIM` where the provider is trusted to say PINFLs. */
function openIdProviders(text: string): OpenIdConnectOptions[] {
  const found = text.split(',').map((part) => {
    const at = part.indexOf('=');
    const name = part.slice(0, Math.max(at, 0)).trim();
    const url = URL.parse(part.slice(at + 1).trim());
    const isLocal = url?.protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
    if (
      name === '' ||
      url === null ||
      !(url.protocol === 'https:' || isLocal) ||
      url.username === '' ||
      url.password === ''
    ) {
      return reject(
        'must be NAME=https://CLIENT_ID:SECRET@ISSUER, such as City hospital=https://dhp:secret@id.hospital.uz',
      );
    }
    const id = name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '');
    if (!/^[a-z]/.test(id) || ['password', 'passkey', 'oneid'].includes(id)) {
      return reject(`names a provider "${name}", which needs a name with letters a to z that is not taken`);
    }
    const pinflClaim = url.searchParams.get('pinfl');
    const [clientId, clientSecret] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    const issuer = `${url.origin}${url.pathname}`.replace(/\/$/, '');
    return { id, name, issuer, clientId, clientSecret, ...(pinflClaim !== null && { pinflClaim }) };
  });
  if (new Set(found.map(({ id }) => id)).size < found.length) return reject('names two providers alike');
  return found;
}

function mailUrl(text: string): string {
  if (/^smtps?:\/\//.test(text) && URL.canParse(text)) return text;
  return reject('is not a URL such as smtp://user:password@host:587');
}

function path(text: string): string {
  return text === '' ? reject('is empty') : text;
}

const people = {
  patients: 'Patient',
  relatives: 'RelatedPerson',
  'health-workers': 'Practitioner',
  administrators: 'administrator',
} as const;

/** A list of groups such as `health-workers`, as the types of their records; platform administrators have none. */
function secondFactorRoles(text: string): (typeof people)[keyof typeof people][] {
  if (text.trim() === 'nobody') return [];
  return text.split(',').map((part) => {
    const name = part.trim();
    if (Object.hasOwn(people, name)) return people[name as keyof typeof people];
    return reject(`names "${name}"; the groups are ${Object.keys(people).join(', ')}`);
  });
}

/** Hosts as they stand in a URL: `keys.example.uz` or `127.0.0.1:9010`. */
function hosts(text: string): string[] {
  const list = text.split(',').map((part) => part.trim());
  for (const host of list) {
    if (
      !URL.canParse(`https://${host}`) ||
      ![new URL(`https://${host}`).host, `${new URL(`https://${host}`).hostname}:443`].includes(host)
    ) {
      return reject(`names "${host}", which is not a host such as keys.example.uz or 127.0.0.1:9010`);
    }
  }
  return list;
}

const roles = ['sso', 'fhir', 'portal'] as const;
export type Role = (typeof roles)[number];

/** As Fastify's `trustProxy`; the proxy that calls us is number 0. */
function trustProxy(text: string): boolean | string[] | ((address: string, hop: number) => boolean) {
  if (text === 'on' || text === 'off') return text === 'on';
  if (/^[1-9]\d?$/.test(text)) return (_address, hop) => hop < Number(text);
  const list = text.split(',').map((part) => part.trim());
  for (const part of list) {
    const [address = '', bits, ...rest] = part.split('/');
    const family = isIP(address);
    const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
    if (family === 0 || !isNetwork || rest.length > 0) {
      reject(`has ${JSON.stringify(part)}, which is no IP address and no network such as 10.0.0.0/8`);
    }
  }
  return list;
}

const rate = wholeNumber(0, 100_000_000);

/** A list of roles such as `sso,fhir`. */
export function parseRoles(text: string): Role[] {
  const parts = text.split(',').map((part) => part.trim());
  for (const part of parts) {
    if (!roles.some((role) => role === part)) reject(`names the role "${part}"; the roles are ${roles.join(', ')}`);
  }
  return roles.filter((role) => parts.includes(role));
}

export const settings = {
  DHP_DATA: setting('a folder', './.dhp', 'The data directory: the embedded database, keys, chosen ports.', path),
  DATABASE_URL: setting(
    'a PostgreSQL URL',
    'the embedded PostgreSQL in DHP_DATA',
    'A PostgreSQL 16 or later of your own. The databases NAME_sso, NAME_playground and NAME_production are made beside the one that the URL names (NAME is its name, or dhp).',
    databaseUrl,
  ),
  DHP_ROLE: setting(
    'a list of sso, fhir, portal',
    'sso,fhir,portal',
    'What this process serves; `--role` says it too.',
    parseRoles,
  ),
  DHP_HOST: setting(
    'an address',
    '127.0.0.1',
    'The address to listen on. Behind a reverse proxy leave it; 0.0.0.0 or :: opens it to the network.',
    path,
  ),
  DHP_SSO_PORT: setting('a port', '9000, or the next free one', 'The port of the SSO.', port),
  DHP_PORT: setting(
    'a port',
    '8080, or the next free one',
    'The port of the portal and of the playground (at /fhir).',
    port,
  ),
  DHP_PRODUCTION: setting('on, off', 'off', 'Whether the production environment is served too.', onOff),
  DHP_PRODUCTION_PORT: setting('a port', '8090, or the next free one', 'The port of the production FHIR server.', port),
  DHP_SSO_URL: setting(
    'a base URL',
    'http://localhost:PORT',
    'The public URL of the SSO: the issuer (`iss`) of every token.',
    baseUrl,
  ),
  DHP_PLAYGROUND_URL: setting(
    'a base URL',
    'http://localhost:PORT/fhir',
    'The public FHIR base URL of the playground: the audience (`aud`) of its tokens. Its path is where the server answers.',
    baseUrl,
  ),
  DHP_PRODUCTION_URL: setting(
    'a base URL',
    'http://localhost:PORT',
    'The public FHIR base URL of production: the audience (`aud`) of its tokens.',
    baseUrl,
  ),
  DHP_PORTAL_URL: setting('a base URL', 'http://localhost:PORT', 'The public URL of the portal.', baseUrl),
  DHP_SSO_INTERNAL_URL: setting(
    'a base URL',
    'the SSO of this process, else DHP_SSO_URL',
    'Where the FHIR servers fetch the signing keys of the SSO, when they reach it by another address than the public one.',
    baseUrl,
  ),
  DHP_OUTBOUND_HOSTS: setting(
    'a list of hosts, each with or without a port',
    'none',
    'Hosts that addresses of clients (their keys, their logout notices) and of identity systems may lead to although they are internal or without TLS. Leave it empty in production.',
    hosts,
  ),
  DHP_DEFAULT_LANGUAGE: setting(
    'uz, ru, en',
    'uz',
    'The language of pages and messages when the caller names none.',
    oneOf('uz', 'ru', 'en'),
  ),
  DHP_TIME_ZONE: setting(
    'an IANA time zone',
    'Asia/Tashkent',
    'The zone of `meta.lastUpdated` and of dates that carry none.',
    timeZone,
  ),
  DHP_BODY_LIMIT: setting('a size', '64MiB', 'The largest request body that the FHIR servers take.', byteSize),
  DHP_IF_MATCH: setting(
    'required, optional',
    'required',
    'Whether a PUT of an existing resource must carry If-Match.',
    oneOf('required', 'optional'),
  ),
  DHP_EXPANSION_LIMIT: setting(
    'a number from 1 to 1000000',
    '10000',
    'The most codes that an expansion of a value set has in one answer; more are refused as too costly, and read in pages.',
    wholeNumber(1, 1_000_000),
  ),
  DHP_REFERENCE_INTEGRITY: setting(
    'enforce, allow',
    'enforce in production, allow in the playground',
    'Whether a reference to a resource that does not exist is refused, and the deletion of one that others refer to.',
    oneOf('enforce', 'allow'),
  ),
  DHP_VALIDATION: setting(
    'guide, claimed, off',
    'guide in production, claimed in the playground',
    'What a resource must conform to before it is stored. `claimed`: R5 and the profiles that it names in `meta.profile`; `guide`: also the profile that is mandatory for its type; `off`: nothing, for loading in bulk what was checked before.',
    oneOf('guide', 'claimed', 'off'),
  ),
  DHP_MANDATORY_PROFILES: setting(
    'a list of TYPE=canonical',
    'those that the ImplementationGuides stored here name as global',
    'Profiles that every resource of a type must meet where DHP_VALIDATION is `guide`, beside those that stored guides name as global.',
    profilesByType,
  ),
  DHP_META_PROFILE: setting(
    'required, optional',
    'optional',
    'Whether a resource must name a profile in `meta.profile`, where there are stored profiles for its type.',
    oneOf('required', 'optional'),
  ),
  DHP_UNKNOWN_PROFILES: setting(
    'warning, error',
    'warning',
    'What it is when a resource claims a profile that is not known here: a warning, or an error that refuses it.',
    oneOf('warning', 'error'),
  ),
  DHP_UNKNOWN_CODES: setting(
    'error, warning, ignore',
    'error',
    'What a coding is whose code its system, which is known here, does not have. A system that is not known here is not asked about.',
    oneOf('error', 'warning', 'ignore'),
  ),
  DHP_DISPLAYS: setting(
    'error, warning, ignore',
    'warning',
    'What a coding is whose display is none of those that its code has, in any language.',
    oneOf('error', 'warning', 'ignore'),
  ),
  DHP_NATIONAL_IDENTIFIERS: setting(
    'error, warning, ignore',
    'warning',
    'What a national identifier is that departs from what is usual but from no rule that is public: the digits of a PINFL, the form of a passport number. What breaks a public rule is refused in any case.',
    oneOf('error', 'warning', 'ignore'),
  ),
  DHP_REFERENCE_TARGETS: setting(
    'error, warning, ignore',
    'error where DHP_VALIDATION is guide, else warning',
    'What the target of a reference is that is stored here and meets none of the profiles which a profile of the resource asks of it. A warning is told by `$validate` alone.',
    oneOf('error', 'warning', 'ignore'),
  ),
  DHP_VITAL_SIGNS: setting(
    'required, optional',
    'required where DHP_VALIDATION is guide, else optional',
    'Whether an Observation with the LOINC code of a vital sign must meet the profile that FHIR R5 has for it.',
    oneOf('required', 'optional'),
  ),
  DHP_HEALTH_WORKERS: setting(
    'as-scoped, refused',
    'as-scoped in the playground, refused in production',
    'What a `user/` scope gives a health worker who has no role: what it says, or nothing. Who has a role is held to its policies (`dhp policy`), and patients have their own record in any case.',
    oneOf('as-scoped', 'refused'),
  ),
  DHP_CORS_ORIGINS: setting(
    'a list of origins, or *',
    '* in the playground, none in production',
    'From which web pages a browser may call the FHIR servers. Tokens are sent by the page itself, never by the browser, so * gives nothing away.',
    origins,
  ),
  DHP_SSO_CORS_ORIGINS: setting(
    'a list of origins, or *',
    'none',
    'From which web pages a browser may read the answers of the SSO at the endpoints for tokens, pushed requests, devices and revocation, besides those of the redirect URIs of public clients. Keys, discovery and userinfo may be read from everywhere; introspection, authorization and sign-in from nowhere.',
    origins,
  ),
  DHP_DPOP_NONCE: setting(
    'required, off',
    'off',
    'Whether proofs of possession (DPoP) must have a nonce of the server, at the SSO and at the FHIR servers: proofs cannot be made ahead of time then, for one more request when a nonce is new.',
    oneOf('required', 'off'),
  ),
  DHP_SEED_PATIENTS: setting(
    'a whole number',
    '100',
    'How many synthetic patients an empty playground starts with; 0 for none.',
    wholeNumber(0, 1_000_000),
  ),
  DHP_PACKAGE_SERVERS: setting(
    'a list of base URLs',
    'https://packages.fhir.org,https://packages2.fhir.org/packages',
    'The FHIR package registries that `dhp package install` asks, in this order.',
    baseUrls,
  ),
  DHP_PACKAGES: setting(
    'a list of packages',
    'none',
    'FHIR packages that every environment is to have, as `dhp package install` takes them (`uz.dhp.core@0.7.0`, or the path of a tarball or a folder): installed with what they stand on before the first request is answered. Without one of them the start fails; what is installed already is not asked for again.',
    packageList,
  ),
  DHP_SECRET_KEY: setting(
    '32 bytes in base64',
    'made at the first start in DHP_DATA/secret.key',
    'The key under which the private signing keys are encrypted in the database, and from which the one that signs links is made. Nodes that share a database share it.',
    secretKey,
  ),
  DHP_TRUST_PROXY: setting(
    'on, off, a number of proxies, or their addresses',
    'off',
    'Whether X-Forwarded-For of reverse proxies in front tells the caller’s address. `on`: the first address in it, for a proxy that writes the header itself; a number: of so many proxies that each add to it; addresses or networks such as 10.0.0.0/8: of those that come from there.',
    trustProxy,
  ),
  DHP_SSO_CLIENT_RATE: setting(
    'a whole number',
    '3000',
    'How many requests a minute one node of the SSO answers of a client from one network (they may come at once); 0 for no limit.',
    rate,
  ),
  DHP_SSO_ADDRESS_RATE: setting(
    'a whole number',
    '12000',
    'How many requests a minute one node of the SSO answers of one address (of IPv6: /64 network); 0 for no limit.',
    rate,
  ),
  DHP_FHIR_CLIENT_RATE: setting(
    'a whole number',
    '60000',
    'How many requests a minute one node of a FHIR server answers of a client; 0 for no limit.',
    rate,
  ),
  DHP_FHIR_ADDRESS_RATE: setting(
    'a whole number',
    '120000',
    'How many requests a minute one node of a FHIR server answers of one address; 0 for no limit.',
    rate,
  ),
  DHP_SECOND_FACTOR: setting(
    'nobody, or a list of patients, relatives, health-workers, administrators',
    'nobody, and administrators where production is served',
    'Who signs in with a second factor always: who has none sets it up at the next sign-in. Others may set one up, and applications may demand one. Administrators, of the platform and of organisations, are held to it at the operators’ pages also where they only look; to change something there wants it in any case.',
    secondFactorRoles,
  ),
  DHP_SESSION_IDLE_HOURS: setting(
    'a whole number',
    '8',
    'After how many hours without use a person signs in anew.',
    wholeNumber(1, 720),
  ),
  DHP_SESSION_HOURS: setting(
    'a whole number',
    '12',
    'After how many hours a person signs in anew however busy the session was.',
    wholeNumber(1, 720),
  ),
  DHP_KEY_ROTATION_DAYS: setting(
    'a whole number',
    '90',
    'For how many days a signing key signs before the next one, which is made by itself, takes its place; 0: until an operator makes one.',
    wholeNumber(0, 3650),
  ),
  DHP_ONEID: setting(
    'test, off, or a URL with client id and secret',
    'test, and off where production is served',
    'The identity system by which people may sign in: `https://CLIENT_ID:SECRET@sso.egov.uz/sso/oauth/Authorization.do`. `test` is one of our own, where anybody may be any of a few synthetic patients.',
    oneIdUrl,
  ),
  DHP_OPENID_PROVIDERS: setting(
    'a list of NAME=https://CLIENT_ID:SECRET@ISSUER, each with ?pinfl=CLAIM or not',
    'none',
    'OpenID Connect providers by which people may sign in: NAME is on the button, and in lower case with hyphens the id at `/upstream/ID`, the redirect URI to register there. `pinfl` names the claim with the PINFL, where the provider is trusted to say whose record it is.',
    openIdProviders,
  ),
  DHP_MAIL: setting(
    'an smtp: or smtps: URL',
    'the file mail.ndjson in DHP_DATA',
    'How links to set a password and notices reach people: `smtp://user:password@host:587`, which is always encrypted (STARTTLS) when it has a password, or `smtps://`. Without it they are written to a file, for trying out.',
    mailUrl,
  ),
  DHP_MAIL_FROM: setting('an e-mail address', 'noreply@ and the host of the SSO', 'Whom the messages come from.', path),
  DHP_LOG: setting(
    'error, warn, info, debug',
    'warn',
    'How much is written to the log (JSON lines on standard error).',
    oneOf('error', 'warn', 'info', 'debug'),
  ),
  DHP_DRAIN_SECONDS: setting(
    'a whole number',
    '10',
    'How long a stop waits for requests in flight.',
    wholeNumber(0, 600),
  ),
} as const;

export type SettingName = keyof typeof settings;
export type SettingValues = { readonly [K in SettingName]?: ReturnType<(typeof settings)[K]['parse']> };
