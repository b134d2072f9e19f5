/** @dhp/budget: limits of the cost of one piece of work, pauses for other work, and loading of missing data. */
export { Budget, BudgetSpent, type Limits, type Measure, createPauses } from './budget.ts';
export { inRounds, Loaded, NoProgress, Round, unitsOfALoad, type RoundsOptions, type Source } from './rounds.ts';
