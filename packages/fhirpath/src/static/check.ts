import { isSubtype, typeOf } from '@dhp/fhir-model';
import { asTypeSpecifier, type BinaryOperator, type Expression, type TypeSpecifier } from '../ast.ts';
import type { Position } from '../errors.ts';
import { parse } from '../parser.ts';
import { isKnownVariable } from '../variables.ts';
import { signatures, type Signature } from './functions.ts';
import {
  anything,
  both,
  either,
  elementOf,
  groups,
  isOpen,
  mayBe,
  mayShare,
  nameOfKind,
  noItems,
  single,
  type Group,
  type Kind,
} from './kind.ts';
import { calculated, countsOfCall, countsOfOperator, sidesOf, type CountFinding } from './operators.ts';

/** A finding about an expression from its types, for any data. */
export interface TypeFinding {
  /** `error`: no data makes it meaningful. `warning`: it is certainly not intended, or fails for some data. */
  readonly severity: 'error' | 'warning';
  /** The id of the message that HL7's reference engine has for it. */
  readonly id: string;
  readonly text: string;
  readonly at: Position;
}

export interface CheckOptions {
  /** Types of the item that the expression starts from: `Patient`, `Patient.contact`, `string`. Absent: anything. */
  readonly types?: readonly string[];
  /** The type of `%resource` and `%rootResource`; absent: any. */
  readonly resource?: string;
  /** Names of variables that the caller hands in. */
  readonly variables?: readonly string[];
  /** The types of those whose types are known. */
  readonly variableTypes?: Readonly<Record<string, string>>;
  /** Whether choices may be named as in JSON (`valueQuantity`). */
  readonly polymorphicNames?: boolean;
  /** Use of the expression; in a `View` a Period has boundaries. */
  readonly context?: 'View';
}

/** Types of the result, as far as they are known, and all findings in the order of the expression. */
export interface TypeCheck {
  readonly types: readonly string[] | undefined;
  readonly findings: readonly TypeFinding[];
}

/**
 * Checks the types of an expression before there is data: names that no element has, functions and operators on types that they do not take,
 * functions that need an order, variables that are not defined.
 * @throws FhirPathError `syntax` or `limit`
 * @example
 * checkTypes('name.given.upper', { types: ['Patient'] }).findings[0]?.id; // 'FHIRPATH_UNKNOWN_NAME'
 */
export function checkTypes(expression: string, options: CheckOptions = {}): TypeCheck {
  const checker = new Checker(options);
  const { types } = checker.check(parse(expression));
  return { types: types && [...types], findings: checker.findings };
}

/** The context of a part of an expression: the item in focus, and the variables defined so far. */
interface Around {
  readonly focus: Kind;
  readonly total: Kind;
  defined: ReadonlyMap<string, Kind>;
  /** A variable was defined under a name that depends on the data. */
  definesAny: boolean;
}

const boolean = single('System.Boolean');

/** Types that `repeat` may still add when it has been asked so often are not looked for. */
const mostRounds = 8;

class Checker {
  readonly findings: TypeFinding[] = [];
  readonly #options: CheckOptions;
  /** The item that the expression starts from. */
  readonly #context: Kind;

  constructor(options: CheckOptions) {
    this.#options = options;
    this.#context = options.types === undefined ? anything : single(...options.types);
  }

  check(expression: Expression): Kind {
    return this.#kind(expression, { focus: this.#context, total: anything, defined: new Map(), definesAny: false });
  }

