/** Options from the composition root. The portal knows the other services only by their addresses. */
import type { Language } from '@dhp/negotiation';

export type ServiceName = 'sso' | 'playground' | 'production' | 'portal';

export interface PortalOptions {
  /** Public base URLs without a final slash, as they are shown to people. */
  readonly urls: {
    readonly sso: string;
    readonly playground: string;
    readonly production?: string;
    readonly portal: string;
  };
  /**
   * Readiness addresses of the services (`GET …/readyz`, 2xx with `status` `ready` or `degraded`), as this process reaches them, not
   * necessarily public ones. The portal itself needs no entry: its answer is the proof.
   */
  readonly probe: readonly { readonly name: ServiceName; readonly url: string }[];
  /** Address of the SSO's history of the services, as this process reaches it; absent: the start page shows only the current state. */
  readonly historyUrl?: string;
  readonly defaultLanguage: Language;
  /** Logical ids of two resources of the playground that the examples read; without them the examples search. */
  readonly demo?: { readonly patientId: string; readonly practitionerId: string };
  /** Requests a minute that a node answers of one client, at the FHIR servers and at the SSO; 0 for no limit. */
  readonly rates?: { readonly fhir: number; readonly sso: number };
  /** The portal as a client of the SSO. Without it nobody can sign in, and the pages for signed-in people do not exist. */
  readonly signIn?: SignInOptions;
}

export interface SignInOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** 32 bytes that seal values stored by the browser. The same in every process of the portal, since any of them answers any request. */
  readonly key: Uint8Array;
  /** 32 bytes by which the SSO verifies that the portal sent a browser's address. */
  readonly relayKey: Uint8Array;
  /** Base URL at which this process reaches the SSO. */
  readonly ssoInternal: string;
  /** Base URL at which it reaches the playground. */
  readonly fhirInternal: string;
  /** Base URL at which it reaches production, if served. */
  readonly productionInternal?: string | undefined;
}

/** Servers that the explorer calls. */
export type ExplorerOptions = Readonly<Record<'fhir' | 'sso', ExploredServer>>;

interface ExploredServer {
  /** Base URL at which this process reaches it, and the one that is shown. */
  readonly internal: string;
  readonly published: string;
}
