import { elementsOf, typeOf } from '@dhp/fhir-model';
import { checkTypes, compile, FhirPathError } from '@dhp/fhirpath';
import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { reportDoubts } from './doubts.ts';
import { modelAt } from './paths.ts';

/** The context of a rule. */
export interface Stated {
  readonly element: Json;
  /** The canonical URL of the definition. */
  readonly url: string | undefined;
  readonly isSnapshot: boolean;
  /** Expressions of the rules seen so far in this snapshot, by key. */
  readonly before: Map<unknown, string>;
}

/**
 * Checks a constraint of an element. A faulty expression is an error in the snapshot, where it takes effect, and a warning in the
 * differential, where the author can correct it. https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.constraint
 */
export function checkConstraint(rule: Json, stated: Stated, run: Run): void {
  const { key, expression, source } = rule;
  if (key === undefined || key === '') {
    run.report('definition-constraint-keyless');
    return;
  }
  if (!stated.isSnapshot) checkSource(key, source, stated.url, run);
  if (typeof expression !== 'string') return;
  if (stated.isSnapshot) checkSame(key, expression, stated.before, run);
  const reason = faultIn(expression, stated);
  if (reason === undefined) {
    const types = stated.isSnapshot && isOwn(source, stated.url) ? typesOf(stated.element) : undefined;
    if (types !== undefined) reportDoubts(expression, { types, ...options }, run);
    return;
  }
  // A conflict of its key is already reported for this rule.
  const { expression: place, issues } = run;
  if (issues.some((one) => one.id === 'definition-constraint-key' && one.expression === place)) return;
  run.report('definition-expression', { key: shown(key), reason }, stated.isSnapshot ? 'error' : 'warning');
}

/** Several elements may carry the same rule if its expression is the same. */
function checkSame(key: unknown, expression: string, before: Map<unknown, string>, run: Run): void {
  const first = before.get(key);
  if (first === undefined) before.set(key, expression);
  else if (first !== expression && key !== 'ele-1')
    run.report('definition-constraint-conflict', { key: shown(key), expression: shown(first) });
}

/** Rules from other definitions are checked when those definitions are validated. */
const isOwn = (source: unknown, url: string | undefined): boolean =>
  source === undefined || (typeof source === 'string' && source.split('|')[0] === url);

const options = { polymorphicNames: false, variables: ['extension', 'profile'] } as const;

/** The source of a rule in a differential must be the definition itself. */
function checkSource(key: unknown, source: unknown, url: string | undefined, run: Run): void {
  if (typeof source !== 'string' || source.split('|')[0] === url) return;
  run.report('definition-constraint-source', { key: shown(key), source: shown(source) });
}

/** Returns why an expression does not compile or does not match the types of its element; undefined if there is no fault. */
function faultIn(expression: string, { element, isSnapshot }: Stated): string | undefined {
  try {
    compile(expression);
    const types = isSnapshot ? typesOf(element) : undefined;
    if (types === undefined) return undefined;
    return checkTypes(expression, { types, ...options }).findings.find(({ severity }) => severity === 'error')?.text;
  } catch (error) {
    if (!(error instanceof FhirPathError)) throw error;
    return error.message;
  }
}

/** Returns the R5 types of an element; undefined if they are missing or not all from R5. */
function typesOf({ path, type }: Json): readonly string[] | undefined {
  if (typeof path !== 'string') return undefined;
  const [root = ''] = path.split('.');
  if (typeOf(root) === undefined) return undefined;
  if (!path.includes('.')) return [root];
  const codes = listOf(type).map((one) => (isObject(one) ? one['code'] : undefined));
  if (codes.length === 0 || !codes.every((code): code is string => typeof code === 'string')) return undefined;
  const model = modelAt(path, root);
  // An element with child elements has a type of its own in our model.
  if (codes.some((code) => /^(?:Backbone)?Element$/.test(code)))
    return model === 'unknown' || model === undefined || !model.types.every((one) => elementsOf(one) !== undefined)
      ? undefined
      : model.types;
  return codes.every((code) => typeOf(code) !== undefined && typeOf(code)?.isAbstract !== true) ? codes : undefined;
}
