/** A compiled SubscriptionTopic, and its faults if it cannot be compiled. https://hl7.org/fhir/R5/subscriptiontopic.html */
import type { Include } from '@dhp/fhir-search';
import type { OwnParameters } from '@dhp/fhir-search/parameters';
import type { CompiledPath } from '@dhp/fhirpath';
import type { Condition } from '@dhp/search-index';

/** The same for a topic, for the filters of its subscriptions, and for the changes that they judge. */
export interface Reading {
  /** IANA name of the zone of dates without one. */
  readonly timeZone: string;
  /** The first is the public base URL. */
  readonly ownBases: readonly string[];
  /** The search parameters of the environment. For a caller from whom elements are hidden, parameters that use them are faults. */
  readonly own?: OwnParameters | undefined;
}

/** One fault of a topic, or of the filters of a subscription. */
export interface TopicFault {
  /** FHIRPath of the element: `SubscriptionTopic.resourceTrigger[0].fhirPathCriteria`. */
  readonly place: string;
  /** An English sentence, without the full stop, that states the correct form. */
  readonly message: string;
}

/** Reports the fault of an element; the place is relative to the resource. It returns undefined, for a value that could not be read. */
export type Wrong = (place: string, message: string) => undefined;

/** https://hl7.org/fhir/R5/valueset-interaction-trigger.html */
export const interactions = ['create', 'update', 'delete'] as const;
export type Interaction = (typeof interactions)[number];

/** Criteria on one state of a resource. */
export interface Criteria {
  readonly condition: Condition;
  /** Codes of the search parameters whose rows decide the condition (`IndexOptions.only`); undefined: all. */
  readonly looksAt: ReadonlySet<string> | undefined;
}

/** Queries for the state before a change, and for that behind it. */
export interface QueryCriteria {
  readonly previous: Criteria | undefined;
  readonly current: Criteria | undefined;
  /** The result of `previous` if there was no version before. */
  readonly forCreate: boolean;
  /** The result of `current` if the resource was deleted. */
  readonly forDelete: boolean;
  readonly needsBoth: boolean;
}

/** Criteria of both kinds hold together. */
export interface Trigger {
  /** Its place among the resource triggers of the topic, from 0. */
  readonly number: number;
  readonly type: string;
  readonly interactions: ReadonlySet<Interaction>;
  readonly query: QueryCriteria | undefined;
  readonly path: CompiledPath | undefined;
  /** Whether it uses the state before a change. */
  readonly asksPrevious: boolean;
}

/** An event that is not a change of a resource, by its code. */
export interface EventTrigger {
  /** Its place among the event triggers of the topic, from 0. */
  readonly number: number;
  readonly system: string;
  readonly code: string;
  /** The type of resource that the event is about. */
  readonly type: string;
}

/** A search parameter by which subscriptions may narrow the topic. */
export interface CanFilterBy {
  /** Types of triggers. */
  readonly types: readonly string[];
  /** Names that subscriptions may give it: that of the topic, its code, its canonical. */
  readonly names: readonly string[];
  /** Its code in a search. */
  readonly parameter: string;
  readonly comparators: ReadonlySet<string>;
  readonly modifiers: ReadonlySet<string>;
}

export interface CompiledTopic {
  readonly url: string;
  readonly version: string | undefined;
  /** By the type of resource whose changes the triggers concern. */
  readonly triggers: ReadonlyMap<string, readonly Trigger[]>;
  readonly events: readonly EventTrigger[];
  /** Of both kinds of triggers. */
  readonly types: ReadonlySet<string>;
  readonly canFilterBy: readonly CanFilterBy[];
  /** Includes of a search that go along with a change, by its type. */
  readonly shapes: ReadonlyMap<string, readonly Include[]>;
}
