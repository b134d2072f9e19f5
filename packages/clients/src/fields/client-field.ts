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
  /** Its name in JSON: of RFC 7591, OpenID Connect Registration or RFC 9449 where they have one. */
  readonly json: string;
  /** For the description of the administration. */
  readonly says: string;
  readonly option: Option;
  /** A value in JSON, of a field with a check of its own. */
  readonly example?: string | readonly string[];
  /** Every client has a value of its own. */
  readonly isNeeded?: true;
  /** A list that is left out of JSON while it is empty. */
  readonly omitsEmpty?: true;
  /** A value that can be changed and not taken away. */
  readonly stays?: true;
  /** It says how an authorization request reads, and so is only for clients with the grant authorization_code. */
  readonly isOfSignIn?: true;
  /** @returns the value to be stored @throws ClientError; absent: the check of its kind */
  readonly check?: (value: FieldValues[Kind], around: Around, json: string) => FieldValues[Kind];
  /**
   * The change by which an approved client of production is widened and needs approval again: another value, more members of a list (where
   * none may mean all of them), a flag that is set or taken away.
   */
  readonly widens: 'another' | 'more' | 'more, none is all' | 'on' | 'off' | 'never';
  /** A client that registers itself (RFC 7591) sets it, cannot take away again what an operator has set, or is not heard. */
  readonly registrant: 'sets' | 'keeps' | 'ignored';
  /** It says by which keys the client authenticates: of a client with a secret, or none, it has no value. */
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
  /** A shorter label where its value is shown; absent: the same. */
  readonly fact?: string;
  /** The form for a new client asks for it; every field can be changed later. */
  readonly isAsked?: true;
}

export type ClientField = { [Kind in FieldKind]: FieldOf<Kind> }[FieldKind];

/** Information for people: the client tells it when it registers itself. */
export type ClientDetail = ClientField & { readonly registrant: 'sets' };
