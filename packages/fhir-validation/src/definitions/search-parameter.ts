import { isResourceType } from '@dhp/fhir-model';
import { compile, FhirPathError } from '@dhp/fhirpath';
import { listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';

/** Checks that a search parameter can be asked for by its code, and that its expression can be read. https://hl7.org/fhir/R5/searchparameter.html */
export function checkSearchParameter({ code, expression, base, type, component }: Json, run: Run): void {
  if (typeof code === 'string')
    for (const character of '.$|')
      if (code.includes(character)) run.report('search-code', { code: shown(code), character });
  if (type === 'composite' && listOf(component).length < 2) run.report('search-components');
  const { searchExpressions: severity } = run.rules;
  if (typeof expression !== 'string' || severity === 'ignore') return;
  const [only, ...more] = listOf(base);
  const fault = faultOf(expression, more.length === 0 && typeof only === 'string' ? only : undefined);
  if (fault === undefined) return;
  run.enter('expression', -1);
  run.report('search-expression', { expression: shown(expression), reason: fault }, severity);
  run.leave();
}

function faultOf(expression: string, base: string | undefined): string | undefined {
  try {
    compile(expression, base !== undefined && isResourceType(base) ? { type: base } : {});
    return undefined;
  } catch (error) {
    if (!(error instanceof FhirPathError)) throw error;
    return error.message;
  }
}