  #kind(expression: Expression, around: Around): Kind {
    switch (expression.kind) {
      case 'literal':
        return single(expression.type);
      case 'empty':
        return noItems;
      case 'this':
        return around.focus;
      case 'index':
        return single('System.Integer');
      case 'total':
        return around.total;
      case 'variable':
        return this.#variable(expression.name, expression.at, around);
      case 'member':
        return this.#member(expression, around);
      case 'call':
        return this.#call(expression, around);
      case 'indexer': {
        const base = this.#kind(expression.base, around);
        this.#requireOrder(base, '[]', expression.at);
        this.#argument('[]', 1, 'integer', this.#kind(expression.index, inner(around, around.focus)), expression.at);
        return { ...base, isMany: false };
      }
      case 'negate':
      case 'plus':
        return this.#kind(expression.operand, around);
      case 'binary':
        return this.#binary(expression, around);
      case 'type': {
        const operand = this.#kind(expression.operand, around);
        this.#doubt(countsOfOperator(expression.operator, operand, noItems), expression.at);
        return expression.operator === 'is'
          ? this.#isKind(operand)
          : this.#narrowed(operand, expression.type, 'operator', expression.at);
      }
    }
  }

  #variable(name: string, at: Position, { defined, definesAny }: Around): Kind {
    const own = defined.get(name);
    if (own !== undefined) return own;
    const { variables = [], variableTypes = {}, resource } = this.#options;
    if (name === 'context') return this.#context;
    if (name === 'resource' || name === 'rootResource') return resource === undefined ? anything : single(resource);
    if (variables.includes(name)) return Object.hasOwn(variableTypes, name) ? single(variableTypes[name]!) : anything;
    if (definesAny) return anything;
    if (isKnownVariable(name)) return name === 'terminologies' ? anything : single('System.String');
    this.#report('FHIRPATH_UNKNOWN_CONSTANT', `%${name} is not defined`, at);
    return anything;
  }

  /** A name at the beginning may be that of the type of the item, and then denotes the item. */
  #member({ base, name, at }: Expression & { kind: 'member' }, around: Around): Kind {
    const kind = base === undefined ? around.focus : this.#kind(base, around);
    const isTypeName = base === undefined && /^[A-Z]/.test(name) && typeOf(name) !== undefined;
    if (isTypeName && kind.types === undefined) return single(name);
    if (isTypeName && mayBe(kind, (type) => isSubtype(type, name))) {
      const isOf = [...(kind.types ?? [])].filter((type) => isSubtype(type, name));
      return isOf.length === 0 ? { ...kind, types: new Set([name]) } : { ...kind, types: new Set(isOf) };
    }
    const found = elementOf(kind, name, this.#options.polymorphicNames === true);
    if (found !== undefined) return found;
    this.#report('FHIRPATH_UNKNOWN_NAME', `${nameOfKind(kind)} has no element ${name}`, at);
    return anything;
  }

  #call(expression: Expression & { kind: 'call' }, around: Around): Kind {
    const { base, name, args, at } = expression;
    const input = base === undefined ? around.focus : this.#kind(base, around);
    switch (name) {
      case 'is':
        return this.#isKind(input);
      case 'as':
      case 'ofType': {
        const type = args[0] && asTypeSpecifier(args[0]);
        return type === undefined ? anything : this.#narrowed(input, type, name, at);
      }
      case 'getReferenceKey':
        // Its argument is a type.
        return this.#applied(signatures.get(name)!, expression, input, []);
      case 'lowBoundary':
      case 'highBoundary':
        if (this.#options.context === 'View' && input.types?.size === 1 && input.types.has('Period'))
          return single('System.DateTime');
        break;
      case 'iif':
        return this.#iif(expression, input, around);
      case 'repeat':
      case 'repeatAll':
        return this.#repeat(args[0], input, around);
      case 'defineVariable':
        return this.#defineVariable(expression, input, around);
      case 'union':
      case 'combine':
      case 'coalesce': {
        const kinds = args.map((each) => this.#kind(each, inner(around, around.focus)));
        return name === 'coalesce' ? kinds.reduce(either, noItems) : kinds.reduce(both, input);
      }
    }
    const signature = signatures.get(name);
    const isEach = signature?.isEach === true || name === 'aggregate';
    const own = inner(around, isEach ? one(input) : around.focus, name === 'aggregate');
    const given = args.map((each) => this.#kind(each, { ...own }));
    if (signature === undefined) return anything;
    const gives = this.#applied(signature, expression, input, given);
    // Half a unit away from a whole number is not a whole number.
    return /^(?:low|high)Boundary$/.test(name) && isWhole(input) ? single('System.Decimal') : gives;
  }

  #applied(
    signature: Signature,
    { name, at }: Expression & { kind: 'call' },
    input: Kind,
    given: readonly Kind[],
  ): Kind {
    const { of, finding, isOrdered, args = [], gives } = signature;
    if (of !== undefined && !mayBe(input, groups[of])) {
      this.#report(finding ?? 'FHIRPATH_CANNOT_USE', `${name}() is not for ${nameOfKind(input)}`, at);
    }
    if (isOrdered === true) this.#requireOrder(input, `${name}()`, at);
    const takesOne = given.map((_kind, n) => !/^(?:any|input)$/.test(args[n] ?? 'any'));
    this.#doubt(countsOfCall(name, input, takesOne, given), at);
    given.forEach((kind, n) => {
      const wanted = args[n] ?? 'any';
      if (wanted !== 'input') this.#argument(`${name}()`, n + 1, wanted, kind, at);
      else if (!mayShare(input, kind)) this.#reportArgument(`${name}()`, n + 1, kind, at);
    });
    if (gives === 'input') return input;
    if (gives === 'one') return { ...input, isMany: false };
    if (gives === 'any') return { ...anything, isMany: name !== 'resolve' || input.isMany };
    if (gives !== 'argument') return gives;
    const projected = given[0] ?? anything;
    return { ...projected, isMany: projected.isMany || input.isMany, isOrdered: input.isOrdered };
  }

  /** The condition is a truth; the branches are alternatives. */
  #iif({ args, at }: Expression & { kind: 'call' }, input: Kind, around: Around): Kind {
    const [condition, ...branches] = args.map((each) => this.#kind(each, inner(around, input)));
    this.#doubt(countsOfCall('iif', input, [], []), at);
    if (
      condition !== undefined &&
      (!mayBe(condition, groups.boolean) || (condition.isMany && condition.types !== undefined))
    ) {
      this.#report(
        'FHIRPATH_UNABLE_BOOLEAN',
        `the condition of iif() is ${nameOfKind(condition)}, no single truth`,
        at,
      );
    }
    return branches.reduce(either, noItems);
  }

  /** The projection may be applied to its own results. */
  #repeat(projection: Expression | undefined, input: Kind, around: Around): Kind {
    if (projection === undefined) return anything;
    let found = this.#kind(projection, inner(around, one(input)));
    const known = this.findings.length;
    for (let round = 0; round < mostRounds && found.types !== undefined; round += 1) {
      const before: number = found.types.size;
      found = both(found, this.#kind(projection, inner(around, one(found))));
      if (found.types?.size === before) break;
    }
    // Items without results end the repetition, and are not a fault.
    this.findings.length = known;
    return { ...found, isMany: true };
  }

  #defineVariable({ args, at }: Expression & { kind: 'call' }, input: Kind, around: Around): Kind {
    const [name, value] = args;
    const given = value === undefined ? input : this.#kind(value, inner(around, input));
    if (name?.kind !== 'literal' || typeof name.value !== 'string') {
      // Any later name may be it.
      around.definesAny = true;
      return input;
    }
    const isTaken =
      around.defined.has(name.value) ||
      isKnownVariable(name.value) ||
      this.#options.variables?.includes(name.value) === true;
    if (isTaken) this.#report('FHIRPATH_REDEFINE_VARIABLE', `%${name.value} is defined already`, at);
    around.defined = new Map([...around.defined, [name.value, given]]);
    return input;
  }

  #isKind(operand: Kind): Kind {
    return operand.types?.size === 0 ? noItems : boolean;
  }

  /** The items that are of a type. */
  #narrowed(kind: Kind, { namespace, name }: TypeSpecifier, by: 'ofType' | 'as' | 'operator', at: Position): Kind {
    const type = namespace === 'System' || typeOf(name) === undefined ? `System.${name}` : name;
    const isPossible = mayBe(kind, (each) => isSubtype(each, type) || isSubtype(type, each) || isConverted(each, type));
    if (!isPossible && by !== 'operator') {
      const text = `${by}(${name}) gives nothing of ${nameOfKind(kind)}`;
      this.#report('FHIRPATH_OFTYPE_IMPOSSIBLE', text, at, 'warning');
    }
    return { ...kind, types: new Set([type]), isMany: by === 'ofType' && kind.isMany };
  }

  #binary({ operator, left, right, at }: Expression & { kind: 'binary' }, around: Around): Kind {
    const [a, b] = [this.#kind(left, inner(around, around.focus)), this.#kind(right, inner(around, around.focus))];
    this.#doubt(countsOfOperator(operator, a, b), at);
    switch (operator) {
      case '|':
        return both(a, b);
      case '&':
        return single('System.String');
      case '+':
      case '-':
      case '*':
      case '/':
      case 'div':
      case 'mod':
        return this.#calculated(operator, a, b, at);
      case '=':
      case '!=':
      case '~':
      case '!~':
      case '<':
      case '<=':
      case '>':
      case '>=':
      case 'in':
      case 'contains':
      case 'and':
      case 'or':
      case 'xor':
      case 'implies':
        return boolean;
    }
  }

  #calculated(operator: BinaryOperator, a: Kind, b: Kind, at: Position): Kind {
    const found = calculated(operator, a, b);
    if ('kind' in found) return found.kind;
    this.#report(found.fault, sidesOf(operator, a, b), at);
    return anything;
  }

  #argument(of: string, n: number, wanted: Group | 'any', given: Kind, at: Position): void {
    if (wanted === 'any' || mayBe(given, groups[wanted])) return;
    this.#reportArgument(of, n, given, at);
  }

  #reportArgument(of: string, n: number, given: Kind, at: Position): void {
    this.#report('FHIRPATH_PARAM_WRONG', `${of} takes no ${nameOfKind(given)} as argument ${n}`, at);
  }

  #requireOrder({ isOrdered, types }: Kind, of: string, at: Position): void {
    if (isOrdered || types?.size === 0) return;
    this.#report('FHIRPATH_ORDERED_ONLY', `${of} needs items in an order, and these have none`, at);
  }

  #doubt(findings: readonly CountFinding[], at: Position): void {
    for (const { id, text } of findings) this.#report(id, text, at, 'warning');
  }

  #report(id: string, text: string, at: Position, severity: TypeFinding['severity'] = 'error'): void {
    this.findings.push({ severity, id, text, at });
  }
}

/** The context of an argument: definitions in it are local. */
function inner({ total, defined, definesAny }: Around, focus: Kind, hasOwnTotal = false): Around {
  return { focus, total: hasOwnTotal ? anything : total, defined, definesAny };
}

/** An item of several. */
function one(kind: Kind): Kind {
  return { ...kind, isMany: false };
}

const wholeNumbers = new Set(['integer', 'positiveInt', 'unsignedInt', 'integer64', 'System.Integer', 'System.Long']);

function isWhole({ types }: Kind): boolean {
  return types !== undefined && types.size > 0 && [...types].every((type) => wholeNumbers.has(type));
}

/** `ofType(String)` takes a FHIR `code`, too. */
function isConverted(type: string, system: string): boolean {
  return system.startsWith('System.') && (groups.primitive(type) || isOpen(type));
}
