/** Whether a change fires a topic. https://hl7.org/fhir/R5/subscriptiontopic.html#resource-trigger */
import { Budget, BudgetSpent } from '@dhp/budget';
import { FhirPathError } from '@dhp/fhirpath';
import { scopeOfRows, type State, type TopicChange } from './change.ts';
import { isMet } from './told.ts';
import type { CompiledTopic, Criteria, QueryCriteria, Trigger } from './topic.ts';

export interface Verdict {
  /** `number` of the first trigger that fires; undefined if none fires. Several that fire make one event. */
  readonly trigger: number | undefined;
  /**
   * Why a criterion could not be evaluated on this change: the expression does not suit the data, or there is too much data. Its trigger
   * has not fired.
   */
  readonly failure: string | undefined;
}

/** Units of work of an expression on one change. */
const mostWork = 100_000;
const scopeOfExpressions = 'trigger';

/**
 * The cost is bounded by the number of triggers and `mostWork`, besides the index rows, which are made once per change.
 * @throws BudgetSpent if the whole budget is spent
 */
export function fires({ triggers }: CompiledTopic, change: TopicChange, budget?: Budget): Verdict {
  let failure: string | undefined;
  for (const trigger of triggers.get(change.type) ?? []) {
    if (!trigger.interactions.has(change.interaction)) continue;
    const found = judged(trigger, change, budget);
    if (found === true) return { trigger: trigger.number, failure };
    if (found !== false) failure ??= found;
  }
  return { trigger: undefined, failure };
}

/** Whether the previous version is needed, to judge the change or to describe a deletion. */
export function asksPrevious(
  { triggers }: CompiledTopic,
  { type, interaction }: Pick<TopicChange, 'type' | 'interaction'>,
): boolean {
  if (interaction === 'create') return false;
  const meant = (triggers.get(type) ?? []).filter((trigger) => trigger.interactions.has(interaction));
  return meant.some((trigger) => trigger.asksPrevious || interaction === 'delete');
}

function judged({ query, path }: Trigger, change: TopicChange, budget: Budget | undefined): boolean | string {
  try {
    if (query !== undefined && !meetsQuery(query, change)) return false;
    if (path === undefined) return true;
    const limits = { work: mostWork };
    const work = budget?.part(limits, scopeOfExpressions) ?? new Budget(limits, scopeOfExpressions);
    const variables = { previous: change.previous?.resource, current: change.current?.resource };
    const environment = { variables, work, now: change.at, zoneOffset: change.zoneOffset() };
    return path.test(change.told?.resource, environment) === true;
  } catch (error) {
    if (error instanceof FhirPathError) return error.message;
    if (error instanceof BudgetSpent && [scopeOfExpressions, scopeOfRows].includes(error.scope)) return error.message;
    throw error;
  }
}

function meetsQuery(
  { previous, current, forCreate, forDelete, needsBoth }: QueryCriteria,
  change: TopicChange,
): boolean {
  const result = (criteria: Criteria | undefined, state: State | undefined, without: boolean): boolean[] =>
    criteria === undefined ? [] : [state === undefined ? without : isMet(criteria.condition, change.id, state.row())];
  const results = [...result(previous, change.previous, forCreate), ...result(current, change.current, forDelete)];
  return needsBoth ? results.every(Boolean) : results.some(Boolean);
}
