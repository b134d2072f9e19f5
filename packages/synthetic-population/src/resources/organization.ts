import type { ExtendedContactDetail, HealthcareService, Location, Organization } from '@dhp/fhir-model';
import { coding, concept, identifier, meta, national, quantity, sid, systems, translation } from '../codes.ts';
import { healthDepartment, insuranceFund, ministry, type Facility } from '../facilities.ts';
import { facilityTables } from '../tables/facilities.ts';
import { regions, streets, type Region } from '../tables/places.ts';

const profile = meta(national('uz-core-organization'));

function idOf(reference: { reference?: string }): string {
  return reference.reference!.slice(reference.reference!.indexOf('/') + 1);
}

/** Nine digits that begin with 000: no tax number does, so they are no company's. */
function taxNumber(number: number): string {
  return String(number).padStart(9, '0');
}

function taxIdentifier(number: number) {
  return identifier(sid('org/uz/soliq'), taxNumber(number), 'TAX', { use: 'official', display: 'Tax ID number' });
}

function contact(region: Region, number: number): ExtendedContactDetail {
  const [street] = streets[number % streets.length]!;
  return {
    telecom: [
      { system: 'phone', value: `+998${region.phone}000${String(number % 10_000).padStart(4, '0')}`, use: 'work' },
    ],
    address: {
      line: [`${street} ko'chasi, ${1 + (number % 90)}-uy`],
      district: region.districts[0]!.code,
      state: region.code,
      country: 'UZ',
    },
  };
}

/** The bodies above the institutions: ministry, insurance fund (the payer), a health department per region. */
export function* authorities(): Generator<Organization> {
  const capital = regions.find(({ code }) => code === '1726')!;
  const type = (subordination: string, display: string): Organization['type'] => [
    {
      coding: [
        coding(systems.national('organizational-subordination-group-cs'), subordination, display),
        coding(systems.national('organizational-structure-cs'), '911', 'Sogʻliqni saqlash (vazirligi) boshqarmasi'),
      ],
    },
  ];
  yield {
    resourceType: 'Organization',
    id: idOf(ministry),
    meta: profile,
    identifier: [taxIdentifier(1)],
    active: true,
    type: type('I_1', 'Respublika tassarufidagi muassasalari')!,
    name: "O'zbekiston Respublikasi Sog'liqni saqlash vazirligi",
    _name: { extension: [translation('ru', 'Министерство здравоохранения Республики Узбекистан')] },
    contact: [contact(capital, 1)],
  };
  yield {
    resourceType: 'Organization',
    id: idOf(insuranceFund),
    meta: profile,
    identifier: [taxIdentifier(2)],
    active: true,
    type: [concept(systems.hl7('organization-type'), 'pay', 'Payer')],
    name: insuranceFund.display!,
    _name: { extension: [translation('ru', 'Государственный фонд медицинского страхования')] },
    contact: [contact(capital, 2)],
  };
  for (const [index, region] of regions.entries()) {
    yield {
      resourceType: 'Organization',
      id: idOf(healthDepartment(index)),
      meta: profile,
      extension: [
        {
          url: national('coverage-area'),
          valueCodeableConcept: concept(systems.national('states-cs'), region.code, region.name),
        },
      ],
      identifier: [taxIdentifier(10 + index)],
      active: true,
      type: type('I_2', 'Hududiy boshqaruv tarkibidagi')!,
      name: `${region.title} sog'liqni saqlash boshqarmasi`,
      _name: { extension: [translation('ru', `Управление здравоохранения, ${region.russian}`)] },
      contact: [contact(region, 10 + index)],
      partOf: ministry,
    };
  }
}

export function organization(facility: Facility): Organization {
  const table = facilityTables[facility.kind];
  const number = 100 + facility.number;
  const group = (system: string, [code, display]: readonly [string, string]) =>
    coding(systems.national(system), code, display);
  return {
    resourceType: 'Organization',
    id: idOf(facility.organization),
    meta: profile,
    identifier: [
      taxIdentifier(number),
      identifier(sid('org/uz/argos'), String(900_000 + number), 'XX', {
        use: 'official',
        display: 'Organization Identifier',
      }),
      {
        ...identifier(sid('org/uz/shif'), `ZZZ${String(number).padStart(6, '0')}`, 'PRN', {
          use: 'official',
          display: 'Provider number',
        }),
        period: { start: '2021-01-01' },
        assigner: insuranceFund,
      },
    ],
    active: true,
    type: [
      {
        coding: [
          group('organizational-subordination-group-cs', table.subordination),
          group('nomenclature-group-cs', table.nomenclature),
          group('organizational-structure-cs', table.structure),
          group('organizational-service-group-cs', table.service),
          group('organization-grouping-uz-cs', table.grouping),
        ],
      },
    ],
    name: facility.name,
    _name: { extension: [translation('ru', facility.russian)] },
    contact: [contact(facility.region, number)],
    partOf: healthDepartment(facility.regionIndex),
  };
}

export function location(facility: Facility): Location {
  const [code, name, russian] = facilityTables[facility.kind].department;
  const { region, number } = facility;
  const away = (step: number): number => Math.round(((number * step) % 97) - 48) / 1000;
  return {
    resourceType: 'Location',
    id: idOf(facility.location),
    meta: meta(national('uz-core-location')),
    identifier: [
      {
        use: 'official',
        type: concept(systems.national('location-kinds-cs'), 'Branch', "Bo'limi"),
        system: 'https://dhp.uz/fhir/core/NamingSystem/location-unit',
        value: String(100_000 + number),
      },
    ],
    status: 'active',
    name,
    _name: { extension: [translation('ru', russian)] },
    mode: 'instance',
    ...(code !== undefined && { type: [concept(systems.national('location-types-cs'), code, name)] }),
    address: {
      use: 'work',
      type: 'physical',
      district: region.districts[0]!.code,
      state: region.code,
      country: 'UZ',
    },
    position: {
      longitude: Math.round((region.longitude + away(31)) * 1000) / 1000,
      latitude: Math.round((region.latitude + away(17)) * 1000) / 1000,
    },
    managingOrganization: facility.organization,
  };
}

/** Returns the service that the institution offers. The state pays for it, except in pharmacies. */
export function healthcareService(facility: Facility): HealthcareService {
  const laboratory = facility.kind === 'laboratory';
  const payment =
    facility.kind === 'pharmacy'
      ? (['paytype-0001-0002', 'Pullik'] as const)
      : (['paytype-0001-0004', 'Davlat tarifi'] as const);
  return {
    resourceType: 'HealthcareService',
    id: idOf(facility.service),
    meta: meta(national('uz-core-healthcareservice')),
    ...(laboratory && {
      extension: [{ url: national('turnaround-time'), valueDuration: quantity(4, 'soat', 'h') }],
    }),
    active: true,
    providedBy: facility.organization,
    ...(laboratory && {
      category: [concept(systems.national('lab-categories-cs'), 'lab-category-01', 'Umum klinik tahlillar')],
      type: [concept(systems.national('lab-pan-cs'), 'lab-pan-E', 'Umumiy qon tahlili')],
    }),
    location: [facility.location],
    name: facilityTables[facility.kind].department[1],
    _name: { extension: [translation('ru', facilityTables[facility.kind].department[2])] },
    characteristic: [concept(systems.national('payment-type-cs'), payment[0], payment[1])],
  };
}
