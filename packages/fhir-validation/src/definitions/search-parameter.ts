import { isResourceType, typeOf } from '@dhp/fhir-model';
import { checkTypes, compile, FhirPathError } from '@dhp/fhirpath';
import { listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { searchParameterOf } from './known-parameters.ts';

/** Checks that a search parameter can be asked for by its code, and that its expression can be read. https://hl7.org/fhir/R5/searchparameter.html */
export function checkSearchParameter({ code, expression, base, type, component, derivedFrom }: Json, run: Run): void {
  if (typeof code === 'string')
    for (const character of '.$|')
      if (code.includes(character)) run.report('search-code', { code: shown(code), character });
  if (type === 'composite' && listOf(component).length < 2) run.report('search-components');
  if (typeof derivedFrom === 'string') checkOrigin(derivedFrom, listOf(base), type, run);
  const { searchExpressions: severity } = run.rules;
  if (typeof expression !== 'string' || severity === 'ignore') return;
  const fault = faultOf(
    expression,
    listOf(base).filter((one): one is string => typeof one === 'string'),
  );
  if (fault === undefined) return;
  run.enter('expression', -1);
  run.report('search-expression', { expression: shown(expression), reason: fault }, severity);
  run.leave();
}

/** A parameter that is derived from another one narrows it: it is of the same type, for some of its resources. */
function checkOrigin(derivedFrom: string, bases: readonly unknown[], type: unknown, run: Run): void {
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
}

/** The reason why an expression cannot be read, or leads nowhere from the resources that it is for; undefined when it can and does. */
function faultOf(expression: string, bases: readonly string[]): string | undefined {
  const [only = '', ...more] = bases;
  try {
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
