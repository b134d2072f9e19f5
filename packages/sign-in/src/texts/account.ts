// Made by `npm run messages` from messages/account/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/account/uz.json' with { type: 'json' };
import ru from '../../messages/account/ru.json' with { type: 'json' };
import en from '../../messages/account/en.json' with { type: 'json' };

export interface AccountMessages {
  readonly title: string;
  readonly tabs: {
    readonly profile: string;
    readonly security: string;
    readonly sessions: string;
    readonly applications: string;
    readonly activity: string;
    readonly access: string;
  };
  readonly name: string;
  readonly username: string;
  readonly since: string;
  readonly records: string;
  readonly noRecords: string;
  readonly types: {
    readonly Patient: string;
    readonly Practitioner: string;
    readonly RelatedPerson: string;
  };
  readonly signOut: string;
  readonly password: string;
  readonly currentPassword: string;
  readonly newPassword: string;
  readonly passwordHint: string;
  readonly changePassword: string;
  readonly wrongPassword: string;
  readonly flaws: {
    readonly 'too-short': string;
    readonly 'too-long': string;
    readonly common: string;
    readonly breached: string;
    readonly personal: string;
  };
  readonly codes: string;
  readonly codesOn: (values: { readonly left: MessageValue }) => string;
  readonly codesOff: string;
  readonly setUp: string;
  readonly turnOff: string;
  readonly newRecovery: string;
  readonly passkeys: string;
  readonly passkeysNone: string;
  readonly remove: string;
  readonly used: string;
  readonly never: string;
  readonly thisDevice: string;
  readonly began: string;
  readonly endSession: string;
  readonly everywhere: string;
  readonly everywhereHint: string;
  readonly applicationsNone: string;
  readonly allowed: string;
  readonly revoke: string;
  readonly events: {
    readonly 'sign-in.succeeded': string;
    readonly 'sign-in.refused': string;
    readonly 'consent.given': string;
    readonly 'consent.refused': string;
    readonly 'consent.revoked': string;
    readonly 'code.reused': string;
    readonly 'refresh.reused': string;
    readonly 'grant.ended': string;
    readonly 'session.ended': string;
    readonly 'account.signed-out': string;
    readonly 'account.created': string;
    readonly 'account.password-set': string;
    readonly 'account.disabled': string;
    readonly 'account.enabled': string;
    readonly 'factor.added': string;
    readonly 'factor.removed': string;
    readonly 'account.locked': string;
    readonly 'password-link.asked': string;
    readonly 'message.sent': string;
    readonly 'message.not-sent': string;
    readonly 'account.linked': string;
    readonly 'account.record-bound': string;
    readonly 'account.relation-pinned': string;
    readonly 'account.relation-changed': string;
    readonly 'account.unlinked': string;
  };
  readonly otherEvent: string;
  readonly when: string;
  readonly what: string;
  readonly where: string;
  readonly done: string;
  readonly access: {
    readonly hint: string;
    readonly none: string;
    readonly noRecord: string;
    readonly unavailable: string;
    readonly yourself: string;
    readonly person: string;
    readonly application: string;
    readonly through: (values: { readonly application: MessageValue }) => string;
    readonly worker: string;
    readonly ownRight: string;
    readonly emergency: string;
    readonly asPatient: string;
    readonly refused: string;
    readonly older: string;
    readonly newest: string;
    readonly actions: {
      readonly C: string;
      readonly R: string;
      readonly U: string;
      readonly D: string;
      readonly E: string;
    };
    readonly asked: {
      readonly C: string;
      readonly R: string;
      readonly U: string;
      readonly D: string;
      readonly E: string;
    };
  };
}

export const accountMessages = readCatalogue<AccountMessages>({ uz, ru, en });
