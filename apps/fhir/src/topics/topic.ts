/** A SubscriptionTopic prepared, and the faults of one that cannot be. https://hl7.org/fhir/R5/subscriptiontopic.html */
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
  /** The search parameters of the environment. Of a caller from whom elements are hidden: what looks at them is a fault. */
  readonly own?: OwnParameters | undefined;
}

/** One thing that is wrong with a topic, or with the filters of a subscription. */
export interface TopicFault {
  /** FHIRPath of the element: `SubscriptionTopic.resourceTrigger[0].fhirPathCriteria`. */
  readonly place: string;
  /** An English sentence without the full stop that says what would be right. */
  readonly message: string;
}

/** Takes what is wrong with an element; the place is relative to the resource. Undefined stands for what could not be read. */
export type Wrong = (place: string, message: string) => undefined;

/** https://hl7.org/fhir/R5/valueset-interaction-trigger.html */
export const interactions = ['create', 'update', 'delete'] as const;
export type Interaction = (typeof interactions)[number];

/** Criteria on one state of a resource. */
export interface Criteria {
  readonly condition: Condition;
  /** Codes of the search parameters whose rows tell whether it is met (`IndexOptions.only`); undefined: all. */
  readonly looksAt: ReadonlySet<string> | undefined;
}

/** Queries for the state before a change, and for that behind it. */
export interface QueryCriteria {
  readonly previous: Criteria | undefined;
  readonly current: Criteria | undefined;
  /** The result of `previous` where there was nothing before. */
  readonly forCreate: boolean;
  /** The result of `current` where there is nothing any more. */
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
  /** Whether it looks at the state before a change. */
  readonly asksPrevious: boolean;
}

/** An event that is no change of a resource, by its code. */
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
  /** By the type of resource whose changes they are about. */
  readonly triggers: ReadonlyMap<string, readonly Trigger[]>;
  readonly events: readonly EventTrigger[];
  /** Of both kinds of triggers. */
  readonly types: ReadonlySet<string>;
  readonly canFilterBy: readonly CanFilterBy[];
  /** Includes of a search that go along with a change, by its type. */
  readonly shapes: ReadonlyMap<string, readonly Include[]>;
}
