import { isResourceType, typeOf } from '@dhp/fhir-model';
import { checkTypes, compile, FhirPathError } from '@dhp/fhirpath';
import { listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { reportDoubts } from './doubts.ts';
import { searchParameterOf } from './known-parameters.ts';

/**
 * Checks that the code of a search parameter can be used in a URL and that its expression is valid.
 * https://hl7.org/fhir/R5/searchparameter.html
 */
export function checkSearchParameter({ code, expression, base, type, component, derivedFrom }: Json, run: Run): void {
  if (typeof code === 'string')
    for (const character of '.$|')
      if (code.includes(character)) run.report('search-code', { code: shown(code), character });
  if (type === 'composite' && listOf(component).length < 2) run.report('search-components');
  if (typeof derivedFrom === 'string') checkOrigin(derivedFrom, { bases: listOf(base), type, expression }, run);
  const { searchExpressions: severity } = run.rules;
  if (typeof expression !== 'string' || severity === 'ignore') return;
  const types = listOf(base).filter((one): one is string => typeof one === 'string');
  const fault = faultOf(expression, types);
  run.enter('expression', -1);
  if (fault === undefined) reportDoubts(expression, { types, polymorphicNames: true }, run);
  else run.report('search-expression', { expression: shown(expression), reason: fault }, severity);
  run.leave();
}

/** The statements of a derived parameter that its origin restricts. */
interface Derived {
  readonly bases: readonly unknown[];
  readonly type: unknown;
  readonly expression: unknown;
}

/** A derived parameter must have the type of its origin and may only apply to resource types of the origin. */
function checkOrigin(derivedFrom: string, { bases, type, expression }: Derived, run: Run): void {
  const origin = searchParameterOf(derivedFrom);
  if (origin === undefined) {
    run.report('search-origin-unknown', { derivedFrom: shown(derivedFrom) });
    return;
  }
  for (const one of bases)
    if (typeof one === 'string' && !origin.bases.includes(one) && !origin.bases.includes('Resource'))
      run.report('search-origin-base', { derivedFrom: shown(derivedFrom), base: shown(one) });
  if (typeof type === 'string' && type !== origin.type)
    run.report('search-origin-type', { derivedFrom: shown(derivedFrom), expected: origin.type, type: shown(type) });
  if (typeof expression !== 'string' || origin.expression === '') return;
  if (partsFor(expression, bases) !== partsFor(origin.expression, bases))
    run.report('search-origin-expression', { derivedFrom: shown(derivedFrom), expected: shown(origin.expression) });
}

/**
 * Returns the sorted parts of an expression that apply to the given resource types. An expression that is no list of paths is returned
 * unchanged.
 */
function partsFor(expression: string, bases: readonly unknown[]): string {
  const parts = (expression.match(/(?:'(?:\\.|[^'\\])*'|[^|'])+/g) ?? []).map((part) => part.trim());
  if (!parts.every((part) => /^\(?[A-Za-z]/.test(part))) return expression.trim();
  const isOfBase = (part: string): boolean => {
    const [root = ''] = /[A-Za-z]+/.exec(part) ?? [];
    return !isResourceType(root) || bases.includes(root);
  };
  return parts.filter(isOfBase).sort().join(' | ');
}

/** Returns why an expression does not compile or cannot match any of its resource types; undefined if there is no fault. */
function faultOf(expression: string, bases: readonly string[]): string | undefined {
  const [only = '', ...more] = bases;
  try {
    const unknown = bases.find((one) => typeOf(one) === undefined);
    if (unknown !== undefined) return `There is no type ${unknown}`;
    compile(expression, more.length === 0 && isResourceType(only) ? { type: only } : {});
    if (bases.length === 0 || !bases.every((one) => typeOf(one)?.kind === 'resource' && !typeOf(one)!.isAbstract))
      return undefined;
    const { findings } = checkTypes(expression, { types: bases, polymorphicNames: true });
    return findings.find(({ severity }) => severity === 'error')?.text;
  } catch (error) {
    if (!(error instanceof FhirPathError)) throw error;
    return error.message;
  }
}
