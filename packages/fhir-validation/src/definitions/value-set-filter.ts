import { compile, FhirPathError } from '@dhp/fhirpath';
import { isObject, shown, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { checkFilterExpression } from './filter-expression.ts';
import type { SystemKnowledge } from '../terminology/codes.ts';

/** The code system of an include, with the knowledge about it if it is available. */
export interface FilteredSystem {
  readonly url: string;
  readonly version: string | undefined;
  readonly known: SystemKnowledge | undefined;
  /** Parameter names that an expression in place of a value may use. */
  readonly parameters: ReadonlySet<string>;
}

/** The form of a property's values. */
type ValueType = 'code' | 'ownCode' | 'Coding' | 'boolean' | 'integer' | 'decimal' | 'dateTime' | 'other';

/** Operators for positions in a hierarchy and for lists of codes. https://hl7.org/fhir/R5/valueset-filter-operator.html */
const ofConcepts = '= in not-in is-a is-not-a descendent-of descendent-leaf generalizes child-of'.split(' ');

/** Properties that every code system has, with their types and, if restricted, their operators. */
const common: ReadonlyMap<string, readonly [ValueType, operators?: readonly string[]]> = new Map<
  string,
  readonly [ValueType, operators?: readonly string[]]
>([
  ['concept', ['code', ofConcepts]],
  ['code', ['code', [...ofConcepts, 'regex']]],
  ['status', ['other']],
  ['inactive', ['boolean']],
  ['effectiveDate', ['dateTime']],
  ['deprecationDate', ['dateTime']],
  ['retirementDate', ['dateTime']],
  ['notSelectable', ['boolean']],
  ['synonym', ['other']],
  ['comment', ['other']],
  ['itemWeight', ['decimal']],
]);

/** Properties of code systems with a hierarchy. */
const ofHierarchy = new Set(['parent', 'child', 'partOf']);

/** Code systems whose publishers define the filters. https://hl7.org/fhir/R5/terminologies-systems.html */
const published =
  /^(?:http:\/\/(?:snomed\.info\/sct|loinc\.org|unitsofmeasure\.org|www\.nlm\.nih\.gov\/.*|www\.ama-assn\.org\/.*)|urn:ietf:bcp:.*)$/;

/** Checks the property, the operator and the value of each filter of an include. */
export function checkFilters(filters: readonly unknown[], system: FilteredSystem, run: Run): void {
  for (const [i, filter] of filters.entries()) {
    if (!isObject(filter)) continue;
    run.enter('filter', i);
    checkFilter(filter, system, run);
    run.leave();
  }
}

function checkFilter(filter: Json, system: FilteredSystem, run: Run): void {
  const { property, op, value } = filter;
  if (typeof property !== 'string') return;
  if (op === 'exists' && typeof value === 'string') checkValue('boolean', value, system, run);
  if (published.test(system.url)) return;
  const stated = statedFor(property, system.known);
  if (stated === undefined) {
    if (system.known !== undefined)
      run.report('value-set-filter-property', { property: shown(property), system: system.url });
    return;
  }
  const { operators, type } = stated;
  if (typeof op === 'string' && operators.length > 0 && !operators.includes(op))
    run.report('value-set-filter-operator', {
      operator: shown(op),
      property: shown(property),
      allowed: operators.join(', '),
    });
  if (checkFilterExpression(filter, system.parameters, run) || typeof value !== 'string') return;
  if (op === 'in' || op === 'not-in') for (const one of value.split(',')) checkValue(type, one, system, run);
  else if (op === 'regex') {
    checkRegex(value, run);
    if (property === 'concept') run.report('value-set-filter-regex');
  } else if (op !== 'exists') checkValue(type, value, system, run);
}

/** Reports a regular expression that cannot be read. Compiles it through FHIRPath, whose engine is private to that package. */
function checkRegex(value: string, run: Run): void {
  const literal = value.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  try {
    compile(`'x'.matches('${literal}')`).evaluate({});
  } catch (error) {
    if (!(error instanceof FhirPathError)) throw error;
    run.report('value-set-filter-value', { value: shown(value), type: 'regex' });
  }
}

/** Returns the type and the operators of a property; undefined if the code system has no such property. */
function statedFor(
  property: string,
  known: SystemKnowledge | undefined,
): { readonly type: ValueType; readonly operators: readonly string[] } | undefined {
  const listed = (known?.filters ?? []).filter(({ code }) => code === property).flatMap(({ operator }) => operator);
  const own = known?.properties.find(({ code }) => code === property);
  if (own !== undefined) return { type: typeOf(own.type), operators: listed };
  const [type, operators] = common.get(property) ?? [];
  if (type !== undefined) return { type, operators: operators === undefined ? listed : [...listed, ...operators] };
  if (ofHierarchy.has(property) && known?.isHierarchy === true) return { type: 'code', operators: listed };
  return (known?.filters ?? []).some(({ code }) => code === property) ? { type: 'other', operators: [] } : undefined;
}

/** Values of a property of type `code` are codes of the same system. https://hl7.org/fhir/R5/codesystem-concept-properties.html */
const typeOf = (type: string): ValueType =>
  type === 'code' ? 'ownCode' : Object.hasOwn(forms, type) || type === 'Coding' ? (type as ValueType) : 'other';

const forms: Readonly<Partial<Record<ValueType, RegExp>>> = {
  boolean: /^(?:true|false)$/,
  integer: /^(?:eq|ne|gt|lt|ge|le|sa|eb|ap)?-?\d+$/,
  decimal: /^(?:eq|ne|gt|lt|ge|le|sa|eb|ap)?-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/,
  dateTime:
    /^(?:eq|ne|gt|lt|ge|le|sa|eb|ap)?\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)?)?)?$/,
};

function checkValue(type: ValueType, value: string, { url, version }: FilteredSystem, run: Run): void {
  if (forms[type]?.test(value) === false) run.report('value-set-filter-value', { value: shown(value), type });
  if (type === 'Coding') checkCoding(value, run);
  if (type !== 'code' && type !== 'ownCode') return;
  if (value.trim() !== value) run.report('value-set-filter-value', { value: shown(value), type });
  const found = run.rules.codes?.concept?.(url, value, version);
  if (found?.known === 'no')
    run.report('value-set-filter-code', { code: shown(value), system: url }, type === 'code' ? 'error' : 'warning');
  else if (found?.status === 'inactive' || found?.status === 'retired')
    run.report('value-set-filter-inactive', { code: shown(value), system: url });
}

/** A Coding is written `system#code` or `system|version#code`. The search form `system|code` gets its own finding. */
function checkCoding(value: string, run: Run): void {
  const [, asSought, soughtCode] = /^([A-Za-z][A-Za-z0-9+.-]*:[^\s|]+)\|(\S+)$/.exec(value) ?? [];
  if (asSought !== undefined) run.report('value-set-filter-coding', { value: shown(value) });
  const [, system = asSought, version, code = soughtCode] = /^([^|#]+)(?:\|([^#]*))?#(.+)$/.exec(value) ?? [];
  if (system === undefined || code === undefined) {
    run.report('value-set-filter-value', { value: shown(value), type: 'Coding' });
    return;
  }
  if (run.rules.codes?.concept?.(system, code, version)?.known === 'no')
    run.report('value-set-filter-code', { code: shown(code), system: shown(system) });
}
