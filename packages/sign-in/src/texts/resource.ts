// Made by `npm run messages` from messages/resource/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/resource/uz.json' with { type: 'json' };
import ru from '../../messages/resource/ru.json' with { type: 'json' };
import en from '../../messages/resource/en.json' with { type: 'json' };

export interface ResourceMessages {
  readonly Patient: string;
  readonly Observation: string;
  readonly Condition: string;
  readonly Encounter: string;
  readonly EpisodeOfCare: string;
  readonly Procedure: string;
  readonly Immunization: string;
  readonly ImmunizationRecommendation: string;
  readonly AllergyIntolerance: string;
  readonly MedicationRequest: string;
  readonly MedicationDispense: string;
  readonly MedicationStatement: string;
  readonly Medication: string;
  readonly DiagnosticReport: string;
  readonly ServiceRequest: string;
  readonly Specimen: string;
  readonly DocumentReference: string;
  readonly Composition: string;
  readonly Appointment: string;
  readonly CarePlan: string;
  readonly Consent: string;
  readonly Coverage: string;
  readonly Claim: string;
  readonly Task: string;
  readonly Questionnaire: string;
  readonly QuestionnaireResponse: string;
  readonly RelatedPerson: string;
  readonly Practitioner: string;
  readonly PractitionerRole: string;
  readonly Organization: string;
  readonly Location: string;
  readonly AuditEvent: string;
}

export const resourceMessages = readCatalogue<ResourceMessages>({ uz, ru, en });
