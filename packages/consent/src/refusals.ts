/**
 * A consent as what it refuses. Nested provisions alternate between refusing and permitting; here they are unfolded: each place that refuses
 * stands by itself, with all that leads to it and with the exceptions directly below it.
 */

/** Reading also stands for using and disclosing; writing for collecting and correcting. */
export type Action = 'read' | 'write';

/** The actors of a provision: those who would get the data. */
export interface Actors {
  /** Local references, such as `Practitioner/2`. */
  readonly references: readonly string[];
  /** Ids of clients, by an identifier of the system `urn:dhp:sso:client`. */
  readonly clients: readonly string[];
  /** Actors that are named in both ways: what refuses is about each of the two, what permits about who is both. */
  readonly pairs: readonly { readonly client: string; readonly reference: string }[];
  /** Actors of whom it cannot be told whether a caller is one of them: such as of other roles than that of a recipient. */
  readonly others: boolean;
}

/** Data that a provision is about: at least one of a list. */
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

/** The criteria of one provision, of which all must hold. */
export interface Criteria {
  /** Milliseconds since 1970, infinite if open. */
  readonly since: number;
  readonly until: number;
  /** Undefined: whatever is done. */
  readonly actions: readonly Action[] | undefined;
  /** Undefined: everyone. */
  readonly actors: Actors | undefined;
  /** Codes of purposes of use; undefined: for whatever purpose. */
  readonly purposes: readonly string[] | undefined;
  readonly data: readonly Data[];
  /** False if a part of the provision is not understood: it may hold where the rest does, and is never sure to. */
  readonly understood: boolean;
}

export interface Refusal {
  /** The provisions on the way to it, the outermost first, and its own; none: everything is refused. */
  readonly all: readonly Criteria[];
  /** One of these that surely holds takes it back. */
  readonly except: readonly Criteria[];
}

/** A consent in force for a patient of this server. */
export interface ReadConsent {
  /** The id of the Patient. */
  readonly patient: string;
  /** In the national reading, in which the latest consent of a patient stands for all before; false for one that does not tell its time. */
  readonly national: boolean;
  /** `date`, milliseconds since 1970; undefined without one. */
  readonly dated: number | undefined;
  readonly since: number;
  readonly until: number;
  readonly refusals: readonly Refusal[];
  /** Persons who may act for the patient as by an own grant: local references to a RelatedPerson or a Patient. */
  readonly grantees: readonly string[];
}
