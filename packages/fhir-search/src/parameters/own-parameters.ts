import { hash } from 'node:crypto';
import { resourceTypes } from '@dhp/fhir-model';
import type { OwnDefinition } from './own-definition.ts';
import { isDomainResource, type SearchParameter } from './search-parameters.ts';

/** The search parameters that an environment has beside those of R5, at one moment; never changed, only replaced. */
export interface OwnParameters {
  /** Raised with every change: who stores a resource must know the latest. */
  readonly generation: number;
  /** Number of its definitions that can be used in searches, and of those that cannot yet. */
  readonly ready: number;
  readonly unready: number;
  /**
   * Search parameters, R5's among them, as `Type.code`, with the number of stored resources whose values could not be computed within
   * the limit of work. A search by one of them would miss those, so it is refused.
   */
  readonly gaps: ReadonlyMap<string, number>;
  /** Whether the database has noted that there are, or were a moment ago, such resources. */
  readonly hasGaps: boolean;
  /** Returns the parameters of a resource type by code; empty for an unknown type. */
  parametersOf(type: string): ReadonlyMap<string, SearchParameter>;
  /** Returns the value that a function makes of those of a type; made once, and kept for a type that has any. */
  prepared<Made>(prepare: Prepare<Made>, type: string): Made;
  /**
   * Returns what a function makes of these parameters; made once, and kept by the function, so that it is no closure. A copy of the object has what
   * was made of the first, unless it keeps its own (`keeping`).
   */
  kept<Made>(make: (own: OwnParameters) => Made): Made;
  /** Search parameters, R5's among them, that look at what the one who searches does not see; absent: none do. */
  readonly hidden?: HiddenParameters | undefined;
  /** Security labels that the server gives, and shows to the one who searches; absent: none. */
  readonly labels?: ShownLabels | undefined;
}

/** Labels that `_security` finds beside those which writers say. */
export interface ShownLabels {
  /** `system|code`. */
  readonly known: readonly string[];
  /** Types whose resources have the labels of what they put together. */
  readonly inheriting: readonly string[];
}

export interface HiddenParameters {
  readonly hides: (type: string, parameter: SearchParameter) => boolean;
  /** By what a parameter is hidden, where it is (default: by a policy). */
  readonly by?: (type: string, parameter: SearchParameter) => NonNullable<SearchParameter['hidden']>;
  /** Whether there is any hidden element in resources of a type. */
  readonly hidesIn: (type: string) => boolean;
  /** Returns the references that an include of all those of some types does not follow. */
  readonly except: (types: readonly string[]) => { readonly except: ReadonlySet<string> };
  /** Whether the usual order, by the main date, is hidden in any of the types. */
  readonly hidesOrder: (types: readonly string[]) => boolean;
  /** Neither a reference nor a part of what resources contain is among it: what searches follow tells nothing of it. */
  readonly isPlain?: true;
  /** As they are for what is one's own, where elements are hidden in what others own (`hidingElements`). */
  readonly ofOwn?: OwnParameters;
}

/** Makes something of the parameters of a type. What it returns is kept with them: by the function, so that it is no closure. */
type Prepare<Made> = (type: string, own: OwnParameters) => Made;

export interface OwnParameter {
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
export type OwnParametersData = Omit<OwnParameters, 'parametersOf' | 'prepared' | 'kept' | 'hidden' | 'labels'>;

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
 * The resource types that a definition is for, each with the base that says so.
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
 * `SearchParameter.rows` of a definition. All that decides on the values is in it, so that what was indexed by one definition is
 * never taken for what another one of the same code asks for.
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
