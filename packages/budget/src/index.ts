/** @dhp/budget: what one piece of work may cost, counted while it is done. */
export { Budget, BudgetSpent, type Limits, type Measure } from './budget.ts';
