import type { Include } from '../ast/search.ts';
import { isResourceType, resourceTypes } from '@dhp/fhir-model';
import type { OwnParameters } from '../parameters/own-parameters.ts';
import { searchParameter, searchParametersOf, type SearchParameter } from '../parameters/search-parameters.ts';
import { refuse } from './ask.ts';
import { nearNames } from './near-names.ts';
import { hiddenParameter, requireReady } from './unknown-parameter.ts';

/**
 * `_include` and `_revinclude` with the modifiers after a colon, for a search of the types. https://hl7.org/fhir/R5/search.html#_include
 * @throws SearchFault
 */
export function includeOf(types: readonly string[], name: string, value: string, own?: OwnParameters): Include {
  const [parameter = '', modifier, ...others] = name.split(':');
  const direction = parameter === '_include' ? 'include' : 'revinclude';
  if (modifier !== undefined && (modifier !== 'iterate' || others.length > 0)) {
    refuse({
      kind: 'unknown-modifier',
      parameter: name,
      near: nearNames(modifier, ['iterate']),
      expected: `${parameter} can have the modifier :iterate alone`,
    });
  }
  const iterate = modifier === 'iterate';
  if (value === '*') {
    const sources = own === undefined || own.gaps.size === 0 ? [] : resourceTypes;
    for (const one of sources) requireAllReady(one, [...searchParametersOf(one, own).values()], name, own);
    // For a resource that refers to another one, the referring element is not known.
    if (direction === 'revinclude' && own?.hidden !== undefined && own.hidden.isPlain !== true)
      refuse(hiddenParameter(name, 'it may look at'));
    return { direction, iterate, source: '*', parameter: '*', ...own?.hidden?.except(resourceTypes) };
  }
  const [source = '', code, target, ...more] = value.split(':');
  if (source === '' || code === undefined || code === '' || target === '' || more.length > 0) {
    return refuse({
      kind: 'bad-value',
      parameter: name,
      value,
      expected: 'Type:parameter, Type:parameter:TargetType, Type:* or *, such as Observation:subject:Patient',
    });
  }
  requireType(source, name, value);
  if (target !== undefined) requireType(target, name, value);
  const targets = targetsOf(source, code, name, value, own);
  if (target !== undefined && targets.size > 0 && !targets.has(target)) {
    refuse({
      kind: 'bad-combination',
      parameter: name,
      value,
      near: nearNames(target, targets),
      expected: `${code} of ${source} leads to ${[...targets].slice(0, 12).join(', ')}`,
    });
  }
  if (!iterate) checkPlace(types, { direction, source, targets, target }, name, value);
  const except = code === '*' ? own?.hidden?.except([source]) : undefined;
  const include: Include = { direction, iterate, source, parameter: code, ...except };
  return target === undefined ? include : { ...include, target };
}

/** The types that the parameter leads to. @throws SearchFault when it does not exist, or is no reference */
function targetsOf(source: string, code: string, name: string, value: string, own?: OwnParameters): Set<string> {
  if (code === '*') {
    const references = [...searchParametersOf(source, own).values()].filter(({ type }) => type === 'reference');
    requireAllReady(source, references, name, own);
    return new Set(references.flatMap(({ target }) => target));
  }
  const parameter = searchParameter(source, code, own);
  if (parameter !== undefined) requireReady(parameter, name);
  if (parameter?.type === 'reference') return new Set(parameter.target);
  const references = [...searchParametersOf(source, own).values()].filter(({ type }) => type === 'reference');
  return refuse({
    kind: parameter === undefined ? 'unknown-parameter' : 'bad-combination',
    parameter: name,
    value,
    near: nearNames(
      code,
      references.map((one) => one.code),
    ),
    expected: `a parameter of ${source} of type reference`,
  });
}

/** @throws SearchFault if resources lack the values of one of the references in the index */
function requireAllReady(
  source: string,
  parameters: readonly SearchParameter[],
  name: string,
  own: OwnParameters | undefined,
): void {
  if (own === undefined || own.gaps.size === 0) return;
  for (const { type, code } of parameters) {
    if (type === 'reference' && own.gaps.has(`${source}.${code}`))
      requireReady(searchParameter(source, code, own)!, name);
  }
}

/** Without `:iterate` only references from matches, or to matches, can be included. */
function checkPlace(
  types: readonly string[],
  {
    direction,
    source,
    targets,
    target,
  }: {
    readonly direction: 'include' | 'revinclude';
    readonly source: string;
    readonly targets: ReadonlySet<string>;
    readonly target: string | undefined;
  },
  name: string,
  value: string,
): void {
  if (direction === 'include' && !types.includes(source)) {
    refuse({
      kind: 'bad-combination',
      parameter: name,
      value,
      expected: `a parameter of ${types.slice(0, 12).join(', ')}, whose resources are searched; for those that are included _include:iterate`,
    });
  }
  const reachable = target === undefined ? targets : new Set([target]);
  if (direction === 'revinclude' && reachable.size > 0 && !types.some((type) => reachable.has(type))) {
    refuse({
      kind: 'bad-combination',
      parameter: name,
      value,
      expected: `a parameter that leads to ${types.slice(0, 12).join(', ')}; this one leads to ${[...reachable].slice(0, 12).join(', ')}`,
    });
  }
}

function requireType(type: string, name: string, value: string): void {
  if (isResourceType(type)) return;
  refuse({
    kind: 'unknown-type',
    parameter: name,
    value,
    near: nearNames(type, resourceTypes),
    expected: 'the name of a type of resource',
  });
}
