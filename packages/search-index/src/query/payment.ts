/** Payment for parsing a search and running it, by the size of the request. */
import type { Budget } from '@dhp/budget';
import type { GivenParameter } from '@dhp/fhir-search';
import type { Condition } from '../condition/condition.ts';
import type { SearchQuery } from './search-query.ts';

/** Units of reading a parameter; it may be unknown, and is compared with all there are then. */
const unitsOfParameter = 60;
/** Characters that are read for one unit. */
const charactersOfUnit = 8;
/** Units of a condition: its part of the plans that are weighed, of the statement, and of carrying that out. */
const unitsOfCondition = 100;
/** Units of an inclusion or a key of the order, which are in a statement for each type that they lead to. */
const unitsOfRule = 100;

/** To be paid before they are read. @throws BudgetSpent */
export function payForParameters(parameters: readonly GivenParameter[], budget: Budget | undefined): void {
  if (budget === undefined) return;
  let units = 0;
  for (const [name, value] of parameters) units += unitsOfParameter + (name.length + value.length) / charactersOfUnit;
  budget.spend(units, place);
}

/** @throws BudgetSpent */
export function payForQuery({ branches, sort, includes }: SearchQuery, budget: Budget | undefined): void {
  if (budget === undefined) return;
  budget.spend(unitsOfRule * (sort.length + includes.length), place);
  for (const { where } of branches) payForCondition(where, budget);
}

/** @throws BudgetSpent */
export function payForCondition(condition: Condition, budget: Budget | undefined): void {
  budget?.spend(unitsOfCondition * sizeOf(condition), place);
}

/** Number of conditions, including nested ones, and of listed values. Conditions that lead to other resources count as many. */
function sizeOf(condition: Condition): number {
  if ('of' in condition) {
    const parts: readonly Condition[] = Array.isArray(condition.of) ? condition.of : [condition.of as Condition];
    const first = condition.op === 'repetition' ? conditionsOfRepetition : 1;
    return parts.reduce((size, part) => size + sizeOf(part), first);
  }
  if (condition.op === 'referred') return conditionsOfReferred + sizeOf(condition.where);
  if (condition.op === 'refers') return conditionsOfRefers + sizeOf(condition.where);
  return 'any' in condition ? 1 + condition.any.length / valuesOfCondition : 1;
}

/** All values of a row are compared by their repetition. */
const conditionsOfRepetition = 8;
/** `_has` may look at each resource of a type that refers to another one. */
const conditionsOfReferred = 100;
/** A chain looks for the resources that are led to, before or after the rest. */
const conditionsOfRefers = 20;
/** Values of a list, which are looked up together, cost less than separate conditions. */
const valuesOfCondition = 4;

const place = 'the parameters of a search';
