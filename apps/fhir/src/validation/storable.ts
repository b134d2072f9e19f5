/** Resources that are refused whatever profile they meet, since storing them would lose or pretend something. */
import { failure, type Failure } from '../http/errors.ts';

type Json = Readonly<Record<string, unknown>>;

/** The failure that a write of the resource ends in; undefined for one that may be stored. */
export function notStorable(resource: Json): Failure | undefined {
  return subsetted(resource);
}

/** v3-ObservationValue, and its name before R4. */
const subsettedSystems = [
  'http://terminology.hl7.org/CodeSystem/v3-ObservationValue',
  'http://hl7.org/fhir/v3/ObservationValue',
];

/**
 * A part of a resource, as `_summary` and `_elements` give it: put in the place of the whole, it would delete the rest.
 * https://hl7.org/fhir/R5/search.html#summary
 */
function subsetted({ resourceType, meta }: Json): Failure | undefined {
  const tags = isObject(meta) && Array.isArray(meta['tag']) ? (meta['tag'] as unknown[]) : [];
  const at = tags.findIndex(
    (tag) => isObject(tag) && tag['code'] === 'SUBSETTED' && subsettedSystems.includes(String(tag['system'])),
  );
  if (at < 0) return undefined;
  const type = String(resourceType);
  const diagnostics =
    'The tag SUBSETTED says that this is a part of the resource, as an answer with _summary or _elements has it. ' +
    'Storing it would lose what was left out: read the whole resource, change that and send it.';
  return failure('resource-subsetted', { type }, { diagnostics, expression: `${type}.meta.tag[${at}]` });
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
