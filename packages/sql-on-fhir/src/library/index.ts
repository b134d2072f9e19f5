/** @dhp/sql-on-fhir/library: twenty views of national statistics, with the counts for a chart of each. Data alone, without an engine. */
import { viewsOfCare } from './care.ts';
import type { NationalView } from './national-view.ts';
import { viewsOfPeople } from './people.ts';
import { viewsOfServices } from './services.ts';

export type { NationalDefinition, NationalView, Tally } from './national-view.ts';

/** In the order of display. */
export const nationalViews: readonly NationalView[] = [...viewsOfPeople, ...viewsOfCare, ...viewsOfServices];
