import { setting } from './setting.ts';
import { hosts, origins, trustProxy } from './lists.ts';
import { secretKey } from './upstreams.ts';
import { oneOf, path, wholeNumber } from './values.ts';

const rate = wholeNumber(0, 100_000_000);

/** Keys, and rate limits. */
export const defence = {
  DHP_SECRET_KEY: setting(
    '32 bytes in base64',
    'made at the first start in DHP_DATA/secret.key',
    'The key that encrypts the private signing keys in the database. The keys that sign links, and those by which the FHIR servers ask the SSO for revocations, are derived from it. All processes of an installation share it.',
    secretKey,
  ),
  DHP_AUDIT_HEADS: setting(
    'a file',
    'audit.heads in DHP_DATA',
    'Where the SSO keeps signed heads of the chain of its audit trail, outside the database: by them `dhp audit verify` finds that the trail was cut or rewritten. Heads of the trail of requests of a FHIR environment stand beside it, in files with the endings `.playground` and `.production`. On a disk that the database server cannot write to, and that outlives the process.',
    path,
  ),
  DHP_KEY_ROTATION_DAYS: setting(
    'a whole number',
    '90',
    'For how many days a signing key signs before the next one, which is made automatically, takes its place; 0: until an operator makes one.',
    wholeNumber(0, 3650),
  ),
  DHP_DPOP_NONCE: setting(
    'required, off',
    'off',
    'Whether proofs of possession (DPoP) must have a nonce of the server, at the SSO and at the FHIR servers: proofs can then not be made ahead of time, at the cost of one more request when a nonce is new.',
    oneOf('required', 'off'),
  ),
  DHP_PKCE: setting(
    'required, optional',
    'optional',
    'Whether confidential clients must use PKCE in every authorization request. Public clients must in any case, and so must clients that are registered with `--require-pkce`.',
    oneOf('required', 'optional'),
  ),
  DHP_SSO_SILENCE_SECONDS: setting(
    'a whole number, 5 to 300',
    '30',
    'For how many seconds the SSO may not say which tokens are revoked before the FHIR servers refuse all of them (503), until it says so again.',
    wholeNumber(5, 300),
  ),
  DHP_OUTBOUND_HOSTS: setting(
    'a list of hosts, each with or without a port',
    'none',
    'Hosts that addresses of clients (their keys, their logout notices, receivers of notifications) and of identity systems may lead to although they are internal or without TLS. Leave it empty in production.',
    hosts,
  ),
  DHP_TRUST_PROXY: setting(
    'on, off, a number of proxies, or their addresses',
    'off',
    'Whose X-Forwarded-For is believed. A number: that of so many proxies in a row that each append to it (1 for a single reverse proxy); addresses or networks such as 10.0.0.0/8: of those that come from there. `on` believes the first address in it, which any caller can forge unless the proxy replaces the header; the start warns of it.',
    trustProxy,
  ),
  DHP_CONNECTIONS: setting(
    'a whole number',
    '10000',
    'How many connections each port of this process holds at once; more are refused. 0 for no limit.',
    wholeNumber(0, 1_000_000),
  ),
  DHP_ADDRESS_CONNECTIONS: setting(
    'a whole number',
    '1000',
    'How many of them may come from one address. Those of the proxies that DHP_TRUST_PROXY names are not counted (with a number or `on`: none are). 0 for no limit.',
    wholeNumber(0, 1_000_000),
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
  DHP_CONCURRENCY: setting(
    'a whole number',
    '256',
    'Most reads, and as many writes (at the SSO requests of programs, and of people), that a process works on at a time. While more come than can be answered in time it takes fewer, shared among the clients, and refuses the rest (503). 0: all that come.',
    wholeNumber(0, 100_000),
  ),
  DHP_FHIR_ADDRESS_RATE: setting(
    'a whole number',
    '120000',
    'How many requests a minute one node of a FHIR server answers of one address; 0 for no limit.',
    rate,
  ),
} as const;
