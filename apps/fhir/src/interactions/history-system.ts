import { historyOf } from './history-type.ts';
import type { Interaction } from '../contract/interaction.ts';

/** The versions of all resources, in pages. https://hl7.org/fhir/R5/http.html#history */
export const historySystem: Interaction = (services, call) => historyOf(services, call, undefined);
