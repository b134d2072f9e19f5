/** From a SearchParameter resource to a parameter that can be searched by. https://hl7.org/fhir/R5/searchparameter.html */
import { compile, FhirPathError } from '@dhp/fhirpath';
import { isResourceType, resourceTypes } from '@dhp/fhir-model';
import { isAbout } from './expression-branches.ts';
import type { SearchParameterType } from './encoding.ts';
import { typesOf } from './own-parameters.ts';
import { searchParameter, type SearchParameter } from './search-parameters.ts';

/** The part of a SearchParameter resource that is used: a plain object, which is stored as JSON. */
export interface OwnDefinition extends Omit<SearchParameter, 'base' | 'rows' | 'definedBy' | 'unready' | 'expression'> {
  readonly base: readonly string[];
  readonly expression: string;
}

/** One thing that is wrong with a SearchParameter. */
export interface SearchParameterProblem {
  /** FHIRPath of the element: `SearchParameter.expression`. */
  readonly place: string;
  /** An English sentence without the full stop that says what is expected. */
  readonly message: string;
}

/**
 * The resource defines no usable search parameter; it has all problems.
 * @example
 * definitionOf({ resourceType: 'SearchParameter', status: 'active' }, () => undefined); // throws SearchParameterFault
 */
export class SearchParameterFault extends Error {
  readonly problems: readonly SearchParameterProblem[];

  constructor(problems: readonly SearchParameterProblem[]) {
    super(problems.map(({ place, message }) => `${place}: ${message}`).join('; '));
    this.name = 'SearchParameterFault';
    this.problems = problems;
  }
}

type Fields = Readonly<Record<string, unknown>>;

const types: readonly SearchParameterType[] = [
  ...(['number', 'date', 'string', 'token', 'reference', 'composite', 'quantity', 'uri'] as const),
];

/**
 * The definition that a SearchParameter resource makes. Undefined if it has no effect: its status is not `active`, or it is a built-in one.
 * @param componentType returns the type of the parameter that a canonical names, for the parts of composites; undefined if it does not
 * exist
 * @throws SearchParameterFault if it should have an effect and is invalid
 * @example
 * definitionOf({ resourceType: 'SearchParameter', status: 'draft' }, () => undefined); // undefined
 */
export function definitionOf(
  resource: Fields,
  componentType: (canonical: string) => SearchParameterType | undefined,
): OwnDefinition | undefined {
  if (resource['status'] !== 'active') return undefined;
  const problems: SearchParameterProblem[] = [];
  const wrong = (element: string, message: string): void =>
    void problems.push({ place: `SearchParameter.${element}`, message });
  const definition = read(resource, componentType, wrong);
  if (problems.length > 0) throw new SearchParameterFault(problems);
  if (isBuiltIn(definition)) return undefined;
  checkClashes(definition, wrong);
  checkExpression(definition, wrong);
  if (problems.length > 0) throw new SearchParameterFault(problems);
  return definition;
}

type Wrong = (element: string, message: string) => void;

function read(
  resource: Fields,
  componentType: (canonical: string) => SearchParameterType | undefined,
  wrong: Wrong,
): OwnDefinition {
  const { url, code, type, expression, processingMode, constraint, multipleOr, multipleAnd } = resource;
  const base = texts(resource['base']);
  if (!isText(url)) wrong('url', 'a SearchParameter has a canonical URL');
  if (!isText(code) || !/^[A-Za-z][A-Za-z0-9_-]*$/.test(code)) {
    wrong('code', 'the name in a search begins with a letter and has letters, digits, - and _ alone');
  }
  if (!types.some((one) => one === type)) {
    const special = type === 'special' ? '; what a parameter of type special means is not told by its definition' : '';
    wrong('type', `one of ${types.join(', ')}${special}`);
  }
  if (base.length === 0) wrong('base', 'at least one type of resource');
  for (const [n, one] of base.entries()) {
    if (isResourceType(one) || one === 'Resource' || one === 'DomainResource') continue;
    wrong(`base[${n}]`, `a type of resource of R5, not ${one}`);
  }
  if (!isText(expression)) wrong('expression', 'a FHIRPath expression that leads to the values');
  if (processingMode !== undefined && processingMode !== 'normal') {
    wrong('processingMode', 'normal: values are searched for as they are');
  }
  if (constraint !== undefined) wrong('constraint', 'no constraint: it would not be applied');
  const target = texts(resource['target']);
  for (const [n, one] of target.entries()) {
    if (!isResourceType(one)) wrong(`target[${n}]`, `a type of resource of R5, not ${one}`);
  }
  return {
    url: String(url),
    code: String(code),
    type: type as SearchParameterType,
    base,
    expression: String(expression),
    // A definition without targets lets a reference lead to any type.
    target: type === 'reference' && target.length === 0 ? resourceTypes : target,
    multipleOr: typeof multipleOr === 'boolean' ? multipleOr : undefined,
    multipleAnd: typeof multipleAnd === 'boolean' ? multipleAnd : undefined,
    comparator: texts(resource['comparator']),
    modifier: texts(resource['modifier']),
    component: type === 'composite' ? components(resource['component'], componentType, wrong) : [],
  };
}

function components(
  value: unknown,
  componentType: (canonical: string) => SearchParameterType | undefined,
  wrong: Wrong,
): OwnDefinition['component'] {
  const list = Array.isArray(value) ? (value as Fields[]) : [];
  if (list.length < 2) wrong('component', 'a composite has at least two components');
  return list.map((part, n) => {
    const { definition, expression } = part;
    const type = isText(definition) ? componentType(definition) : undefined;
    if (type === undefined || type === 'composite' || type === 'special') {
      const named = isText(definition) ? definition : 'nothing';
      wrong(
        `component[${n}].definition`,
        `a known search parameter that is neither composite nor special, not ${named}`,
      );
    }
    if (!isText(expression)) wrong(`component[${n}].expression`, 'a FHIRPath expression on the items of the composite');
    else tryToCompile(`component[${n}].expression`, expression, undefined, wrong);
    return { expression: String(expression), type: type! };
  });
}

/** Whether R5 itself, or this platform, has the same parameter under the same canonical. */
function isBuiltIn(definition: OwnDefinition): boolean {
  return typesOf(definition).every(([, type]) => {
    const found = searchParameter(type, definition.code);
    return found?.url === definition.url && found.expression === definition.expression;
  });
}

function checkClashes(definition: OwnDefinition, wrong: Wrong): void {
  const { code } = definition;
  for (const [base, type] of typesOf(definition)) {
    const found = searchParameter(type, code);
    if (found === undefined) continue;
    const where = base === type ? type : `${type}, which ${base} stands for`;
    wrong('code', `another name: ${where} has a search parameter ${code} already, ${found.url}`);
    return;
  }
}

function checkExpression(definition: OwnDefinition, wrong: Wrong): void {
  const { expression } = definition;
  for (const [base, type] of typesOf(definition)) {
    if (!tryToCompile('expression', expression, type, wrong)) return;
    if (base !== type || isAbout(expression, type)) continue;
    wrong('expression', `an expression that leads to something in ${type}, which is one of its bases`);
  }
}

/** @returns whether it compiles; else `wrong` receives the place of the error */
function tryToCompile(element: string, expression: string, type: string | undefined, wrong: Wrong): boolean {
  try {
    compile(expression, { context: 'SearchParameter', strict: true, ...(type !== undefined && { type }) });
    return true;
  } catch (error) {
    if (!(error instanceof FhirPathError)) throw error;
    wrong(element, `a FHIRPath expression; ${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}`);
    return false;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(isText) : [];
}
