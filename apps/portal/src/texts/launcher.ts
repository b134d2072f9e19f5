// Made by `npm run messages` from messages/launcher/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/launcher/uz.json' with { type: 'json' };
import ru from '../../messages/launcher/ru.json' with { type: 'json' };
import en from '../../messages/launcher/en.json' with { type: 'json' };

export interface LauncherMessages {
  readonly open: string;
  readonly title: string;
  readonly titleOf: (values: { readonly name: MessageValue }) => string;
  readonly about: string;
  readonly choose: string;
  readonly none: string;
  readonly register: string;
  readonly back: string;
  readonly noPeople: string;
  readonly keys: string;
  readonly noLaunchScope: string;
  readonly doctor: string;
  readonly who: string;
  readonly patient: string;
  readonly encounter: string;
  readonly redirect: string;
  readonly secretHint: string;
  readonly play: string;
  readonly groups: {
    readonly 'health-worker': string;
    readonly patient: string;
  };
  readonly ehr: {
    readonly title: string;
    readonly about: string;
    readonly link: string;
    readonly noAddress: string;
    readonly addAddress: string;
  };
  readonly standalone: {
    readonly title: string;
    readonly about: string;
    readonly patientHint: string;
  };
  readonly done: (values: { readonly name: MessageValue }) => string;
  readonly answer: string;
  readonly again: string;
  readonly held: string;
  readonly use: string;
  readonly readPatient: string;
  readonly steps: {
    readonly context: {
      readonly title: string;
      readonly about: string;
    };
    readonly open: {
      readonly title: string;
      readonly about: string;
    };
    readonly discovery: {
      readonly title: string;
      readonly about: string;
    };
    readonly request: {
      readonly title: string;
      readonly about: string;
    };
    readonly 'sign-in': {
      readonly title: string;
      readonly about: string;
    };
    readonly redirect: {
      readonly title: string;
      readonly about: string;
    };
    readonly exchange: {
      readonly title: string;
      readonly about: string;
    };
    readonly answer: {
      readonly title: string;
      readonly about: string;
    };
  };
  readonly notSo: (values: { readonly check: MessageValue }) => string;
  readonly checks: {
    readonly endpoints: string;
    readonly state: string;
    readonly iss: string;
    readonly signature: string;
    readonly nonce: string;
  };
  readonly failures: {
    readonly away: string;
    readonly stopped: (values: { readonly heading: MessageValue }) => string;
    readonly check: string;
    readonly keys: string;
    readonly error: (values: { readonly error: MessageValue; readonly reason: MessageValue }) => string;
  };
  readonly link: {
    readonly made: (values: { readonly name: MessageValue }) => string;
    readonly address: string;
    readonly steps: {
      readonly window: string;
      readonly open: string;
      readonly signIn: string;
    };
    readonly log: string;
  };
}

export const launcherMessages = readCatalogue<LauncherMessages>({ uz, ru, en });
