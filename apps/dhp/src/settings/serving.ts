import { setting } from './setting.ts';
import { parseRoles } from './roles.ts';
import {
  accessLogShare,
  baseUrl,
  databasePassword,
  databaseUrl,
  onOff,
  oneOf,
  path,
  poolers,
  port,
  wholeNumber,
} from './values.ts';

/** Settings of the servers that run, their addresses and their logs. */
export const serving = {
  DHP_DATA: setting('a folder', './.dhp', 'The data directory: the embedded database, keys, chosen ports.', path),
  DATABASE_URL: setting(
    'a PostgreSQL URL',
    'the embedded PostgreSQL in DHP_DATA',
    'A PostgreSQL 16 or later of your own. The databases NAME_sso, NAME_playground and NAME_production are made beside the one that the URL names (NAME is its name, or dhp). A server on another machine is reached with TLS and verified unless the URL has another `sslmode`; see below.',
    databaseUrl,
  ),
  DHP_DATABASE_POOLER: setting(
    'host:port[,host:port]',
    'none',
    'PgBouncer 1.21 or later in transaction mode, which leads to the server of DATABASE_URL: the statements of servers go through it, all else goes to the server itself (docs/pooler.md).',
    poolers,
  ),
  DHP_DATABASE_ROLES: setting(
    'required, preferred, off',
    'preferred',
    'Whether each server logs in to its database as a role of its own, which can do what the server does and nothing else (docs/database-roles.md). `preferred` goes on with the login of DATABASE_URL, and warns, where that is not possible; `required` refuses to start then; `off` uses the login of DATABASE_URL.',
    oneOf('required', 'preferred', 'off'),
  ),
  DHP_SSO_DATABASE_PASSWORD: setting(
    '16 or more ASCII characters',
    'derived from DHP_SECRET_KEY',
    'The password of the database role of the SSO.',
    databasePassword,
  ),
  DHP_PLAYGROUND_DATABASE_PASSWORD: setting(
    '16 or more ASCII characters',
    'derived from DHP_SECRET_KEY',
    'The password of the database role of the playground.',
    databasePassword,
  ),
  DHP_PRODUCTION_DATABASE_PASSWORD: setting(
    '16 or more ASCII characters',
    'derived from DHP_SECRET_KEY',
    'The password of the database role of production.',
    databasePassword,
  ),
  DHP_ROLE: setting(
    'a list of sso, fhir, portal',
    'sso,fhir,portal',
    'What this node serves; `--role` says it too.',
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
    'the SSO of this node, else DHP_SSO_URL',
    'Where the FHIR servers fetch the signing keys of the SSO, when they reach it by another address than the public one.',
    baseUrl,
  ),
  DHP_DEFAULT_LANGUAGE: setting(
    'uz, ru, en',
    'uz',
    'The language of pages and messages when the caller names none.',
    oneOf('uz', 'ru', 'en'),
  ),
  DHP_LOG: setting(
    'error, warn, info, debug',
    'warn',
    'How much is written to the log (JSON lines on standard error). A failure that repeats is logged once a second for each kind; `suppressed` counts the lines left out.',
    oneOf('error', 'warn', 'info', 'debug'),
  ),
  DHP_ACCESS_LOG: setting(
    'off, json, or a share such as 1%',
    'off',
    'Whether the servers write a JSON line for each request, or for a share of them and all 5xx, to standard error: template of the address, status, duration, request id; at FHIR servers also type and id, bytes, client, user and patient of the token. It holds no query, no body and no token.',
    accessLogShare,
  ),
  DHP_BACKUPS: setting(
    'a folder',
    'none',
    'Where `dhp backup` puts base backups of the embedded database, and where that archives its log from the next start on: then every second since can be restored (docs/operations/backup.md). On another disk, closed to others.',
    path,
  ),
  DHP_METRICS_PORT: setting(
    'a port',
    'none',
    'The port at which Prometheus reads the metrics of all servers of this node, at `/metrics` (docs/operations/metrics.md). It has no login. Without it nothing is measured.',
    port,
  ),
  DHP_METRICS_HOST: setting(
    'an address',
    '127.0.0.1',
    'The address to listen on for metrics. Another one than this machine belongs to a network that operators alone reach.',
    path,
  ),
  DHP_WORKERS: setting(
    'a whole number',
    '1',
    'How many processes serve the SSO, and each FHIR environment, on one port. Quotas hold for all of them together. More than one pays where there are more than two cores.',
    wholeNumber(1, 64),
  ),
  DHP_DRAIN_SECONDS: setting(
    'a whole number',
    '10',
    'How long a stop waits for requests in flight.',
    wholeNumber(0, 600),
  ),
} as const;
