/** Packages whose content the platform has without installing them, with the version it was made from. */
export const builtInPackages: ReadonlyMap<string, string> = new Map([
  ['hl7.fhir.r5.core', '5.0.0'],
  ['hl7.fhir.r5.expansions', '5.0.0'],
  ['hl7.fhir.uv.extensions.r5', '5.3.0-ballot-tc1'],
  ['hl7.terminology.r5', '7.0.1'],
]);

/** The same content under other names: guides name these without the version of FHIR in them. */
const otherNames: Readonly<Record<string, string>> = {
  'hl7.fhir.uv.extensions': 'hl7.fhir.uv.extensions.r5',
  'hl7.terminology': 'hl7.terminology.r5',
};

/** The version that is built in of a package, undefined when none is. A dependency on any other version counts as met. */
export function builtInVersion(name: string): string | undefined {
  return builtInPackages.get(otherNames[name] ?? name);
}
