/** Options from the composition root. The portal knows the other services by their addresses only. */
import type { Language } from '@dhp/negotiation';

export type ServiceName = 'sso' | 'playground' | 'production' | 'portal';

export interface PortalOptions {
  /** Public base URLs without a trailing slash, as they are shown to people. */
  readonly urls: {
    readonly sso: string;
    readonly playground: string;
    readonly production?: string;
    readonly portal: string;
  };
  /**
   * Addresses at which each service says whether it is ready (`GET …/readyz`, 2xx means ready), as this process reaches them, not
   * necessarily public ones. The portal itself needs no entry: its answer is the proof.
   */
  readonly probe: readonly { readonly name: ServiceName; readonly url: string }[];
  readonly defaultLanguage: Language;
  /** Logical ids of two resources of the playground that the examples read; without them the examples search. */
  readonly demo?: { readonly patientId: string; readonly practitionerId: string };
}
