/** @dhp/sql-on-fhir/library: twenty views of national statistics, with what a chart counts of each. Data alone: no engine comes with it. */
import { viewsOfCare } from './care.ts';
import type { NationalView } from './national-view.ts';
import { viewsOfPeople } from './people.ts';
import { viewsOfServices } from './services.ts';

export type { NationalDefinition, NationalView, Tally } from './national-view.ts';

/** In the order in which a library shows them. */
export const nationalViews: readonly NationalView[] = [...viewsOfPeople, ...viewsOfCare, ...viewsOfServices];
