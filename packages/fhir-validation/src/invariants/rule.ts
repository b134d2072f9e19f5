import { BudgetSpent } from '@dhp/budget';
import { compile, FhirPathError, type CompiledPath, type EvaluationEnvironment } from '@dhp/fhirpath';
import { isObject, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { byHand, neededByHand, plainlyHolds } from './by-hand.ts';
import type { EncodedRule } from './encoding.ts';
import { guardOf } from './guard.ts';

/** Whether a rule holds. An empty result means that it does not, as in the reference validator and the published examples. */
export type Holds = (value: unknown, sibling: Json | undefined, run: Run) => boolean;

export interface Rule extends EncodedRule {
  readonly holds: Holds;
  /** Returns the compiled rule. `holds` calls it on first use. */
  readonly compiled: () => Compiled;
}

/** A rule compiled for elements of one type. */
export interface Compiled {
  readonly holds: Holds;
  /** The members without which the rule holds and need not be evaluated; undefined for a rule that is always evaluated. */
  readonly needs: readonly string[] | undefined;
}

/** Returns an invariant for elements of one type: the hand-written implementation if there is one, otherwise the FHIRPath expression. */
export function compileRule(rule: EncodedRule, type: string): Rule {
  const hand = byHand.get(rule.expression);
  const needs = neededByHand.get(rule.expression);
  if (hand !== undefined) return { ...rule, holds: hand, compiled: () => ({ holds: hand, needs }) };
  const compiled = lazily(() => guarded(rule, type));
  const isPlain = plainlyHolds.get(rule.expression);
  if (isPlain === undefined) return ruleOf(rule, compiled);
  const holds: Holds = (value, sibling, run) =>
    !isObject(value) || isPlain(value) || compiled().holds(value, sibling, run);
  return { ...rule, holds, compiled: () => ({ holds, needs }) };
}

/** Compiled on first use, because a server never meets most types. */
function ruleOf(rule: EncodedRule, make: () => Compiled): Rule {
  const compiled = lazily(make);
  return { ...rule, compiled, holds: (value, sibling, run) => compiled().holds(value, sibling, run) };
}

function lazily<Made>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => (made ??= make());
}

function guarded({ expression, key }: EncodedRule, type: string): Compiled {
  let path: CompiledPath;
  try {
    path = compile(expression, { type, context: 'Invariant' });
  } catch (error) {
    if (!(error instanceof FhirPathError)) throw error;
    const { message } = error;
    return { holds: (_value, _sibling, run) => notEvaluated(key, message, run), needs: undefined };
  }
  const evaluate: Holds = (value, sibling, run) => {
    const environment = environmentOf(run);
    try {
      return path.test(value, sibling === undefined ? environment : { ...environment, sibling }) === true;
    } catch (error) {
      // A rule that cannot be evaluated for the present values (a date that does not exist) does not hold.
      if (error instanceof FhirPathError && error.kind === 'evaluation') return false;
      if (error instanceof FhirPathError) return notEvaluated(key, error.message, run);
      throw error instanceof BudgetSpent ? error.at(`the invariant ${key}`) : error;
    }
  };
  const needs = guardOf(path, type);
  if (needs === undefined) return { holds: evaluate, needs };
  const holds: Holds = (value, sibling, run) => {
    // A primitive may be present only through its extensions.
    const object = value as Json | undefined;
    for (const name of needs) if (object?.[name] !== undefined) return evaluate(value, sibling, run);
    return true;
  };
  return { holds, needs };
}

/** Reports a rule that could not be evaluated. This is no fault of the resource, so the rule counts as met. */
function notEvaluated(key: string, reason: string, run: Run): true {
  run.report('invariant-not-evaluated', { key, reason });
  return true;
}

export function environmentOf(run: Run): EvaluationEnvironment {
  return (run.environment ??= run.rules.environment(run));
}

/** Reports each rule that does not hold. */
export function checkRules(rules: readonly Rule[], value: unknown, sibling: Json | undefined, run: Run): void {
  run.spend(rules.length);
  for (const rule of rules) {
    if (rule.advice === true && !run.rules.advice) continue;
    if (!rule.holds(value, sibling, run)) {
      run.report('invariant', { key: rule.key, human: rule.human }, rule.severity);
    }
  }
}

/**
 * As `checkRules` for an object, limited to the rules whose bits are set; the lowest bit is the first rule. The caller charges the work.
 * @param holds the compiled rules
 */
export function checkSomeRules(
  rules: readonly Rule[],
  holds: readonly Holds[],
  bits: number,
  object: Json,
  run: Run,
): void {
  for (let i = 0, left = bits; left !== 0; i += 1, left >>= 1) {
    if ((left & 1) === 0) continue;
    const { advice, key, human, severity } = rules[i]!;
    if ((advice !== true || run.rules.advice) && !holds[i]!(object, undefined, run))
      run.report('invariant', { key, human }, severity);
  }
}
