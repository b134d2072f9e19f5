// Made by `npm run messages` from messages/portal/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/portal/uz.json' with { type: 'json' };
import ru from '../../messages/portal/ru.json' with { type: 'json' };
import en from '../../messages/portal/en.json' with { type: 'json' };

export interface PortalMessages {
  readonly languageSwitch: string;
  readonly skip: string;
  readonly title: string;
  readonly lead: string;
  readonly who: {
    readonly heading: string;
    readonly hello: (values: { readonly name: MessageValue }) => string;
    readonly others: string;
    readonly patient: {
      readonly title: string;
      readonly about: string;
      readonly go: string;
      readonly read: string;
    };
    readonly developer: {
      readonly title: string;
      readonly about: string;
      readonly go: string;
      readonly own: string;
      readonly read: string;
      readonly count: (values: { readonly count: number }) => string;
    };
    readonly operator: {
      readonly title: string;
      readonly about: string;
      readonly go: string;
      readonly read: string;
    };
  };
  readonly services: {
    readonly heading: string;
    readonly names: {
      readonly sso: string;
      readonly playground: string;
      readonly production: string;
      readonly portal: string;
    };
    readonly about: {
      readonly sso: string;
      readonly playground: string;
      readonly production: string;
      readonly portal: string;
    };
    readonly states: {
      readonly ready: string;
      readonly 'not-ready': string;
      readonly unreachable: string;
      readonly unknown: string;
    };
    readonly addresses: {
      readonly base: string;
      readonly token: string;
      readonly openid: string;
      readonly oauth: string;
      readonly jwks: string;
      readonly metadata: string;
      readonly smart: string;
      readonly page: string;
      readonly status: string;
      readonly openapi: string;
      readonly postman: string;
      readonly postmanEnvironment: string;
      readonly administration: string;
      readonly errors: string;
    };
  };
  readonly summary: {
    readonly allReady: string;
    /** names: the services that are not well, joined by commas. */
    readonly someNot: (values: { readonly names: MessageValue }) => string;
    readonly checking: string;
    readonly portalSilent: string;
  };
  readonly steps: {
    readonly heading: string;
    readonly lead: string;
    readonly register: {
      readonly title: string;
      readonly text: string;
      readonly atPortal: string;
    };
    readonly token: {
      readonly title: string;
      readonly text: string;
    };
    readonly read: {
      readonly title: string;
      readonly text: string;
    };
    readonly search: {
      /** In the place of `read` where no patient is known to be there. */
      readonly title: string;
      readonly text: string;
    };
    readonly create: {
      readonly title: string;
      readonly text: string;
    };
    /** Precedes the address of a second resource that is there. */
    readonly practitioner: string;
    readonly secretWarning: string;
    readonly clientName: string;
    readonly examplesIn: string;
    readonly save: {
      readonly javascript: string;
      readonly python: string;
    };
  };
  readonly copy: {
    readonly action: string;
    readonly done: string;
    readonly failed: string;
  };
  readonly footer: {
    readonly synthetic: string;
    readonly licence: string;
  };
  readonly notFound: {
    readonly title: string;
    readonly text: string;
    readonly home: string;
  };
}

export const portalMessages = readCatalogue<PortalMessages>({ uz, ru, en });
