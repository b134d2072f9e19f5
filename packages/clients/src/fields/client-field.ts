/** A declaration of a field of a client's registration. */
import type { FieldKind, FieldValues, Option } from '@dhp/sso-kit/fields';

/** Values beside which a value is checked. */
export interface Around {
  readonly isPublic: boolean;
  readonly grants: readonly string[];
  /** Resource types that a scope may name; undefined: any well-formed name. */
  readonly types: ReadonlySet<string> | undefined;
}

interface FieldOf<Kind extends FieldKind> {
  readonly kind: Kind;
  /** Its name in JSON, from RFC 7591, OpenID Connect Registration or RFC 9449 if they define one. */
  readonly json: string;
  /** For the description of the administration. */
  readonly says: string;
  readonly option: Option;
  /** An example value in JSON, for a field with its own check. */
  readonly example?: string | readonly string[];
  /** Every client must have a value. */
  readonly isNeeded?: true;
  /** A list that is omitted from JSON if it is empty. */
  readonly omitsEmpty?: true;
  /** A value that can be changed but not removed. */
  readonly stays?: true;
  /** The field is about authorization requests, so it applies only to clients with the grant authorization_code. */
  readonly isOfSignIn?: true;
  /** @returns the value to store @throws ClientError; absent: the check of its kind */
  readonly check?: (value: FieldValues[Kind], around: Around, json: string) => FieldValues[Kind];
  /**
   * The change that widens an approved client of production, which then needs approval again: another value, more members of a list (an
   * empty list may mean all), a flag that is set or removed.
   */
  readonly widens: 'another' | 'more' | 'more, none is all' | 'on' | 'off' | 'never';
  /**
   * How the field behaves if a client registers itself (RFC 7591): the client sets it; or may set it but cannot remove an operator's value;
   * or its value is ignored.
   */
  readonly registrant: 'sets' | 'keeps' | 'ignored';
  /** The field states the keys with which the client authenticates: a client with a secret, or a public one, has no value. */
  readonly isOfKeys?: true;
  readonly page: FieldOnPage;
}

/** How the operators' pages show a field; its control in a form follows from its kind. */
interface FieldOnPage {
  /** The part of the client's page on which it is shown. */
  readonly card: 'head' | 'registration' | 'may' | 'addresses' | 'details';
  /** The keys of its label and of its hint in a form among the texts of the clients' pages. */
  readonly label: string;
  readonly hint?: string;
  /** A shorter label for showing its value; absent: the same. */
  readonly fact?: string;
  /** The form for a new client asks for it; every field can be changed later. */
  readonly isAsked?: true;
}

export type ClientField = { [Kind in FieldKind]: FieldOf<Kind> }[FieldKind];

/** Information for people, which the client states when it registers itself. */
export type ClientDetail = ClientField & { readonly registrant: 'sets' };
