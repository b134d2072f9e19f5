import { isObject, listOf, type Json } from '../json.ts';

/** The profiles that R5 demands of Observations by their LOINC code. https://hl7.org/fhir/R5/observation-vitalsigns.html */
const profiles: ReadonlyMap<string, string> = new Map([
  ['85353-1', 'vitalspanel'],
  ['9279-1', 'resprate'],
  ['8867-4', 'heartrate'],
  ['2708-6', 'oxygensat'],
  ['59408-5', 'oxygensat'],
  ['8310-5', 'bodytemp'],
  ['8302-2', 'bodyheight'],
  ['9843-4', 'headcircum'],
  ['29463-7', 'bodyweight'],
  ['39156-5', 'bmi'],
  ['85354-9', 'bp'],
]);

/** The vital signs profile that an Observation must meet; undefined when its code is none of those. */
export function vitalSignsProfile({ code }: Json): string | undefined {
  if (!isObject(code)) return undefined;
  for (const coding of listOf(code['coding'])) {
    if (!isObject(coding) || coding['system'] !== 'http://loinc.org') continue;
    const name = profiles.get(String(coding['code']));
    if (name !== undefined) return `http://hl7.org/fhir/StructureDefinition/${name}`;
  }
  return undefined;
}
