import { hash } from 'node:crypto';
import { resourceTypes } from '@dhp/fhir-model';
import type { OwnDefinition } from './own-definition.ts';
import { isDomainResource, type SearchParameter } from './search-parameters.ts';

/** The search parameters that an environment has beside those of R5, at one moment; never changed, only replaced. */
export interface OwnParameters {
  /** Raised with every change: a writer of a resource must know the latest one. */
  readonly generation: number;
  /** Number of its definitions that can be used in searches, and of those that cannot yet. */
  readonly ready: number;
  readonly unready: number;
  /**
   * Search parameters, R5's among them, as `Type.code`, with the number of stored resources whose values could not be computed within the
   * limit of work. A search by one of them would miss these, so it is refused.
   */
  readonly gaps: ReadonlyMap<string, number>;
  /** Whether the database has noted that there are, or were a moment ago, such resources. */
  readonly hasGaps: boolean;
  /** Returns the parameters of a resource type by code; empty for an unknown type. */
  parametersOf(type: string): ReadonlyMap<string, SearchParameter>;
  /** Returns the value that a function makes of those of a type; made once, and kept for a type that has any. */
  prepared<Made>(prepare: Prepare<Made>, type: string): Made;
  /**
   * Returns the result of a function for these parameters; computed once, and cached by the function, which must therefore not be a closure. A copy
   * of the object shares the results of the first, unless it has its own cache (`keeping`).
   */
  kept<Made>(make: (own: OwnParameters) => Made): Made;
  /** Search parameters, R5's among them, that read hidden elements; absent: no parameter does. */
  readonly hidden?: HiddenParameters | undefined;
  /** Security labels that the server assigns, and shows to the caller; absent: no labels. */
  readonly labels?: ShownLabels | undefined;
  /** Returns, for the object itself, the parameters from which it differs by labels alone; undefined for a copy of it, which may differ by more. Absent without labels. */
  readonly unlabelled?: ((of: OwnParameters) => OwnParameters | undefined) | undefined;
}

/** Labels that `_security` finds in addition to those of writers. */
export interface ShownLabels {
  /** `system|code`. */
  readonly known: readonly string[];
  /** Types whose resources inherit the labels of the resources that they group. */
  readonly inheriting: readonly string[];
}

export interface HiddenParameters {
  readonly hides: (type: string, parameter: SearchParameter) => boolean;
  /** The reason why a parameter is hidden, if it is (default: by a policy). */
  readonly by?: (type: string, parameter: SearchParameter) => NonNullable<SearchParameter['hidden']>;
  /** Whether there is any hidden element in resources of a type. */
  readonly hidesIn: (type: string) => boolean;
  /** Returns the references that an include of all those of some types does not follow. */
  readonly except: (types: readonly string[]) => { readonly except: ReadonlySet<string> };
  /** Whether the usual order, by the main date, is hidden in any of the types. */
  readonly hidesOrder: (types: readonly string[]) => boolean;
  /** The hidden elements include neither references nor parts of contained resources, so followed references reveal nothing of them. */
  readonly isPlain?: true;
  /** The parameters for the caller's own resources, if elements of other owners' resources are hidden (`hidingElements`). */
  readonly ofOwn?: OwnParameters;
}

/** Makes something for the parameters of a type. The result is cached with them by the function, which must therefore not be a closure. */
type Prepare<Made> = (type: string, own: OwnParameters) => Made;

interface OwnParameter {
  /** Id of the SearchParameter resource. */
  readonly id: string;
  readonly definition: OwnDefinition;
  /** Percent of the resources that are indexed by it; undefined when all are. */
  readonly unready: number | undefined;
}

/**
 * The generation of searches that are parsed with these; undefined if there are no own parameters to depend on.
 * @example
 * generationOf(ownParameters(7, [])); // undefined
 * generationOf(undefined); // undefined
 */
export function generationOf(own: OwnParameters | undefined): number | undefined {
  return own === undefined || (own.ready + own.unready === 0 && !own.hasGaps) ? undefined : own.generation;
}

const none: ReadonlyMap<string, SearchParameter> = new Map();
const noGaps = { gaps: new Map<string, number>(), hasGaps: false } as const;

/**
 * Makes the set of own parameters. If two have a code and a type in common, the first counts.
 * @example
 * ownParameters(7, []).generation; // 7
 */
