/** @dhp/budget: what one piece of work may cost, counted while it is done; when it lets others have their turn; what it lacks. */
export { Budget, BudgetSpent, type Limits, type Measure, createPauses } from './budget.ts';
export { inRounds, Loaded, NoProgress, Round, unitsOfALoad, type RoundsOptions, type Source } from './rounds.ts';
