/**
 * Fields that are declared once: the kinds of their values, and the types of row, domain object and input that are derived from a table of
 * them.
 */
import type { JWK } from 'jose';

export interface KeySet {
  keys: JWK[];
}

/** The value of each kind in the domain. `words` is a list that JSON writes with spaces between; of a `picture` it is the digest. */
export interface FieldValues {
  text: string;
  words: string[];
  list: string[];
  emails: string[];
  flag: boolean;
  address: string;
  email: string;
  keys: KeySet;
  picture: string;
}
export type FieldKind = keyof FieldValues;

/** Kinds whose value may be absent (a text only if it is optional). The other kinds have an empty value. */
type OptionalKind = 'address' | 'email' | 'keys' | 'picture';
type IsOptional<Field extends { readonly kind: FieldKind }> = Field['kind'] extends OptionalKind
  ? true
  : Field extends { readonly kind: 'text'; readonly isNeeded: true }
    ? false
    : Field['kind'] extends 'text'
      ? true
      : false;

export interface Option {
  /** Of the command line, without the hyphens. */
  readonly name: string;
  /** Placeholder of its value in the help; absent for a flag. */
  readonly value?: string;
  readonly help: string;
  /** Help text of the command that changes it, if it differs. */
  readonly changes?: string;
  /** The members of the list have spaces between them, and may have commas in them. */
  readonly isSpaced?: true;
  /** A word that removes the value, as an empty text does. */
  readonly none?: string;
  /** The command that registers demands it. */
  readonly required?: true;
}

/** A field as the command line sees it. */
export interface DeclaredField {
  readonly kind: FieldKind;
  readonly option: Option;
  readonly isNeeded?: true;
}

/** The name of the column: the field's with underscores. */
export type ColumnOf<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${ColumnOf<Rest>}`
  : Name;

type Table = Readonly<Record<string, { readonly kind: FieldKind }>>;
type ValueOf<Fields extends Table, Name extends keyof Fields> = FieldValues[Fields[Name]['kind']];
type OptionalName<Fields extends Table> = {
  [Name in keyof Fields]: IsOptional<Fields[Name]> extends true ? Name : never;
}[keyof Fields];

/** The row: null if there is no value. */
export type ColumnsOf<Fields extends Table> = {
  [Name in keyof Fields as ColumnOf<Name & string>]:
    ValueOf<Fields, Name> | (IsOptional<Fields[Name]> extends true ? null : never);
};

/** The domain object: absent if there is no value. */
export type ValuesOf<Fields extends Table> = {
  [Name in Exclude<keyof Fields, OptionalName<Fields>>]: ValueOf<Fields, Name>;
} & { [Name in OptionalName<Fields>]?: ValueOf<Fields, Name> };

/** A registration as given: keys are parsed when they are checked, and a picture is given separately. */
type GivenOf<Fields extends Table, Name extends keyof Fields> = Fields[Name]['kind'] extends 'keys'
  ? unknown
  : ValueOf<Fields, Name>;
type GivenName<Fields extends Table> = {
  [Name in keyof Fields]: Fields[Name]['kind'] extends 'picture' ? never : Name;
}[keyof Fields];
type NeededName<Fields extends Table> = {
  [Name in keyof Fields]: Fields[Name] extends { isNeeded: true } ? Name : never;
}[keyof Fields];

export type GivenValues<Fields extends Table> = {
  [Name in NeededName<Fields>]: GivenOf<Fields, Name>;
} & { [Name in Exclude<GivenName<Fields>, NeededName<Fields>>]?: GivenOf<Fields, Name> };

/** Fields that change; null removes an optional value. */
export type ChangedValues<Fields extends Table> = {
  [Name in GivenName<Fields>]?: GivenOf<Fields, Name> | (Name extends NeededName<Fields> ? never : null);
};

/** @returns the name of the column of a field */
export function columnOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** @returns the value of a field that is not given; undefined: it has none */
export function emptyOf({ kind, isNeeded }: { kind: FieldKind; isNeeded?: true }): string | [] | false | undefined {
  if (kind === 'flag') return false;
  if (kind === 'list' || kind === 'words' || kind === 'emails') return [];
  return isNeeded === true ? '' : undefined;
}

/** The declared values of a row, without those that are null. */
export function valuesOfRow(names: readonly string[], row: object): Record<string, unknown> {
  const columns = row as Readonly<Record<string, unknown>>;
  const all = names.map((name) => [name, columns[columnOf(name)]] as const);
  return Object.fromEntries(all.filter(([, value]) => value !== null));
}

/** The members that are not null. */
export function withoutNulls(members: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}

/** Characters that break a line, or change the direction of the surrounding text on a page or in a message. */
const misleading = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
/** A character that is visible on the page. */
const visible = /(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}\p{P}\p{S}]/u;

/** Returns the trimmed name; undefined if it is empty, too long, invisible, or could mislead a reader. */
export function readableName(given: string): string | undefined {
  const name = given.trim();
  return visible.test(name) && name.length <= 200 && !misleading.test(name) ? name : undefined;
}
