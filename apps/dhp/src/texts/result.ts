// Made by `npm run messages` from messages/result/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/result/uz.json' with { type: 'json' };
import ru from '../../messages/result/ru.json' with { type: 'json' };
import en from '../../messages/result/en.json' with { type: 'json' };

export interface ResultMessages {
  readonly client: {
    readonly signs: string;
    readonly isPublic: string;
    readonly keepSecret: string;
    readonly none: string;
    readonly active: (values: { readonly client: MessageValue }) => string;
    readonly registered: (values: { readonly client: MessageValue }) => string;
    readonly disabled: (values: { readonly client: MessageValue }) => string;
  };
  readonly user: {
    readonly invitationSent: (values: { readonly email: MessageValue }) => string;
    readonly invitation: string;
    readonly tellPassword: string;
    readonly choosesPassword: (values: { readonly until: MessageValue }) => string;
    readonly none: string;
    readonly active: (values: { readonly user: MessageValue }) => string;
    readonly disabled: (values: { readonly user: MessageValue }) => string;
    readonly administers: (values: { readonly user: MessageValue }) => string;
    readonly administersNot: (values: { readonly user: MessageValue }) => string;
    readonly owns: (values: { readonly user: MessageValue; readonly organization: MessageValue }) => string;
    readonly noRole: (values: { readonly user: MessageValue; readonly environment: MessageValue }) => string;
    readonly roles: (values: {
      readonly user: MessageValue;
      readonly environment: MessageValue;
      readonly roles: MessageValue;
    }) => string;
    readonly noRoleLeft: (values: { readonly user: MessageValue; readonly environment: MessageValue }) => string;
  };
  readonly policy: {
    readonly none: string;
    readonly delegated: string;
    readonly permits: (values: { readonly role: MessageValue; readonly scopes: MessageValue }) => string;
    readonly permitsNothing: (values: { readonly role: MessageValue }) => string;
  };
  readonly usage: {
    readonly nothingToChange: (values: { readonly command: MessageValue }) => string;
    readonly environment: (values: { readonly given: MessageValue }) => string;
    readonly wholeNumber: (values: { readonly option: MessageValue; readonly given: MessageValue }) => string;
    readonly oneOf: (values: {
      readonly option: MessageValue;
      readonly given: MessageValue;
      readonly values: MessageValue;
    }) => string;
    readonly eitherOf: (values: {
      readonly option: MessageValue;
      readonly given: MessageValue;
      readonly first: MessageValue;
      readonly second: MessageValue;
    }) => string;
    readonly language: (values: { readonly given: MessageValue }) => string;
    readonly organization: string;
    readonly yesOrNo: (values: { readonly option: MessageValue }) => string;
    readonly notBoth: (values: { readonly option: MessageValue }) => string;
  };
  readonly failures: {
    readonly 'unknown-client': string;
    readonly 'client-exists': string;
    readonly 'unknown-account': string;
    readonly 'account-exists': string;
    readonly 'account-disabled': string;
    readonly 'last-administrator': string;
    readonly 'sole-owner': string;
    readonly 'invalid-username': string;
    readonly 'invalid-name': string;
    readonly 'invalid-email': string;
    readonly 'invalid-password': string;
    readonly 'invalid-scope': string;
    readonly 'invalid-redirect-uri': string;
    readonly 'invalid-policy': string;
    readonly 'unknown-session': string;
    readonly 'unknown-key': string;
    readonly 'unknown-registration-token': string;
    readonly 'invalid-identity': string;
    readonly 'unknown-link': string;
    readonly 'unknown-proof': string;
    readonly settled: string;
    readonly 'invalid-value': string;
    readonly 'invalid-key': string;
    readonly 'invalid-address': string;
    readonly 'invalid-combination': string;
    readonly 'invalid-details': string;
    readonly 'invalid-grant': string;
    readonly 'invalid-keys': string;
    readonly 'invalid-logo': string;
    readonly 'bad-name': string;
    readonly 'not-a-package': string;
    readonly hostile: string;
    readonly 'backup-running': string;
    readonly 'backup-directory': string;
    readonly 'backup-other-system': string;
    readonly 'backup-no-room': string;
    readonly 'backup-links': string;
    readonly 'backup-none': string;
    readonly 'backup-damaged': string;
    readonly 'backup-version': string;
    readonly 'backup-log-missing': string;
    readonly 'backup-too-late': string;
    readonly 'backup-in-use': string;
    readonly 'backup-restoring': string;
    readonly 'backup-feed': string;
    readonly 'upgrade-in-use': string;
    readonly 'upgrade-newer': string;
    readonly 'upgrade-no-programs': string;
    readonly 'upgrade-no-room': string;
    readonly 'upgrade-schema': string;
    readonly 'upgrade-differs': string;
  };
  readonly session: {
    readonly none: string;
    readonly ended: (values: { readonly session: MessageValue }) => string;
    readonly signedOut: (values: { readonly user: MessageValue; readonly count: number }) => string;
  };
  readonly key: {
    readonly none: string;
    readonly algorithm: (values: { readonly algorithm: MessageValue }) => string;
    readonly retired: (values: { readonly key: MessageValue }) => string;
  };
  readonly registrationToken: {
    readonly covers: (values: {
      readonly environment: MessageValue;
      readonly uses: MessageValue;
      readonly scopes: MessageValue;
    }) => string;
    readonly keep: string;
    readonly none: string;
  };
  readonly passwordList: {
    readonly none: string;
    readonly ranges: (values: { readonly all: MessageValue; readonly ranges: MessageValue }) => string;
    readonly complete: string;
    readonly incomplete: string;
    readonly found: (values: { readonly count: number }) => string;
    readonly notFound: string;
  };
  readonly identity: {
    readonly noSource: string;
    readonly source: (values: {
      readonly client: MessageValue;
      readonly environment: MessageValue;
      readonly type: MessageValue;
    }) => string;
    readonly sourceNot: (values: {
      readonly client: MessageValue;
      readonly environment: MessageValue;
      readonly type: MessageValue;
    }) => string;
    readonly noCase: string;
    readonly decided: string;
    readonly noneUnconfirmed: string;
    readonly left: (values: { readonly user: MessageValue; readonly count: number }) => string;
    readonly linkOrRecord: string;
    readonly record: (values: { readonly given: MessageValue }) => string;
  };
  readonly job: {
    readonly none: string;
    readonly unknown: (values: { readonly job: MessageValue }) => string;
    readonly cancelled: (values: { readonly job: MessageValue }) => string;
    readonly retried: (values: { readonly job: MessageValue }) => string;
    readonly notRetried: (values: { readonly job: MessageValue }) => string;
  };
  readonly subscription: {
    readonly none: string;
    readonly unknown: (values: { readonly subscription: MessageValue }) => string;
    readonly number: string;
    readonly noneSince: (values: { readonly subscription: MessageValue; readonly time: MessageValue }) => string;
    readonly nothing: (values: { readonly subscription: MessageValue }) => string;
    readonly outside: (values: {
      readonly subscription: MessageValue;
      readonly first: MessageValue;
      readonly last: MessageValue;
    }) => string;
    readonly replayed: (values: { readonly subscription: MessageValue; readonly number: MessageValue }) => string;
    readonly paused: (values: { readonly subscription: MessageValue }) => string;
    readonly resumed: (values: { readonly subscription: MessageValue }) => string;
  };
  readonly log: {
    readonly set: (values: { readonly until: MessageValue; readonly level: MessageValue }) => string;
    readonly ended: string;
    readonly none: string;
    readonly minutes: (values: { readonly given: MessageValue; readonly most: MessageValue }) => string;
  };
}

export const resultMessages = readCatalogue<ResultMessages>({ uz, ru, en });
