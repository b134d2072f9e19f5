import { demoPractitionerId } from './demo.ts';
import type { Reference } from '@dhp/fhir-model';
import { reference } from './codes.ts';
import { purpose, uuidOf } from './identity.ts';
import { facilityTables, type FacilityKind, type Position } from './tables/facilities.ts';
import { regions, type Region } from './tables/places.ts';

/**
 * Institutions and their staff are the same in every population, whatever its seed; only their number grows: each region has one hospital,
 * laboratory and pharmacy, and for every {@link patientsPerGeneration} patients of the country one more family polyclinic.
 */
export const patientsPerGeneration = 5000;

export const demoRegion = regions.findIndex(({ code }) => code === '1726');

export interface StaffMember {
  /** Running number in the whole country, from which name and numbers follow. */
  readonly number: number;
  readonly position: Position;
  readonly practitioner: Reference;
  readonly role: Reference;
}

export interface Facility {
  readonly kind: FacilityKind;
  readonly region: Region;
  readonly regionIndex: number;
  readonly generation: number;
  /** Running number in the whole country. */
  readonly number: number;
  readonly name: string;
  readonly russian: string;
  readonly organization: Reference;
  readonly location: Reference;
  readonly service: Reference;
  readonly staff: readonly StaffMember[];
}

const kinds: readonly FacilityKind[] = ['hospital', 'laboratory', 'pharmacy', 'polyclinic'];

/** Ids of the ministry, the health insurance fund and the 14 health departments. */
export const ministry = reference('Organization', uuidOf(purpose.facility, 900));
export const insuranceFund = reference(
  'Organization',
  uuidOf(purpose.facility, 901),
  "Davlat tibbiy sug'urtasi jamg'armasi",
);

export function healthDepartment(regionIndex: number): Reference {
  return reference('Organization', uuidOf(purpose.facility, 902, regionIndex));
}

/** A facility by its kind, region and generation (0 for all but polyclinics): references only, cheap to make. */
export function facilityOf(kind: FacilityKind, regionIndex: number, generation: number): Facility {
  const table = facilityTables[kind];
  const region = regions[regionIndex]!;
  const number = (generation * kinds.length + kinds.indexOf(kind)) * regions.length + regionIndex;
  const id = (part: number): string => uuidOf(purpose.facility, number, part);
  const ordinal = kind === 'polyclinic' ? `${generation + 1}-son ` : '';
  const name = `${region.title} ${ordinal}${table.name[0]}`;
  return {
    kind,
    region,
    regionIndex,
    generation,
    number,
    name,
    russian: `${table.name[1]}${ordinal && ` №${generation + 1}`}, ${region.russian}`,
    organization: reference('Organization', id(0), name),
    location: reference('Location', id(1)),
    service: reference('HealthcareService', id(2)),
    staff: table.staff.map((position, index) => staffMember(position, number * 8 + index)),
  };
}

function staffMember(position: Position, number: number): StaffMember {
  const isDemo = number === demoStaffNumber;
  return {
    number,
    position,
    practitioner: reference('Practitioner', isDemo ? demoPractitionerId : uuidOf(purpose.staff, number, 0)),
    role: reference('PractitionerRole', uuidOf(purpose.staff, number, 1)),
  };
}

const demoStaffNumber = (kinds.indexOf('polyclinic') * regions.length + demoRegion) * 8;

/** The facilities that are added with a generation: the first brings all kinds, later ones polyclinics. */
export function* facilitiesOf(generation: number): Generator<Facility> {
  for (let region = 0; region < regions.length; region++) {
    for (const kind of kinds) {
      if (generation === 0 || kind === 'polyclinic') yield facilityOf(kind, region, generation);
    }
  }
}

/** The four institutions that look after a patient. */
export interface CareNetwork {
  readonly polyclinic: Facility;
  readonly hospital: Facility;
  readonly laboratory: Facility;
  readonly pharmacy: Facility;
}

/** Networks by region for the current generation: built once, not once for each patient; never more than 14 are kept. */
export class CareNetworks {
  #generation = -1;
  #networks: (CareNetwork | undefined)[] = [];

  of(regionIndex: number, patientIndex: number): CareNetwork {
    const generation = Math.floor(patientIndex / patientsPerGeneration);
    if (generation !== this.#generation) {
      this.#generation = generation;
      this.#networks = [];
    }
    return (this.#networks[regionIndex] ??= {
      polyclinic: facilityOf('polyclinic', regionIndex, generation),
      hospital: facilityOf('hospital', regionIndex, 0),
      laboratory: facilityOf('laboratory', regionIndex, 0),
      pharmacy: facilityOf('pharmacy', regionIndex, 0),
    });
  }
}
