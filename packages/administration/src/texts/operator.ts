// Made by `npm run messages` from messages/operator/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/operator/uz.json' with { type: 'json' };
import ru from '../../messages/operator/ru.json' with { type: 'json' };
import en from '../../messages/operator/en.json' with { type: 'json' };

export interface OperatorMessages {
  readonly title: string;
  /** Title of the pages of an organisation's administrators. */
  readonly organizationTitle: string;
  /** Title of the pages of data protection officers. */
  readonly officerTitle: string;
  readonly tabs: {
    readonly overview: string;
    readonly users: string;
    readonly identity: string;
    readonly clients: string;
    readonly sessions: string;
    readonly keys: string;
    readonly policies: string;
    readonly access: string;
    readonly glass: string;
    readonly holds: string;
    readonly jobs: string;
    readonly subscriptions: string;
    readonly audit: string;
    readonly staff: string;
    readonly explain: string;
  };
  readonly signedInAs: string;
  readonly ownAccount: string;
  readonly times: (values: { readonly zone: MessageValue }) => string;
  readonly refused: string;
  readonly refusedHint: string;
  readonly missing: string;
  readonly missingHint: string;
  readonly failed: string;
  readonly failedHint: string;
  /** Above a form that was sent from a page of an earlier sign-in; it is shown again with what was typed. */
  readonly signedInMeanwhile: string;
  readonly tooMuch: string;
  readonly search: string;
  readonly find: string;
  readonly all: string;
  readonly nothing: string;
  readonly older: string;
  readonly newest: string;
  readonly reason: string;
  readonly reasonHint: string;
  readonly reasonMissing: string;
  readonly cancel: string;
  readonly follows: string;
  readonly back: string;
  readonly onceOnly: string;
  readonly newPassword: string;
  readonly newLink: string;
  readonly newSecret: string;
  readonly signIns: string;
  readonly signInsChart: (values: { readonly succeeded: MessageValue; readonly refused: MessageValue }) => string;
  readonly succeeded: string;
  readonly refusals: string;
  readonly hour: string;
  readonly numbers: string;
  readonly waitingClients: string;
  readonly noWaitingClients: string;
  readonly locked: string;
  readonly lockedNone: string;
  readonly lockedNow: string;
  readonly lockedUntil: string;
  readonly account: string;
  readonly keys: string;
  readonly keyAge: (values: { readonly days: number }) => string;
  readonly keyFrom: string;
  readonly chain: string;
  readonly chainWhole: (values: { readonly count: number; readonly shown: MessageValue }) => string;
  readonly chainBroken: (values: { readonly position: MessageValue }) => string;
  readonly chainEmpty: string;
  readonly chainWaiting: (values: { readonly count: number; readonly shown: MessageValue }) => string;
  readonly chainLength: string;
  readonly chainHead: string;
  readonly chainCommand: string;
  readonly addPerson: string;
  readonly usersSearch: string;
  readonly usersSearchHint: string;
  readonly state: string;
  readonly states: {
    readonly any: string;
    readonly enabled: string;
    readonly disabled: string;
  };
  readonly opened: string;
  readonly username: string;
  readonly records: string;
  readonly noRecords: string;
  readonly roles: string;
  readonly noRoles: string;
  readonly ways: string;
  readonly password: string;
  readonly yes: string;
  readonly no: string;
  readonly codes: string;
  readonly passkeys: string;
  readonly recoveryLeft: string;
  readonly sessions: string;
  readonly noSessions: string;
  readonly applications: string;
  readonly noApplications: string;
  readonly recent: string;
  readonly wholeHistory: string;
  readonly disabledSince: string;
  readonly because: string;
  readonly administrator: string;
  readonly yourself: string;
  readonly acts: string;
  readonly personActs: {
    readonly disable: {
      readonly label: string;
      readonly question: (values: { readonly name: MessageValue }) => string;
      readonly follows: {
        readonly 1: string;
        readonly 2: string;
        readonly 3: string;
      };
      readonly done: string;
    };
    readonly enable: {
      readonly label: string;
      readonly question: (values: { readonly name: MessageValue }) => string;
      readonly follows: {
        readonly 1: string;
      };
      readonly done: string;
    };
    readonly 'reset-link': {
      readonly label: string;
      readonly question: (values: { readonly name: MessageValue }) => string;
      readonly follows: {
        readonly 1: string;
        readonly 2: string;
        readonly 3: string;
      };
      readonly done: string;
    };
    readonly 'paper-code': {
      readonly label: string;
      readonly question: (values: { readonly name: MessageValue }) => string;
      readonly follows: {
        readonly 1: string;
        readonly 2: string;
        readonly 3: string;
      };
      readonly done: string;
    };
    readonly 'reset-password': {
      readonly label: string;
      readonly question: (values: { readonly name: MessageValue }) => string;
      readonly follows: {
        readonly 1: string;
        readonly 2: string;
        readonly 3: string;
        readonly 4: string;
      };
      readonly done: string;
    };
    readonly 'reset-factors': {
      readonly label: string;
      readonly question: (values: { readonly name: MessageValue }) => string;
      readonly follows: {
        readonly 1: string;
        readonly 2: string;
        readonly 3: string;
      };
      readonly done: string;
    };
    readonly unlock: {
      readonly label: string;
      readonly question: (values: { readonly name: MessageValue }) => string;
      readonly follows: {
        readonly 1: string;
      };
      readonly done: string;
    };
    readonly 'sign-out': {
      readonly label: string;
      readonly question: (values: { readonly name: MessageValue }) => string;
      readonly follows: {
        readonly 1: string;
        readonly 2: string;
      };
      readonly done: string;
    };
  };
}

export const operatorMessages = readCatalogue<OperatorMessages>({ uz, ru, en });
