// Made by `npm run messages` from messages/applications/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/applications/uz.json' with { type: 'json' };
import ru from '../../messages/applications/ru.json' with { type: 'json' };
import en from '../../messages/applications/en.json' with { type: 'json' };

export interface ApplicationsMessages {
  readonly title: string;
  readonly first: string;
  readonly none: string;
  readonly register: string;
  readonly back: string;
  readonly data: string;
  readonly organization: {
    readonly name: string;
    readonly hint: string;
    readonly make: string;
    readonly another: string;
  };
  readonly environments: {
    readonly playground: string;
    readonly production: string;
  };
  readonly roles: {
    readonly owner: string;
    readonly developer: string;
  };
  readonly states: {
    readonly works: string;
    readonly 'awaits-approval': string;
    readonly revoked: string;
    readonly refused: string;
  };
  readonly kinds: {
    readonly backend: {
      readonly title: string;
      readonly about: string;
    };
    readonly web: {
      readonly title: string;
      readonly about: string;
    };
    readonly 'single-page': {
      readonly title: string;
      readonly about: string;
    };
    readonly telephone: {
      readonly title: string;
      readonly about: string;
    };
    readonly device: {
      readonly title: string;
      readonly about: string;
    };
  };
  readonly tasks: {
    readonly laboratory: {
      readonly title: string;
      readonly about: string;
    };
    readonly pharmacy: {
      readonly title: string;
      readonly about: string;
    };
    readonly clinic: {
      readonly title: string;
      readonly about: string;
    };
    readonly immunisation: {
      readonly title: string;
      readonly about: string;
    };
    readonly reporting: {
      readonly title: string;
      readonly about: string;
    };
    readonly 'own-record': {
      readonly title: string;
      readonly about: string;
    };
    readonly 'health-worker': {
      readonly title: string;
      readonly about: string;
    };
    readonly 'sign-in': {
      readonly title: string;
      readonly about: string;
    };
  };
  readonly facts: {
    readonly organization: string;
    readonly kind: string;
    readonly task: string;
    readonly scopes: string;
    readonly redirects: string;
    readonly credentials: string;
    readonly created: string;
    readonly noSecret: string;
    readonly keys: string;
    readonly secrets: (values: { readonly count: number }) => string;
    readonly launchAddress: string;
    readonly rates: string;
  };
  readonly ends: {
    readonly label: string;
    readonly secret: (values: { readonly day: MessageValue }) => string;
    readonly older: (values: { readonly day: MessageValue }) => string;
    readonly key: (values: { readonly kid: MessageValue; readonly day: MessageValue }) => string;
    readonly soon: {
      readonly secret: (values: { readonly day: MessageValue }) => string;
      readonly older: (values: { readonly day: MessageValue }) => string;
      readonly key: (values: { readonly kid: MessageValue; readonly day: MessageValue }) => string;
    };
    readonly over: {
      readonly secret: (values: { readonly day: MessageValue }) => string;
      readonly older: (values: { readonly day: MessageValue }) => string;
      readonly key: (values: { readonly kid: MessageValue; readonly day: MessageValue }) => string;
    };
    readonly marks: {
      readonly ended: string;
      readonly 'ends-soon': string;
    };
  };
  readonly wizard: {
    readonly kind: string;
    readonly organization: string;
    readonly name: string;
    readonly nameHint: string;
    readonly task: string;
    readonly redirects: string;
    readonly redirectsHint: string;
    readonly redirectsHintTelephone: string;
    readonly redirectsFine: string;
    readonly make: string;
    readonly launchAddress: string;
    readonly launchAddressHint: string;
    readonly launchAddressChoose: string;
  };
  readonly made: {
    readonly done: string;
    readonly once: string;
    readonly noSecret: string;
    readonly try: string;
    readonly goOn: string;
    readonly doneProduction: string;
    readonly keys: string;
  };
  readonly revoke: {
    readonly open: string;
    readonly ask: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly credentials: string;
      readonly final: string;
      readonly people: string;
    };
    readonly yes: string;
    readonly no: string;
    readonly done: string;
  };
  readonly change: {
    readonly open: string;
    readonly save: string;
    readonly cancel: string;
    readonly approvedAnew: string;
  };
  readonly keys: {
    readonly choose: string;
    readonly set: string;
    readonly setHint: string;
    readonly address: string;
    readonly addressHint: string;
  };
  readonly secret: {
    readonly second: {
      readonly open: string;
      readonly question: string;
      readonly about: string;
      readonly yes: string;
    };
    readonly drop: {
      readonly open: string;
      readonly question: string;
      readonly about: string;
      readonly yes: string;
    };
    readonly cancel: string;
    readonly done: string;
  };
  readonly production: {
    readonly open: string;
    readonly title: (values: { readonly name: MessageValue }) => string;
    readonly about: string;
    readonly absent: string;
    readonly ownersAsk: string;
    readonly reason: string;
    readonly history: string;
    readonly profiles: string;
    readonly profilesHint: string;
    readonly tests: string;
    readonly testsHint: string;
    readonly contacts: string;
    readonly contactsHint: string;
    readonly ask: string;
  };
  readonly members: {
    readonly show: string;
    readonly title: string;
    readonly you: string;
    readonly makeOwner: string;
    readonly makeDeveloper: string;
    readonly remove: string;
    readonly leave: string;
    readonly invite: string;
    readonly inviteAbout: string;
    readonly as: string;
    readonly makeLink: string;
    readonly takeBack: string;
    readonly linkMade: string;
    readonly link: string;
    readonly linkOnce: string;
    readonly goOn: string;
    readonly joinAbout: (values: { readonly role: MessageValue }) => string;
    readonly join: string;
    readonly joinNot: string;
    readonly open: (values: { readonly count: number }) => string;
  };
  readonly limits: {
    readonly organizations: (values: { readonly most: MessageValue; readonly made: MessageValue }) => string;
    readonly applications: (values: { readonly most: MessageValue; readonly working: MessageValue }) => string;
    readonly ofOrganization: (values: { readonly most: MessageValue }) => string;
    readonly rates: (values: { readonly fhir: MessageValue; readonly sso: MessageValue }) => string;
    readonly none: string;
  };
  readonly failures: {
    readonly 'invalid-value': string;
    readonly 'invalid-name': string;
    readonly 'invalid-redirect-uri': string;
    readonly 'invalid-combination': string;
    readonly 'not-permitted': string;
    readonly 'too-many-organizations': string;
    readonly 'too-many-applications': string;
    readonly 'already-revoked': string;
    readonly 'invalid-keys': string;
    readonly 'invalid-address': string;
    readonly 'invalid-details': string;
    readonly 'two-secrets': string;
    readonly 'production-absent': string;
    readonly 'already-asked': string;
    readonly 'too-many-requests': string;
    readonly 'last-owner': string;
    readonly 'too-many-invitations': string;
    readonly 'too-many-members': string;
    readonly 'not-explorable': string;
    readonly 'too-many-calls': string;
    readonly 'not-launchable': string;
  };
}

export const applicationsMessages = readCatalogue<ApplicationsMessages>({ uz, ru, en });
