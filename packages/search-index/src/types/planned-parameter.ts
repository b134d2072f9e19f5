import type { CompiledPath } from '@dhp/fhirpath';
import type { PostingComposite } from '../keys/posted-numbers.ts';
import type { Component, SimpleType } from './composite/reading.ts';
import type { ItemsOf, WalkedOf } from './items.ts';

/** A search parameter prepared: its expression compiled for the type. */
export interface Extractor {
  readonly parameter: string;
  /** `SearchParameter.rows` */
  readonly rows: string;
  /** Undefined for a composite, which has components. */
  readonly type: SimpleType | undefined;
  readonly components: readonly Component[];
  readonly leadsAnywhere: boolean;
  /** System of all values of a token (`onlySystem`). */
  readonly onlySystem: string | undefined;
  readonly items: ItemsOf;
  readonly walked: WalkedOf;
  /** `CompiledPath.begins` */
  readonly begins: CompiledPath['begins'];
  /** For a composite of the resource itself: lists of JSON members; a resource with a value has at least one member of each list. */
  readonly needs: readonly (readonly string[])[] | undefined;
}

/** A search parameter of a type with everything that its rows need, computed once. */
export interface PlannedParameter {
  readonly extractor: Extractor;
  readonly seed: bigint;
  /** Seed of the keys of a reference's targets. */
  readonly refers: bigint;
  readonly present: bigint;
  /** `Presence.bit` */
  readonly bit: number | undefined;
  readonly exact: bigint;
  readonly text: bigint;
  readonly ofType: bigint;
  readonly identifier: bigint;
  readonly isPosted: boolean;
  readonly isMainDate: boolean;
  /** Seed of a quantity that its composite posts, and of that composite. */
  readonly postedSeed: bigint | undefined;
  readonly posting: PostingComposite | undefined;
}
