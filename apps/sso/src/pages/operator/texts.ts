/** Texts of the operators' pages. */
import type { Language } from '@dhp/negotiation';
import { en } from './texts-en.ts';
import { ru } from './texts-ru.ts';
import { uz } from './texts-uz.ts';

/** One act: the button, the question, what follows from it, and what is said when it is done. */
export interface ActTexts {
  label: string;
  question: (name: string) => string;
  follows: readonly string[];
  done: string;
}

export const personActs = [
  'disable',
  'enable',
  'reset-link',
  'reset-password',
  'reset-factors',
  'unlock',
  'sign-out',
] as const;
export type PersonAct = (typeof personActs)[number];

export interface OperatorTexts {
  title: string;
  /** Title of the pages of an organisation's administrators. */
  organizationTitle: string;
  tabs: Record<
    'overview' | 'users' | 'identity' | 'clients' | 'sessions' | 'keys' | 'policies' | 'audit' | 'staff',
    string
  >;
  signedInAs: string;
  ownAccount: string;
  times: (zone: string) => string;
  refused: string;
  refusedHint: string;
  missing: string;
  missingHint: string;
  failed: string;
  failedHint: string;
  tooMuch: string;
  search: string;
  find: string;
  all: string;
  nothing: string;
  older: string;
  newest: string;
  reason: string;
  reasonHint: string;
  reasonMissing: string;
  cancel: string;
  follows: string;
  back: string;
  onceOnly: string;
  newPassword: string;
  newLink: string;
  newSecret: string;
  signIns: string;
  signInsChart: (succeeded: number, refused: number) => string;
  succeeded: string;
  refusals: string;
  hour: string;
  numbers: string;
  waitingClients: string;
  noWaitingClients: string;
  locked: string;
  lockedNone: string;
  lockedNow: string;
  lockedUntil: string;
  account: string;
  keys: string;
  keyAge: (days: number) => string;
  keyFrom: string;
  chain: string;
  chainWhole: (count: string) => string;
  chainBroken: (position: string) => string;
  chainEmpty: string;
  chainWaiting: (count: string) => string;
  chainLength: string;
  chainHead: string;
  chainCommand: string;
  addPerson: string;
  usersSearch: string;
  usersSearchHint: string;
  state: string;
  states: Record<'any' | 'enabled' | 'disabled', string>;
  opened: string;
  username: string;
  records: string;
  noRecords: string;
  roles: string;
  noRoles: string;
  ways: string;
  password: string;
  yes: string;
  no: string;
  codes: string;
  passkeys: string;
  recoveryLeft: string;
  sessions: string;
  noSessions: string;
  applications: string;
  noApplications: string;
  recent: string;
  wholeHistory: string;
  disabledSince: string;
  because: string;
  administrator: string;
  yourself: string;
  acts: string;
  personActs: Record<PersonAct, ActTexts>;
}

export const operatorTexts: Record<Language, OperatorTexts> = { uz, ru, en };
