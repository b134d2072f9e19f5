/** Addresses of each service. */
import type { PortalOptions, ServiceName } from '../options.ts';

export type AddressName =
  'base' | 'token' | 'openid' | 'oauth' | 'jwks' | 'metadata' | 'smart' | 'page' | 'status' | FileName;

/** Files for the tools of a developer, and the pages about errors. */
type FileName = 'openapi' | 'postman' | 'postmanEnvironment' | 'administration' | 'errors';

export interface Address {
  readonly name: AddressName;
  readonly url: string;
  /** Whether a plain GET without a token shows something, so that a link is useful. */
  readonly opens: boolean;
}

export interface Service {
  readonly name: ServiceName;
  readonly addresses: readonly Address[];
}

/** The services of this installation in the order in which they are shown. */
export function servicesOf({ urls }: PortalOptions): Service[] {
  return [
    {
      name: 'sso',
      addresses: [
        { name: 'base', url: urls.sso, opens: false },
        { name: 'token', url: tokenEndpoint(urls.sso), opens: false },
        { name: 'openid', url: `${urls.sso}/.well-known/openid-configuration`, opens: true },
        { name: 'oauth', url: authorizationServerMetadata(urls.sso), opens: true },
        { name: 'jwks', url: `${urls.sso}/oauth/jwks`, opens: true },
        { name: 'administration', url: `${urls.sso}/admin/openapi.json`, opens: true },
      ],
    },
    { name: 'playground', addresses: fhirAddresses(urls.playground) },
    ...(urls.production === undefined
      ? []
      : [{ name: 'production' as const, addresses: fhirAddresses(urls.production) }]),
    {
      name: 'portal',
      addresses: [
        { name: 'page', url: `${urls.portal}/`, opens: true },
        { name: 'status', url: `${urls.portal}/status.json`, opens: true },
        { name: 'errors', url: `${urls.portal}/errors`, opens: true },
      ],
    },
  ];
}

export function tokenEndpoint(sso: string): string {
  return `${sso}/oauth/token`;
}

function fhirAddresses(base: string): Address[] {
  return [
    { name: 'base', url: base, opens: false },
    { name: 'metadata', url: `${base}/metadata`, opens: true },
    { name: 'smart', url: `${base}/.well-known/smart-configuration`, opens: true },
    { name: 'openapi', url: `${base}/openapi.json`, opens: true },
    { name: 'postman', url: `${base}/postman_collection.json`, opens: true },
    { name: 'postmanEnvironment', url: `${base}/postman_environment.json`, opens: true },
  ];
}

/** RFC 8414 section 3.1: the well-known part is between the host and the path of the issuer. */
function authorizationServerMetadata(issuer: string): string {
  const { origin, pathname } = new URL(issuer);
  return `${origin}/.well-known/oauth-authorization-server${pathname === '/' ? '' : pathname}`;
}
