/**
 * A consent as its refusals. Nested provisions alternate between refusing and permitting; here they are flattened: each refusing place is
 * separate, with all criteria that lead to it and with the exceptions directly below it.
 */

/** Reading includes using and disclosing; writing includes collecting and correcting. */
export type Action = 'read' | 'write';

/** The actors of a provision: the recipients of the data. */
export interface Actors {
  /** Local references, such as `Practitioner/2`. */
  readonly references: readonly string[];
  /** Ids of clients, by an identifier of the system `urn:dhp:sso:client`. */
  readonly clients: readonly string[];
  /** Actors that are named in both ways: a refusal is about each of the two, a permission about an actor who is both. */
  readonly pairs: readonly { readonly client: string; readonly reference: string }[];
  /** Actors for which it cannot be decided whether a caller is one of them, such as those in other roles than recipient. */
  readonly others: boolean;
}

/** Data of a provision: at least one of a list. */
export type Data =
  | { readonly kind: 'type'; readonly any: readonly string[] }
  /** `system|code`, in a code of the resource, its labels, or the type of a document. */
  | { readonly kind: 'code' | 'label' | 'document'; readonly any: readonly string[] }
  /**
   * References by meaning: `own` is the resource itself, `referring` refers to it, `referred` is referred to by it, `author` has it as author
   * or performer.
   */
  | {
      readonly kind: 'reference';
      readonly any: readonly { readonly as: 'own' | 'referring' | 'referred' | 'author'; readonly reference: string }[];
    }
  /** In milliseconds since 1970, infinite if open. */
  | { readonly kind: 'date'; readonly since: number; readonly until: number };

/** The criteria of one provision, all of which must hold. */
export interface Criteria {
  /** Milliseconds since 1970, infinite if open. */
  readonly since: number;
  readonly until: number;
  /** Undefined: every action. */
  readonly actions: readonly Action[] | undefined;
  /** Undefined: everyone. */
  readonly actors: Actors | undefined;
  /** Codes of purposes of use; undefined: every purpose. */
  readonly purposes: readonly string[] | undefined;
  readonly data: readonly Data[];
  /** False if a part of the provision is not understood: it may hold if the rest does, and never holds with certainty. */
  readonly understood: boolean;
}

export interface Refusal {
  /** The provisions on the path to it, the outermost first, and its own; empty: everything is refused. */
  readonly all: readonly Criteria[];
  /** The refusal is withdrawn if one of these holds with certainty. */
  readonly except: readonly Criteria[];
}

/** A consent in force for a patient of this server. */
export interface ReadConsent {
  /** The id of the Patient. */
  readonly patient: string;
  /** In the national reading, in which the latest consent of a patient replaces all earlier ones; false if its time is unknown. */
  readonly national: boolean;
  /** `date`, milliseconds since 1970; undefined without one. */
  readonly dated: number | undefined;
  readonly since: number;
  readonly until: number;
  readonly refusals: readonly Refusal[];
  /** Persons who may act for the patient by a grant: local references to a RelatedPerson or a Patient. */
  readonly grantees: readonly string[];
}
