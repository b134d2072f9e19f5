import { conditionalCreate } from '../conditional/create.ts';
import { answerCreate, prepareCreate } from './creation.ts';
import { headerOf, type Interaction } from './interaction.ts';

/**
 * A new resource under an id of the server; an id in the body is ignored, as FHIR says.
 * https://hl7.org/fhir/R5/http.html#create
 */
export const create: Interaction = async (services, call) => {
  const criteria = headerOf(call, 'if-none-exist');
  if (criteria !== undefined) return conditionalCreate(services, call, criteria);
  return answerCreate(services, call, await services.store.create(prepareCreate(services, call)));
};
