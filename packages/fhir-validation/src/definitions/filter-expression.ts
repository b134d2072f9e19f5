import { compile, FhirPathError } from '@dhp/fhirpath';
import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';

const expressionUrl = 'http://hl7.org/fhir/StructureDefinition/cqf-expression';

/**
 * Checks the expression extension that a filter may have instead of a value.
 * https://hl7.org/fhir/extensions/StructureDefinition-cqf-expression.html
 * @returns true if the filter has an expression, or has neither an expression nor a value
 */
export function checkFilterExpression(filter: Json, parameters: ReadonlySet<string>, run: Run): boolean {
  const { value, _value: sibling } = filter;
  const extensions = isObject(sibling) ? listOf(sibling['extension']) : [];
  const at = extensions.findIndex((one) => isObject(one) && one['url'] === expressionUrl);
  const expression = at < 0 ? undefined : (extensions[at] as Json)['valueExpression'];
  if (value !== undefined) {
    if (at >= 0) run.report('value-set-filter-value-twice');
    return at >= 0;
  }
  if (!isObject(expression)) run.report('value-set-filter-without-value');
  else within(run, at, () => checkExpression(expression, parameters, run));
  return true;
}

function within(run: Run, at: number, check: () => void): void {
  run.enter('value', -1);
  run.enter('extension', at);
  run.enter('value.ofType(Expression)', -1);
  check();
  for (let i = 0; i < 3; i += 1) run.leave();
}

function checkExpression({ language, expression }: Json, parameters: ReadonlySet<string>, run: Run): void {
  if (language !== 'text/fhirpath') run.report('value-set-filter-language', { language: shown(language) });
  else if (typeof expression !== 'string' || !isReadable(expression))
    run.report('value-set-filter-expression', { expression: shown(expression) });
  else
    for (const name of namesIn(expression))
      if (!parameters.has(name)) run.report('value-set-filter-parameter', { expression: shown(expression), name });
}

function isReadable(expression: string): boolean {
  try {
    compile(expression);
    return true;
  } catch (error) {
    if (error instanceof FhirPathError) return error.kind !== 'syntax';
    throw error;
  }
}

/** Returns the names after percent signs, outside of string literals. */
function namesIn(expression: string): ReadonlySet<string> {
  const bare = expression.replaceAll(/'(?:[^'\\]|\\.)*'/g, "''");
  return new Set(
    [...bare.matchAll(/%(?:`([^`]*)`|([A-Za-z_]\w*))/g)].map(([, quoted, plain]) => quoted ?? plain ?? ''),
  );
}
