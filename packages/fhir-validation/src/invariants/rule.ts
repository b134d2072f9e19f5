import { BudgetSpent } from '@dhp/budget';
import { compile, FhirPathError, type CompiledPath, type Environment } from '@dhp/fhirpath';
import { isObject, type Json } from '../json.ts';
import type { Run } from '../run.ts';
import { byHand, plainlyHolds } from './by-hand.ts';
import type { EncodedRule } from './encoding.ts';
import { guardOf } from './guard.ts';

/** Whether a rule holds. What is empty in FHIRPath does not: the reference validator has it so, and the published examples. */
export type Holds = (value: unknown, sibling: Json | undefined, run: Run) => boolean;

export interface Rule extends EncodedRule {
  readonly holds: Holds;
}

/** An invariant made ready for elements of one type: written by hand where it is met most, else its FHIRPath compiled. */
export function compileRule(rule: EncodedRule, type: string): Rule {
  const isExempt = exempt.get(rule.key);
  if (isExempt === undefined) return compiledRule(rule, type);
  const { holds, ...rest } = compiledRule(rule, type);
  return { ...rest, holds: (value, sibling, run) => isExempt(run.resource) || holds(value, sibling, run) };
}

/** Resources that the text of a rule lets go, though its expression does not: for eld-20, logical models. */
const exempt: ReadonlyMap<string, (resource: Json) => boolean> = new Map(
  Object.entries<(resource: Json) => boolean>({ 'eld-20': ({ kind }) => kind === 'logical' }),
);

function compiledRule(rule: EncodedRule, type: string): Rule {
  const hand = byHand.get(rule.expression);
  if (hand !== undefined) return { ...rule, holds: hand };
  const compiled = lazily(() => guarded(rule, type));
  const isPlain = plainlyHolds.get(rule.expression);
  if (isPlain === undefined) return { ...rule, holds: compiled };
  return {
    ...rule,
    holds: (value, sibling, run) => !isObject(value) || isPlain(value) || compiled(value, sibling, run),
  };
}

/** Compiled when a value is met first: most types of a server's life never are. */
function lazily(make: () => Holds): Holds {
  let made: Holds | undefined;
  return (value, sibling, run) => (made ??= make())(value, sibling, run);
}

function guarded({ expression, key }: EncodedRule, type: string): Holds {
  let path: CompiledPath;
  try {
    path = compile(expression, { type, context: 'Invariant' });
  } catch (error) {
    if (!(error instanceof FhirPathError)) throw error;
    const { message } = error;
    return (_value, _sibling, run) => notEvaluated(key, message, run);
  }
  const evaluate: Holds = (value, sibling, run) => {
    const environment = environmentOf(run);
    try {
      return path.test(value, sibling === undefined ? environment : { ...environment, sibling }) === true;
    } catch (error) {
      // A rule that cannot be asked of the values at hand (a date that there is not) does not hold.
      if (error instanceof FhirPathError && error.kind === 'evaluation') return false;
      if (error instanceof FhirPathError) return notEvaluated(key, error.message, run);
      throw error instanceof BudgetSpent ? error.at(`the invariant ${key}`) : error;
    }
  };
  const names = guardOf(path, type);
  if (names === undefined) return evaluate;
  return (value, sibling, run) => {
    const object = value as Json;
    for (const name of names) if (object[name] !== undefined) return evaluate(value, sibling, run);
    return true;
  };
}

/** Tells that a rule could not be asked, which is no fault of the resource. */
function notEvaluated(key: string, reason: string, run: Run): true {
  run.report('invariant-not-evaluated', { key, reason });
  return true;
}

export function environmentOf(run: Run): Environment {
  return (run.environment ??= run.rules.environment(run));
}

/** Reports every rule that does not hold. */
export function checkRules(rules: readonly Rule[], value: unknown, sibling: Json | undefined, run: Run): void {
  run.spend(rules.length);
  for (const rule of rules) {
    if (rule.advice === true && !run.rules.advice) continue;
    if (!rule.holds(value, sibling, run)) {
      run.report('invariant', { key: rule.key, human: rule.human }, rule.severity);
    }
  }
}