export function ownParameters(
  generation: number,
  parameters: readonly OwnParameter[],
  { gaps, hasGaps }: Pick<OwnParameters, 'gaps' | 'hasGaps'> = noGaps,
): OwnParameters {
  const byType = new Map<string, Map<string, SearchParameter>>();
  for (const { id, definition, unready } of parameters) {
    const rows = rowsName(definition);
    for (const [base, type] of typesOf(definition)) {
      let byCode = byType.get(type);
      if (byCode === undefined) byType.set(type, (byCode = new Map<string, SearchParameter>()));
      if (byCode.has(definition.code)) continue;
      byCode.set(definition.code, {
        ...definition,
        base,
        rows,
        definedBy: id,
        ...(unready !== undefined && { unready }),
      });
    }
  }
  const ready = parameters.filter(({ unready }) => unready === undefined).length;
  return ownParametersBy(byType, { generation, ready, unready: parameters.length - ready, gaps, hasGaps });
}

/** All that is data of `OwnParameters`, but for the parameters. */
export type OwnParametersData = Omit<
  OwnParameters,
  'parametersOf' | 'prepared' | 'kept' | 'hidden' | 'labels' | 'unlabelled'
>;

/**
 * The same parameters for a caller to whom the labels of the server are shown.
 * @example
 * const own = ownParameters(7, []);
 * const showing = showingLabels(own, { known: ['urn:l|A'], inheriting: [] });
 * [showing.unlabelled?.(showing) === own, showing.unlabelled?.({ ...showing })]; // [ true, undefined ]
 */
export function showingLabels(own: OwnParameters, labels: ShownLabels): OwnParameters {
  const showing: OwnParameters = { ...own, labels, unlabelled: (of) => (of === showing ? own : undefined) };
  return showing;
}

/** Returns `OwnParameters.kept` of parameters that are being made. */
export function keeping(own: () => OwnParameters): OwnParameters['kept'] {
  const known = new Map<unknown, unknown>();
  return <Made>(make: (of: OwnParameters) => Made): Made => {
    const before = known.get(make) as Made | undefined;
    if (before !== undefined) return before;
    const made = make(own());
    known.set(make, made);
    return made;
  };
}

/**
 * @param byType the parameters by resource type and code
 * @example
 * ownParametersBy(new Map(), ownParameters(7, [])).generation; // 7
 */
export function ownParametersBy(
  byType: ReadonlyMap<string, ReadonlyMap<string, SearchParameter>>,
  data: OwnParametersData,
): OwnParameters {
  const kept = new Map<Prepare<unknown>, Map<string, unknown>>();
  const own: OwnParameters = {
    ...data,
    parametersOf: (type) => byType.get(type) ?? none,
    kept: keeping(() => own),
    prepared<Made>(prepare: Prepare<Made>, type: string): Made {
      let made = kept.get(prepare) as Map<string, Made> | undefined;
      if (made === undefined) kept.set(prepare, (made = new Map<string, Made>()));
      const known = made.get(type);
      if (known !== undefined) return known;
      const fresh = prepare(type, own);
      // A type without any may be no type: a resource cannot fill the map.
      if (byType.has(type)) made.set(type, fresh);
      return fresh;
    },
  };
  return own;
}

/**
 * The resource types of a definition, each with the base that includes it.
 * @example
 * typesOf({ base: ['Patient'] }); // [ [ 'Patient', 'Patient' ] ]
 */
export function typesOf({ base }: Pick<OwnDefinition, 'base'>): (readonly [base: string, type: string])[] {
  const found = new Map<string, string>();
  for (const one of base) {
    const types =
      one === 'Resource' ? resourceTypes : one === 'DomainResource' ? resourceTypes.filter(isDomainResource) : [one];
    for (const type of types) if (!found.has(type) || one === type) found.set(type, one);
  }
  return [...found].map(([type, one]) => [one, type]);
}

/**
 * `SearchParameter.rows` of a definition. It includes everything that decides the values, so that values indexed by one definition are never used for
 * another one with the same code.
 * @example
 * const definition = definitionOf(
 *   { resourceType: 'SearchParameter', status: 'active', url: 'urn:nick', code: 'nick', type: 'string', base: ['Patient'], expression: 'Patient.name.given' },
 *   () => undefined,
 * )!;
 * rowsName(definition) === rowsName({ ...definition, expression: 'Patient.name.text' }); // false
 */
export function rowsName({ code, type, base, expression, component }: OwnDefinition): string {
  const text = JSON.stringify([type, [...base].sort(), expression, component]);
  // It is stored: the first 64 bits of SHA-256, as a number.
  return `${code}@${BigInt(`0x${hash('sha256', text).slice(0, 16)}`).toString(16)}`;
}
