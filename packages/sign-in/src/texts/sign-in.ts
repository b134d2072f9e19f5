// Made by `npm run messages` from messages/sign-in/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/sign-in/uz.json' with { type: 'json' };
import ru from '../../messages/sign-in/ru.json' with { type: 'json' };
import en from '../../messages/sign-in/en.json' with { type: 'json' };

export interface SignInMessages {
  readonly signIn: string;
  readonly signInFor: string;
  readonly wantsAccess: string;
  readonly revocable: string;
  readonly username: string;
  readonly password: string;
  readonly continue: string;
  readonly cancel: string;
  readonly wrong: string;
  readonly signInBy: (values: { readonly system: MessageValue }) => string;
  readonly notConfirmed: string;
  readonly throttled: (values: { readonly minutes: number }) => string;
  readonly consent: string;
  readonly consentFor: (values: { readonly client: MessageValue }) => string;
  readonly leaveOut: string;
  readonly required: string;
  readonly signedInAs: (values: { readonly name: MessageValue }) => string;
  readonly goesTo: (values: { readonly host: MessageValue }) => string;
  readonly allow: string;
  readonly deny: string;
  readonly expired: string;
  readonly expiredCure: string;
  readonly invalid: string;
  readonly invalidCure: string;
  readonly forDevelopers: string;
  readonly scope: {
    readonly openid: string;
    readonly profile: string;
    readonly fhirUser: string;
    readonly launch: string;
    readonly 'launch/patient': string;
    readonly 'launch/encounter': string;
    readonly offline_access: string;
    readonly online_access: string;
    readonly patient: (values: { readonly what: MessageValue }) => string;
    /** As `patient`, of a patient whom a health worker chose. */
    readonly chosen: (values: { readonly what: MessageValue }) => string;
    readonly user: (values: { readonly what: MessageValue }) => string;
    readonly everything: string;
    readonly narrowed: (values: { readonly condition: MessageValue }) => string;
    readonly c: string;
    readonly r: string;
    readonly u: string;
    readonly d: string;
    readonly s: string;
  };
}

export const signInMessages = readCatalogue<SignInMessages>({ uz, ru, en });
