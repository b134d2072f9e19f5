/**
 * The table of a patient's read and write rights, as docs/api-access.md shows it. `node apps/fhir/src/patient-access-doc.ts --write`
 * updates it; a test compares the two.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { patientCompartmentPaths, type CompartmentPath } from '@dhp/fhir-model/compartment';
import {
  keptElementsOfPatient,
  notWrittenByPatients,
  patientAccess,
  recordTypes,
  subjectsOutsideCompartment,
  type PlaceRole,
} from './access/patient-access.ts';
import { table } from './errors-doc.ts';

const target = new URL('../../../docs/api-access.md', import.meta.url);
const section = /(?<=<!-- patient-access: begin -->\n)[\s\S]*(?=\n<!-- patient-access: end -->)/;

/** The section as it is in the document. */
export function writtenSection(): string {
  return section.exec(readFileSync(target, 'utf8'))?.[0] ?? '';
}

/** The section as the table says. */
export function patientAccessSection(): string {
  const rows = [...patientAccess.keys()].filter((type) => type !== 'Patient').map(rowOf);
  const kept = [...keptElementsOfPatient].map(([element, why]) => [`\`${element}\``, why]);
  return [
    '',
    table([['Type', 'A write must name the patient in', 'and no other patient in', 'Notes'], ...rows]),
    '',
    'Of the own Patient these are not changed by a patient:',
    '',
    table([['Element', 'Since'], ...kept]),
    '',
  ].join('\n');
}

function rowOf(type: string): string[] {
  const refused = notWrittenByPatients.get(type);
  const note =
    refused !== undefined
      ? `read only: ${refused}`
      : recordTypes.has(type)
        ? 'by a scope that names the type; never changed or deleted'
        : '';
  if (refused !== undefined) return [type, '', '', note];
  return [type, placesOf(type, 'owner'), placesOf(type, 'named', subjectsOutsideCompartment.get(type)), note];
}

function placesOf(type: string, role: PlaceRole, more: readonly CompartmentPath[] = []): string {
  const places = patientCompartmentPaths(type).filter(({ param }) => patientAccess.get(type)?.get(param) === role);
  places.push(...more);
  return places.map(({ path }) => `\`${path.join('.')}\``).join(', ');
}

if (import.meta.main && process.argv.includes('--write')) {
  writeFileSync(target, readFileSync(target, 'utf8').replace(section, patientAccessSection));
}
