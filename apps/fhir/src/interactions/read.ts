import { requireCurrent } from './current.ts';
import { contentOrKnown } from '../http/respond.ts';
import type { Interaction } from '../contract/interaction.ts';

/** The current version of a resource. https://hl7.org/fhir/R5/http.html#read */
export const read: Interaction = async ({ store }, { type, id, headers }) => {
  const version = await store.read(type, id);
  requireCurrent(version, type, id);
  return contentOrKnown(version, headers);
};
