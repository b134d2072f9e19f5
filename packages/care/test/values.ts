/** Resources with care relations, for tests. */
import type { CareMeans } from '../src/index.ts';

export const means: CareMeans = { timeZone: 'Asia/Tashkent', ownBases: ['https://fhir.example/base'] };
const to = (reference: string): object => ({ reference });
const subject = to('Patient/1');
const doctor = to('Practitioner/2');

/** A resource of each kind of link, with the elements that a case is about. */
export const kinds: Readonly<Record<string, (members?: object) => Record<string, unknown>>> = {
  'participant of a visit': (members) => ({
    ...{ resourceType: 'Encounter', status: 'in-progress', subject, participant: [{ actor: doctor }] },
    ...members,
  }),
  'provider of a visit': (members) => ({
    ...{ resourceType: 'Encounter', status: 'in-progress', subject, serviceProvider: to('Organization/7') },
    ...members,
  }),
  'team of a visit': (members) => ({
    ...{ resourceType: 'Encounter', status: 'in-progress', subject, careTeam: [to('CareTeam/3')] },
    ...members,
  }),
  'manager of an episode': (members) => ({
    ...{ resourceType: 'EpisodeOfCare', status: 'active', patient: subject, careManager: doctor },
    ...members,
  }),
  'team of an episode': (members) => ({
    ...{ resourceType: 'EpisodeOfCare', status: 'active', patient: subject, careTeam: [to('CareTeam/3')] },
    ...members,
  }),
  'organisation of an episode': (members) => ({
    ...{
      resourceType: 'EpisodeOfCare',
      status: 'active',
      patient: subject,
      managingOrganization: to('Organization/7'),
    },
    ...members,
  }),
  'member of a team': (members) => ({
    ...{ resourceType: 'CareTeam', status: 'active', subject, participant: [{ member: doctor }] },
    ...members,
  }),
  'general practitioner': (members) => ({
    ...{ resourceType: 'Patient', generalPractitioner: [doctor] },
    ...members,
  }),
  'managing organisation': (members) => ({
    ...{ resourceType: 'Patient', managingOrganization: to('Organization/7') },
    ...members,
  }),
  'performer of a request': (members) => ({
    ...{ resourceType: 'ServiceRequest', status: 'active', subject, performer: [doctor] },
    ...members,
  }),
  'requester of a request': (members) => ({
    ...{ resourceType: 'ServiceRequest', status: 'active', subject, requester: doctor },
    ...members,
  }),
  'owner of a task': (members) => ({
    ...{ resourceType: 'Task', status: 'accepted', for: subject, owner: doctor },
    ...members,
  }),
  'requester of a task': (members) => ({
    ...{ resourceType: 'Task', status: 'accepted', for: subject, requester: doctor },
    ...members,
  }),
  'participant of an appointment': (members) => ({
    ...{ resourceType: 'Appointment', status: 'booked' },
    participant: [
      { actor: doctor, status: 'accepted' },
      { actor: subject, status: 'accepted' },
    ],
    ...members,
  }),
};
