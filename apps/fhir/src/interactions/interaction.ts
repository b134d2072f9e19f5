import type { IncomingHttpHeaders } from 'node:http';
import type { FhirStore } from '@dhp/fhir-store';
import type { Language } from '../http/language.ts';
import type { Query } from '../http/negotiate.ts';
import type { Answer } from '../http/respond.ts';

/** What every interaction works with; the same for all requests. */
export interface Environment {
  readonly store: FhirStore;
  /** Absolute, without a slash at the end. */
  readonly baseUrl: string;
  readonly timeZone: string;
  readonly defaultLanguage: Language;
  readonly requireIfMatch: boolean;
  /** The CapabilityStatement, and its entity tag. */
  readonly capabilities: { readonly body: Buffer; readonly etag: string; readonly date: Date };
  readonly smartConfiguration: Buffer;
  /** Whether the keys of the SSO are loaded. */
  readonly keysReady: () => Promise<boolean>;
  /** True once the server has begun to close. */
  readonly isClosing: () => boolean;
}

/** One request, already authenticated, permitted and negotiated. `type`, `id` and `versionId` are '' where the path has none. */
export interface Call {
  readonly type: string;
  readonly id: string;
  readonly versionId: string;
  readonly query: Query;
  readonly headers: IncomingHttpHeaders;
  /** The bytes of the body, undefined without one. */
  readonly body: unknown;
}

/** An interaction of the FHIR API, as https://hl7.org/fhir/R5/http.html names it. Fails with a Failure. */
export type Interaction = (environment: Environment, call: Call) => Promise<Answer>;

/** The value of a header that HTTP allows once; of several the first. */
export function headerOf(call: Call, name: string): string | undefined {
  const value = call.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
