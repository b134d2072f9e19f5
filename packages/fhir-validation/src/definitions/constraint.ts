import { elementsOf, typeOf } from '@dhp/fhir-model';
import { checkTypes, compile, FhirPathError } from '@dhp/fhirpath';
import { isObject, listOf, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { reportDoubts } from './doubts.ts';
import { modelAt } from './paths.ts';

/** Where a rule stands. */
export interface Stated {
  readonly element: Json;
  /** The url of the definition. */
  readonly url: string | undefined;
  readonly isSnapshot: boolean;
  /** Expressions of the rules before, by their keys. */
  readonly before: Map<unknown, string>;
}

/**
 * Checks a rule that a definition states. What it says is checked where it takes effect, in the snapshot; in a differential it is told as
 * well, so that it can be mended. https://hl7.org/fhir/R5/elementdefinition-definitions.html#ElementDefinition.constraint
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
  // A rule whose key is that of another one is wrong already.
  const { expression: place, issues } = run;
  if (issues.some((one) => one.id === 'definition-constraint-key' && one.expression === place)) return;
  run.report('definition-expression', { key: shown(key), reason }, stated.isSnapshot ? 'error' : 'warning');
}

/** Elements may repeat a rule, as it is. */
function checkSame(key: unknown, expression: string, before: Map<unknown, string>, run: Run): void {
  const first = before.get(key);
  if (first === undefined) before.set(key, expression);
  else if (first !== expression && key !== 'ele-1')
    run.report('definition-constraint-conflict', { key: shown(key), expression: shown(first) });
}

/** Rules of other definitions are checked with those. */
const isOwn = (source: unknown, url: string | undefined): boolean =>
  source === undefined || (typeof source === 'string' && source.split('|')[0] === url);

const options = { polymorphicNames: false, variables: ['extension', 'profile'] } as const;

/** A rule of a differential is one of the definition itself. */
function checkSource(key: unknown, source: unknown, url: string | undefined, run: Run): void {
  if (typeof source !== 'string' || source.split('|')[0] === url) return;
  run.report('definition-constraint-source', { key: shown(key), source: shown(source) });
}

/** Why an expression cannot be read, or has no meaning for the types of its element; undefined when it can and has. */
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

/** The types of R5 that an element is of; undefined if they are others, or not stated. */
function typesOf({ path, type }: Json): readonly string[] | undefined {
  if (typeof path !== 'string') return undefined;
  const [root = ''] = path.split('.');
  if (typeOf(root) === undefined) return undefined;
  if (!path.includes('.')) return [root];
  const codes = listOf(type).map((one) => (isObject(one) ? one['code'] : undefined));
  if (codes.length === 0 || !codes.every((code): code is string => typeof code === 'string')) return undefined;
  const model = modelAt(path, root);
  // Elements with elements of their own have a type of their own here.
  if (codes.some((code) => /^(?:Backbone)?Element$/.test(code)))
    return model === 'unknown' || model === undefined || !model.types.every((one) => elementsOf(one) !== undefined)
      ? undefined
      : model.types;
  return codes.every((code) => typeOf(code) !== undefined && typeOf(code)?.isAbstract !== true) ? codes : undefined;
}
