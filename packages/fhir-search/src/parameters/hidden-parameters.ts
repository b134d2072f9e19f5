import { mainDateParameter } from './main-date.ts';
import { keeping, type HiddenParameters, type OwnParameters } from './own-parameters.ts';
import { parameterPaths, type PathStep } from './parameter-paths.ts';
import { isDomainResource, searchParameter, searchParametersOf, type SearchParameter } from './search-parameters.ts';

/** Elements that are hidden from the caller. */
export interface HiddenElements {
  /** Those of resources of a type. */
  readonly of: (type: string) => ReadonlySet<string>;
  /** Those of all types, by name; not empty. */
  readonly any: ReadonlySet<string>;
}

/**
 * The search parameters for a caller from whom some elements are hidden: a parameter that reads any of them is refused wherever a search
 * names it, like one that is not ready.
 * @example
 * hidingParameters(ownParameters(7, []), { of: () => new Set(['name']), any: new Set(['name']) }).generation; // 7
 */
export function hidingParameters(own: OwnParameters, elements: HiddenElements): OwnParameters {
  const known = new Map<string, boolean>();
  const hides: HiddenParameters['hides'] = (type, parameter) => {
    const key = `${type} ${parameter.rows}`;
    let found = known.get(key);
    if (found === undefined) known.set(key, (found = looksAtHidden(type, parameter, elements)));
    return found;
  };
  const hidesIn = (type: string): boolean => elements.of(type).size > 0;
  const hiding: OwnParameters = {
    ...own,
    hidden: {
      ...{ hides, hidesIn },
      except: (types) => ({
        except: new Set(types.filter(hidesIn).flatMap((type) => hiddenReferences(type, hiding, hides))),
      }),
      hidesOrder: (types) =>
        types.some((type) => searchParameter(type, mainDateParameter(type) ?? '', hiding)?.hidden !== undefined),
    },
  };
  return hiding;
}

/**
 * The same for a caller from whom some elements of a type are hidden that contain no reference: everything else can be searched as before.
 * @example
 * hidingElements(ownParameters(7, []), 'Subscription', new Set(['endpoint'])).hidden?.isPlain; // true
 */
export function hidingElements(own: OwnParameters, type: string, elements: ReadonlySet<string>): OwnParameters {
  const before = own.hidden;
  const known = new Map<string, boolean>();
  const hides: HiddenParameters['hides'] = (of, parameter) => {
    if (before?.hides(of, parameter) === true) return true;
    if (of !== type) return false;
    let found = known.get(parameter.rows);
    if (found === undefined) {
      const looked = { of: () => elements, any: elements };
      known.set(parameter.rows, (found = looksAtHidden(type, parameter, looked)));
    }
    return found;
  };
  const hidesIn = (of: string): boolean => of === type || before?.hidesIn(of) === true;
  const plain = { except: () => ({ except: new Set<string>() }), hidesOrder: () => false, isPlain: true as const };
  const by: HiddenParameters['by'] = (of, parameter) =>
    before?.hides(of, parameter) === true ? 'by policy' : 'of others';
  const hidden: HiddenParameters = { ...(before ?? plain), hides, by, hidesIn, ofOwn: own };
  const hiding: OwnParameters = { ...own, kept: keeping(() => hiding), hidden };
  return hiding;
}

/** These search all texts of a resource, including contained ones. */
const fullText = new Set(['_text', '_content']);
/** These look at no element by an expression. */
const withoutElements = new Set(['_id', '_in', '_list', '_filter', '_query', '_type']);

function looksAtHidden(type: string, parameter: SearchParameter, { of, any }: HiddenElements): boolean {
  const { code, component, expression, definedBy } = parameter;
  if (fullText.has(code)) return isDomainResource(type) || of(type).size > 0;
  if (expression === undefined) return !withoutElements.has(code) && of(type).size > 0;
  const words = wordsOf([expression, ...component.map((each) => each.expression)].join(' '));
  const paths = parameterPaths(type, parameter).map(({ steps }) => steps);
  const isPlain = component.length === 0 && paths.every((steps) => steps?.[0]?.kind === 'member');
  if (isPlain)
    return paths.some((steps) => nameOf(steps![0]!, of(type)) || (leadsInside(steps!) && isAnyOf(words, any)));
  // An expression beyond a path may lead anywhere: every word of it counts, for the environment's own parameters in all types.
  if (words.some((word) => wandering.has(word))) return true;
  return isAnyOf(words, of(type)) || (definedBy !== undefined && isAnyOf(words, any));
}

/** Functions that look at elements without naming them. */
const wandering = new Set(['children', 'descendants', 'repeat']);

function nameOf(step: PathStep, names: ReadonlySet<string>): boolean {
  return step.kind === 'member' && names.has(step.name);
}

/** Whether a path continues within a resource that is a part of another one. */
function leadsInside(steps: readonly PathStep[]): boolean {
  return steps.slice(0, -1).some((step) => step.kind === 'member' && /^(?:contained|resource)$/.test(step.name));
}

function isAnyOf(words: readonly string[], names: ReadonlySet<string>): boolean {
  return words.some((word) => names.has(word));
}

/** The names in a FHIRPath expression, without its texts. */
function wordsOf(expression: string): readonly string[] {
  return expression.replaceAll(/'(?:[^'\\]|\\.)*'/g, "''").match(/[A-Za-z_]\w*/g) ?? [];
}

/** Returns `Type.code` of the references of a type that are hidden. */
function hiddenReferences(type: string, own: OwnParameters, hides: HiddenParameters['hides']): string[] {
  return [...searchParametersOf(type, own).values()]
    .filter((parameter) => parameter.type === 'reference' && hides(type, parameter))
    .map(({ code }) => `${type}.${code}`);
}
