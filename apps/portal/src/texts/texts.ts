/** Every sentence of the portal, one object a language. A missing one does not compile. */
import type { Language } from '@dhp/negotiation';
import type { ServiceName } from '../options.ts';
import type { ServiceState } from '../status.ts';
import type { AddressName } from '../page/addresses.ts';
import { english } from './en.ts';
import { russian } from './ru.ts';
import { uzbek } from './uz.ts';

/** `unknown`: not asked yet, or the portal itself does not answer the page's script. */
export type ShownState = ServiceState | 'unknown';

export interface Texts {
  readonly languageSwitch: string;
  readonly skip: string;
  readonly title: string;
  readonly lead: string;
  readonly services: {
    readonly heading: string;
    readonly names: Readonly<Record<ServiceName, string>>;
    readonly about: Readonly<Record<ServiceName, string>>;
    readonly states: Readonly<Record<ShownState, string>>;
    readonly addresses: Readonly<Record<AddressName, string>>;
  };
  /** One sentence on all services together. `{names}` is replaced by the services that are not well. */
  readonly summary: {
    readonly allReady: string;
    readonly someNot: string;
    readonly checking: string;
    readonly portalSilent: string;
  };
  readonly steps: {
    readonly heading: string;
    readonly lead: string;
    readonly register: Step;
    readonly token: Step;
    readonly read: Step;
    /** In the place of `read` where no patient is known to be there. */
    readonly search: Step;
    readonly create: Step;
    /** Precedes the address of a second resource that is there. */
    readonly practitioner: string;
    readonly secretWarning: string;
    readonly clientName: string;
    readonly examplesIn: string;
    readonly save: { readonly javascript: string; readonly python: string };
  };
  readonly copy: { readonly action: string; readonly done: string; readonly failed: string };
  readonly footer: { readonly synthetic: string; readonly licence: string };
  readonly notFound: { readonly title: string; readonly text: string; readonly home: string };
}

export interface Step {
  readonly title: string;
  readonly text: string;
}

export const texts: Readonly<Record<Language, Texts>> = { uz: uzbek, ru: russian, en: english };
