import type { Budget } from '@dhp/budget';
import type { AskedCode, ResourceName } from '../ast/value.ts';
import type { OwnParameters } from '../parameters/own-parameters.ts';

/** Context in which a search is parsed. */
export interface ParseOptions {
  /** IANA name of the zone of dates without one. */
  readonly timeZone: string;
  /** For `ap` on dates, which is a tenth of the time between the date and now. */
  readonly now: Date;
  /** Base URLs of this server, without a slash at the end: references below them are local ones. */
  readonly ownBases: readonly string[];
  /** Leave out faulty parts (and list them in `ignored`) that would otherwise make the search fail. */
  readonly lenient: boolean;
  /** The search parameters of the environment, beside those of R5. */
  readonly own?: OwnParameters | undefined;
  /** Absent: `:in`, `:not-in`, and `:above` and `:below` of tokens are refused as not supported. */
  readonly terminology?: Terminology | undefined;
  /** Absent: `_in` and `_list` are refused as not supported. */
  readonly collections?: Collections | undefined;
  /** Absent: `:above` and `:below` of references are refused as not supported. */
  readonly hierarchies?: Hierarchies | undefined;
  /** Pays for a search by its parameters and conditions; parsing alone is free. */
  readonly budget?: Budget | undefined;
}

/** Questions to a terminology service. All functions answer synchronously: the caller has loaded the answers before. */
export interface Terminology {
  /** The codes of a value set by its canonical (or `ValueSet/<id>`); undefined when it is unknown or has too many. */
  members(valueSet: string): readonly AskedCode[] | undefined;
  /** A code and all that it subsumes; undefined when the code system or the code is unknown. */
  descendants(system: string, code: string): readonly AskedCode[] | undefined;
  /** A code and all that subsume it; undefined when the code system or the code is unknown. */
  ancestors(system: string, code: string): readonly AskedCode[] | undefined;
}

/** Questions about the members of a List, Group or CareTeam. */
export interface Collections {
  /**
   * The active members of a collection: deleted entries and inactive members do not count. Empty if the collection does not exist or is
   * hidden from the caller. https://hl7.org/fhir/R5/search.html#_in
   */
  members(type: 'CareTeam' | 'Group' | 'List', id: string): readonly ResourceName[];
}

/** Resources that are part of each other by a reference from the part to the whole. */
export interface Hierarchies {
  /**
   * The ids of a resource and of all wholes of which it is a part (`above`) or of all its parts (`below`), to any depth.
   * https://hl7.org/fhir/R5/search.html#recursive
   * @param parameter the search parameter by which a part names the whole (`partof`)
   */
  related(direction: 'above' | 'below', type: string, parameter: string, id: string): readonly string[];
}
