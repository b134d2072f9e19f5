import type { Expression, TypeSpecifier } from '../ast.ts';
import { asTypeSpecifier } from '../ast.ts';
import { bare, type Collection } from '../collection.ts';
import { FhirPathError, type FhirPathErrorKind, type Position } from '../errors.ts';
import { singleton, type Node } from '../node.ts';
import type { Scope } from '../scope.ts';
import { isNumber } from '../operators/system-value.ts';
import { Decimal } from '../values/decimal.ts';

/** One call of a function in an expression, its input and arguments compiled. */
export interface Call {
  readonly name: string;
  readonly at: Position;
  readonly input: Node;
  readonly args: readonly Node[];
  readonly expressions: readonly Expression[];
  /** Cost of evaluating all arguments once, in units of work. */
  readonly weight: number;
  /** Whether the expression is a search parameter's, where `as` selects the matching items out of several. */
  readonly lenientAs: boolean;
}

/** Definition of a function: the number of its arguments, and how a call becomes a node. */
export interface FunctionDefinition {
  readonly min: number;
  readonly max: number;
  /** The arguments that name types, which are not compiled. */
  readonly takesType?: true;
  readonly build: (call: Call) => Node;
}

export type FunctionTable = Readonly<Record<string, FunctionDefinition>>;

export function failure(
  call: Pick<Call, 'name' | 'at'>,
  message: string,
  kind: FhirPathErrorKind = 'evaluation',
): FhirPathError {
  return new FhirPathError(kind, `${call.name}(): ${message}`, call.at);
}

/** The type that an argument names. @throws FhirPathError `syntax` */
export function typeArgument(call: Call): TypeSpecifier {
  const expression = call.expressions[0]!;
  const type = asTypeSpecifier(expression);
  if (type === undefined) throw new FhirPathError('syntax', `${call.name}() needs the name of a type`, expression.at);
  return type;
}

/** The text that an argument gives; undefined when it is empty. @throws FhirPathError `evaluation` for another kind of value. */
export function stringArgument(call: Call, index: number, scope: Scope): string | undefined {
  const node = call.args[index];
  if (node === undefined) return undefined;
  const value = singleton(node.items(scope), call.at);
  if (value === undefined || typeof value === 'string') return value;
  throw failure(call, 'a string is expected as argument');
}

/** The whole number that an argument gives; undefined when it is empty. */
export function integerArgument(call: Call, index: number, scope: Scope): number | undefined {
  const node = call.args[index];
  if (node === undefined) return undefined;
  const value = singleton(node.items(scope), call.at);
  if (value === undefined) return undefined;
  const number = isNumber(value) ? Decimal.of(value).toNumber() : NaN;
  if (!Number.isInteger(number)) throw failure(call, 'an integer is expected as argument');
  return number;
}

/** The only item of the input as text; undefined if it is empty. */
export function stringInput(call: Call, scope: Scope): string | undefined {
  const value = singleton(call.input.items(scope), call.at);
  if (value === undefined || typeof value === 'string') return value;
  throw failure(call, 'the input is no string');
}

/** The values of booleans in a collection. @throws FhirPathError when one is no boolean. */
export function booleans(call: Call, items: Collection): boolean[] {
  return items.values.map((item) => {
    const value = bare(item);
    if (typeof value !== 'boolean') throw failure(call, 'the input is no boolean');
    return value;
  });
}
