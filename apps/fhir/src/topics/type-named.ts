/** Types of resources as topics and subscriptions name them. https://hl7.org/fhir/R5/subscriptiontopic-definitions.html#SubscriptionTopic.resourceTrigger.resource */
import { endpointTypes } from '../endpoint-types.ts';
import { nearest } from '../http/nearest.ts';
import { shown } from './json.ts';

const definitions = 'http://hl7.org/fhir/StructureDefinition/';

/** The type from a URL, or from its name, which is relative to the definitions of R5; undefined for a type that is not stored here. */
export function typeNamed(resource: unknown): string | undefined {
  const name = nameOf(resource);
  return endpointTypes.includes(name) ? name : undefined;
}

/** The sentence that says which type would be right. */
export function whichType(resource: unknown): string {
  const near = nearest(nameOf(resource).slice(0, 60), endpointTypes);
  const meant = near.length === 0 ? '' : `. Did you mean ${near.join(' or ')}?`;
  return `a resource type of R5, by its name or as ${definitions}Encounter, not ${shown(resource)}${meant}`;
}

function nameOf(resource: unknown): string {
  const text = typeof resource === 'string' ? resource : '';
  return text.startsWith(definitions) ? text.slice(definitions.length) : text;
}
