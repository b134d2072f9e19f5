import type { PolicySet } from '@dhp/access-policies';
import type { Budget } from '@dhp/budget';
import { setOf } from '../access/known-policies.ts';
import { payForParsing } from '../http/cost.ts';

/** Reads a document of policies that is stored: the request pays for it. @throws BudgetSpent */
export function storedSet(text: string, budget: Budget): PolicySet {
  payForParsing(budget, text);
  return setOf(text);
}
