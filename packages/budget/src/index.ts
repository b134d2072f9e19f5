/** @dhp/budget: what one piece of work may cost, counted while it is done; and when it lets others have their turn. */
export { Budget, BudgetSpent, type Limits, type Measure } from './budget.ts';
export { createPauses } from './pauses.ts';
