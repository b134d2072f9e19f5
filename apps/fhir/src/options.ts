import type { FhirStore } from '@dhp/fhir-store';
import type { CorsOrigins } from './http/cors.ts';
import type { Language } from './http/language.ts';

export interface FhirOptions {
  environment: 'playground' | 'production';
  /** The public base URL, absolute, no slash at the end; its path is where the server is mounted. Also the `aud` of tokens. */
  baseUrl: string;
  /** `iss` of the tokens, compared as a string. */
  issuer: string;
  /** Where the SSO's keys are fetched; may be an internal address. */
  jwksUri: string;
  /** Public addresses of the SSO, for clients; those that it does not serve are left out. */
  ssoEndpoints: { authorize?: string; token: string; jwks: string; introspect?: string; revoke?: string };
  /** Open and migrated; who opened it closes it, after the server. */
  store: FhirStore;
  /** IANA name; instants are written with its offset. */
  timeZone: string;
  defaultLanguage: Language;
  /** Bytes of a request body. */
  bodyLimit: number;
  /** Whether PUT on an existing resource needs If-Match. */
  requireIfMatch: boolean;
  /** Origins of web pages that may call from a browser: `*` for all, or each as `https://app.example.uz`; absent: none. */
  corsOrigins?: CorsOrigins;
  /** Fastify's logger; absent or false logs nothing but incidents, and those to standard error. */
  logger?: boolean | object;
  clock?: () => Date;
}

/** The path of the base URL, '' for the root. Throws TypeError for a base URL that cannot be one. */
export function basePathOf(baseUrl: string): string {
  const { pathname, search, hash } = new URL(baseUrl);
  if (baseUrl.endsWith('/') || search !== '' || hash !== '') {
    throw new TypeError(`the base URL ${baseUrl} must have no slash at the end, no query and no fragment`);
  }
  return pathname === '/' ? '' : pathname;
}
