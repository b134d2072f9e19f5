/**
 * The fields of a person's registration, each declared once: row, domain object, checks, the acts of the administration with their
 * description, the options of `dhp user`, and the pages are made from it. The user name, which cannot change, and the person's records,
 * which have a separate table, are not among them.
 */
import {
  readableName,
  type ChangedValues,
  type ColumnsOf,
  type GivenValues,
  type Option,
  type ValuesOf,
} from '@dhp/sso-kit/fields';
import { AccountError } from './account-error.ts';

export interface PersonField {
  readonly kind: 'text' | 'email';
  readonly json: string;
  /** For the description of the administration. */
  readonly says: string;
  readonly option: Option;
  readonly isNeeded?: true;
  /** @returns the value to store @throws AccountError */
  readonly check: (given: string) => string;
  readonly page: {
    /** The part of the person's page that shows the field. */
    readonly card: 'head' | 'about';
    /** Keys of texts: its label, its hint in a form, and the text for an absent value. */
    readonly label: string;
    readonly hint?: string;
    readonly none?: string;
  };
}

export const personFields = {
  /** How the pages call the person. */
  name: {
    ...{ kind: 'text', json: 'name', isNeeded: true },
    says: 'how the person is called',
    option: { name: 'name', value: 'NAME', help: 'how the pages call the person', required: true },
    check: checkName,
    page: { card: 'head', label: 'name' },
  },
  /** Address for links to set a password. */
  email: {
    ...{ kind: 'email', json: 'email' },
    says: 'where links to set a password are sent; null: nowhere',
    option: {
      ...{ name: 'email', value: 'ADDRESS', none: 'none' },
      help: 'where a link to set a new password is sent',
      changes: 'where a link to set a new password is sent; none: nowhere',
    },
    check: checkEmail,
    page: { card: 'about', label: 'email', hint: 'emailHint', none: 'noEmail' },
  },
} as const satisfies Record<string, PersonField>;

type Fields = typeof personFields;
export const personFieldNames = Object.keys(personFields) as readonly (keyof Fields)[];

/** The fields in the form of the row, of the domain object, of input for a new person, and of changes. */
export type PersonColumns = ColumnsOf<Fields>;
export type PersonValues = ValuesOf<Fields>;
export type GivenPersonValues = GivenValues<Fields>;
export type ChangedPersonValues = ChangedValues<Fields>;

function checkName(given: string): string {
  const name = readableName(given);
  if (name !== undefined) return name;
  throw new AccountError('invalid-name', 'An account needs a name of 1 to 200 characters: how the person is called');
}

function checkEmail(given: string): string {
  const email = given.trim().toLowerCase();
  if (/^[^\s\p{Cc}@<>,;"]{1,64}@[^\s\p{Cc}@<>,;"]{1,190}$/u.test(email)) return email;
  throw new AccountError('invalid-email', `"${email}" is not an e-mail address`);
}

/** @returns the values as they are stored @throws AccountError for the first invalid one */
export function checkPersonValues(given: ChangedPersonValues): PersonValues {
  const all = personFieldNames.flatMap((name) => {
    const value = given[name] ?? undefined;
    return value === undefined ? [] : [[name, personFields[name].check(value)] as const];
  });
  return Object.fromEntries(all) as unknown as PersonValues;
}
