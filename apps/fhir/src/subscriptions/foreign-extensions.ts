/**
 * Extensions by which a Subscription expresses an element of R5, or of another version of FHIR. They would be stored without effect: a
 * filter in such an extension would let everything through. https://hl7.org/fhir/R5/versions.html#extensions
 */
import type { Fault } from './channel.ts';

type Json = Readonly<Record<string, unknown>>;

/** Elements of Subscription in other versions of FHIR, and elements of R5 as the backport guide for R4 defines them. */
const foreign = [
  /^http:\/\/hl7\.org\/fhir\/\d+\.\d+\/StructureDefinition\/extension-Subscription(?:\.|$)/,
  /^http:\/\/hl7\.org\/fhir\/uv\/subscriptions-backport\/StructureDefinition\//,
];

/** Depth to which a resource is examined: none of its elements is nested deeper. */
const deepest = 12;

/** A fault for each such extension, with its place. */
export function foreignExtensions(resource: Json): Fault[] {
  const faults: Fault[] = [];
  const look = (value: unknown, place: string, depth: number): void => {
    if (depth > deepest || typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      value.forEach((one, n) => {
        look(one, `${place}[${n}]`, depth + 1);
      });
      return;
    }
    const { url } = value as Json;
    if (/\.(?:modifierE|e)xtension\[\d+\]$/.test(place) && foreign.some((each) => each.test(String(url))))
      faults.push({
        place,
        message: `the elements of R5 alone count here: leave out ${String(url).slice(0, 200)}, and write the element that it stands for`,
      });
    for (const [name, member] of Object.entries(value)) look(member, `${place}.${name.replace(/^_/, '')}`, depth + 1);
  };
  look(resource, 'Subscription', 0);
  return faults;
}
