import { typeOf } from '@dhp/fhir-model';
import { beginnings } from './beginnings.ts';
import { Collection, Primitive, type Site } from './collection.ts';
import { compileExpression, weightOf } from './compile.ts';
import { FhirPathError } from './errors.ts';
import { distinct } from './operators/union.ts';
import { toItems } from './functions/tree.ts';
import type { Node } from './node.ts';
import { parse } from './parser.ts';
import { Run, type EvaluationEnvironment, type Item, type Scope } from './scope.ts';
import { resourceTypeOf } from './types.ts';
import { type Beginnings, Walks } from './walks.ts';

export interface CompileOptions {
  /**
   * Use of the expression. In a `SearchParameter`, `as` of several items takes those of the type, as https://hl7.org/fhir/R5/searchparameter.html
   * requires; elsewhere several items are an error. A `View` has the additional functions of SQL on FHIR, `getResourceKey()` and
   * `getReferenceKey()`, and `join()` of an empty collection is the empty text.
   */
  readonly context?: 'SearchParameter' | 'Invariant' | 'View';
  /** The type of the item from which evaluation starts: branches for other types are left out. */
  readonly type?: string;
  /**
   * Refuses unknown element names (`Patient.nmae`), if types are known from the expression alone. Otherwise such a path is empty, by the
   * rules of the language.
   */
  readonly strict?: boolean;
  /** Whether choices may also be named as in JSON (`Observation.valueQuantity`), which FHIRPath does not have. */
  readonly polymorphicNames?: boolean;
}

/** An expression prepared once, to be evaluated often; it holds no state of an evaluation. */
export class CompiledPath {
  readonly expression: string;
  readonly #node: Node;
  readonly #type: string;
  readonly #walks: Walks | undefined;
  /** A resource of the type without any of these members has no result; undefined if they are unknown. */
  readonly #begins: readonly string[] | undefined;
  /** Units of work of an evaluation that meets no items. */
  readonly #weight: number;

  constructor(expression: string, options: CompileOptions) {
    this.expression = expression;
    this.#type = knownType(options.type);
    const tree = parse(expression);
    this.#weight = weightOf([tree]);
    this.#node = compileExpression(tree, {
      lenientAs: options.context === 'SearchParameter',
      inView: options.context === 'View',
      type: options.type,
      strict: options.strict === true,
      polymorphicNames: options.polymorphicNames === true,
    });
    // Walks and beginnings know the names of elements alone.
    if (options.polymorphicNames === true) return;
    this.#begins = beginnings(tree, this.#type);
    this.#walks = Walks.of(tree, this.#type, options.context === 'SearchParameter');
  }

  /**
   * The result, in order. `item` is a resource, or any element of one (then `environment.type` is its type). It is not changed. @throws
   * FhirPathError `evaluation`, `hook` or `limit`.
   */
  evaluate(item: unknown, environment: EvaluationEnvironment = {}): Item[] {
    return this.walk(item, environment) ?? toItems(this.#node.items(this.#scope(item, environment)));
  }

  /**
   * The result if a walk along names is enough, as for most search parameters; undefined if the expression has to be evaluated. For several
   * members of `begins` the result is that of each of them by itself, except for duplicates. @throws FhirPathError `limit`.
   */
  walk(item: unknown, environment: EvaluationEnvironment = {}): Item[] | undefined {
    if (this.#isSurelyEmpty(item, environment)) return [];
    const found = this.#walked(item, environment);
    return found && toItems(found);
  }

  /**
   * The JSON members without any of which a resource of the type has no result, in the order of their results; undefined if they are unknown. For a
   * member whose values are the result itself, with their type.
   */
  get begins(): Beginnings | undefined {
    if (this.#walks !== undefined && this.#type !== '') return this.#walks.begins(this.#type);
    return this.#begins && new Map(this.#begins.map((name) => [name, undefined]));
  }

  /** The result as a condition, for invariants: undefined when it is empty. @throws as `evaluate`, and for several items. */
  test(item: unknown, environment: EvaluationEnvironment = {}): boolean | undefined {
    return this.#node.truth(this.#scope(item, environment));
  }

  /** Whether there is any result. @throws as `evaluate`. */
  exists(item: unknown, environment: EvaluationEnvironment = {}): boolean {
    return this.#node.some(this.#scope(item, environment));
  }

  #isSurelyEmpty(item: unknown, { type, sibling }: EvaluationEnvironment): boolean {
    if (this.#begins === undefined || type !== undefined || sibling !== undefined) return false;
    if (typeof item !== 'object' || item === null) return false;
    const resource = item as Readonly<Record<string, unknown>>;
    if (resource['resourceType'] !== this.#type) return false;
    for (const member of this.#begins) if (resource[member] !== undefined) return false;
    return true;
  }

  /** Returns the result of the walks, without the rest of an evaluation; undefined when the expression must be evaluated. */
  #walked(item: unknown, environment: EvaluationEnvironment): Collection | undefined {
    const { sibling, budget, resolve, work } = environment;
    if (this.#walks === undefined || sibling !== undefined || budget !== undefined) return undefined;
    if (resolve !== undefined && this.#walks.resolves) return undefined;
    if (typeof item !== 'object' || item === null) return undefined;
    const type = resourceTypeOf(item, environment.type === undefined ? this.#type : knownType(environment.type));
    if (type === '' || (this.#type !== '' && type !== this.#type)) return undefined;
    const tally = { visited: this.#weight };
    const found = this.#walks.find(item, type, siteOf(type, environment), tally);
    work?.spend(tally.visited);
    if (found === undefined || found.size < 2 || !this.#walks.isDistinct) return found;
    return distinct(found, this.#scope(item, environment));
  }

  #scope(item: unknown, environment: EvaluationEnvironment): Scope {
    const type = resourceTypeOf(item, environment.type === undefined ? this.#type : knownType(environment.type));
    const context = new Collection();
    if (item !== undefined || environment.sibling !== undefined) {
      const value = environment.sibling === undefined ? item : new Primitive(item, environment.sibling);
      context.push(value, type, siteOf(type, environment));
    }
    const run = new Run(environment, context);
    run.spend(this.#weight);
    return {
      run,
      focus: context,
      index: undefined,
      total: undefined,
      defined: undefined,
    };
  }
}

/** The place of the item itself, when locations are requested. */
function siteOf(type: string, { locate, location }: EvaluationEnvironment): Site | undefined {
  return locate === true ? { parent: undefined, name: location ?? type, index: undefined } : undefined;
}

/** @throws FhirPathError `unknown`: on an item of an unknown type every path would silently be empty. */
function knownType(type: string | undefined): string {
  if (type === undefined || type === '' || type.startsWith('System.') || typeOf(type) !== undefined) return type ?? '';
  throw new FhirPathError('unknown', `There is no type ${type}`, { offset: 0, line: 1, column: 1 });
}
