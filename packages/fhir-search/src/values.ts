/** The side door to how values are read that searches and resources have in common. */
export { alternativesOf } from './query/words.ts';
export { dateBounds } from './values/date-bounds.ts';
export { dateIn, periodBounds, type PeriodBounds } from './values/period-bounds.ts';
