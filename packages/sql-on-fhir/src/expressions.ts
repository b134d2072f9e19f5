import type { Budget } from '@dhp/budget';
import { typeOf } from '@dhp/fhir-model';
import {
  checkTypes,
  compile,
  FhirPathError,
  type CompiledPath,
  type EvaluationEnvironment,
  type Item,
  type TypeCheck,
} from '@dhp/fhirpath';
import type { Constants } from './constants.ts';
import { RowFault, type Findings } from './faults.ts';

/** Knowledge of the place of an expression, before there is a resource. */
export interface Frame {
  /** The types of the item on which it is evaluated; undefined if they are unknown. */
  readonly types: readonly string[] | undefined;
  /** Whether that item is the resource itself. */
  readonly isRoot: boolean;
}

/** The parts of a view that are the same for all of its expressions. */
export interface Building {
  /** The resource type; empty if it is not in the model. */
  readonly type: string;
  readonly constants: Constants;
  readonly findings: Findings;
  /** The text of every expression. */
  readonly paths: string[];
  readonly work?: Budget;
}

/** Units of work of compiling an expression, and of a character of it. */
const unitsOfExpression = 200;
const unitsOfCharacter = 4;

/** An expression of a view, prepared. */
export interface Expression {
  readonly place: string;
  readonly path: string;
  /** The types of the result; undefined if they are unknown. */
  readonly types: readonly string[] | undefined;
  readonly items: (focus: Item, environment: EvaluationEnvironment, resource: string) => Item[];
}

/** Reports expressions that do not compile and undefined constants; unknown elements cause warnings. */
export function expression(path: string, place: string, frame: Frame, building: Building): Expression {
  const { type, findings, work } = building;
  building.paths.push(path);
  work?.spend(unitsOfExpression + unitsOfCharacter * path.length, place);
  try {
    const compiled = compile(path, { context: 'View', ...(frame.isRoot && type !== '' ? { type } : {}) });
    const types = typesOf(path, place, frame, building);
    return {
      place,
      path,
      types,
      items: (focus, environment, resource) => evaluated(compiled, place, focus, environment, resource),
    };
  } catch (error) {
    if (!(error instanceof FhirPathError)) throw error;
    findings.error('expression', place, `is no expression that can be used: ${error.message}. Correct it.`);
    return { place, path, types: undefined, items: () => [] };
  }
}

function typesOf(path: string, place: string, frame: Frame, building: Building): Frame['types'] {
  const checked = check(path, frame.types, building);
  for (const { id, text } of checked.findings) {
    if (id === 'FHIRPATH_UNKNOWN_CONSTANT')
      building.findings.error('expression', place, `${text}. Add it to ViewDefinition.constant, or correct its name.`);
    else building.findings.warn('expression', place, `may not be what is meant: ${text}.`);
  }
  return known(checked.types);
}

function check(path: string, types: Frame['types'], { type, constants }: Building): TypeCheck {
  return checkTypes(path, {
    context: 'View',
    ...(types === undefined ? {} : { types }),
    ...(type === '' ? {} : { resource: type }),
    variables: [...Object.keys(constants.values), 'rowIndex'],
    variableTypes: { ...constants.types, rowIndex: 'System.Integer' },
  });
}

/** Types without elements are all that an item can be of. */
function known(types: Frame['types']): Frame['types'] {
  return types?.every((type) => type.startsWith('System.') || typeOf(type) !== undefined) === true ? types : undefined;
}

/** More rounds than any structure of FHIR takes. */
const mostRounds = 8;

/** Types of the items to which paths lead when they are repeated; undefined if they are unknown. */
export function typesUnder(paths: readonly string[], from: Frame['types'], building: Building): Frame['types'] {
  const found = new Set<string>();
  let types = from;
  for (let round = 0; round < mostRounds && types !== undefined; round += 1) {
    const given = paths.map((path) => (compiles(path) ? typesFrom(check(path, types, building)) : undefined));
    if (given.includes(undefined)) return undefined;
    const before = found.size;
    for (const one of given) for (const type of one ?? []) found.add(type);
    types = [...found];
    if (round > 0 && found.size === before) return types;
  }
  return undefined;
}

/** An element of one level need not be there at another. */
function typesFrom({ types, findings }: TypeCheck): Frame['types'] {
  return types === undefined && findings.some(({ id }) => id === 'FHIRPATH_UNKNOWN_NAME') ? [] : known(types);
}

function compiles(path: string): boolean {
  try {
    compile(path, { context: 'View' });
    return true;
  } catch (error) {
    if (error instanceof FhirPathError) return false;
    throw error;
  }
}

function evaluated(
  compiled: CompiledPath,
  place: string,
  focus: Item,
  environment: EvaluationEnvironment,
  resource: string,
): Item[] {
  try {
    return compiled.evaluate(focus.value, environment);
  } catch (error) {
    if (!(error instanceof FhirPathError)) throw error;
    throw new RowFault(error.kind === 'limit' ? 'limit' : 'expression', { place, resource }, error.message);
  }
}
