// Made by `npm run messages` from messages/patient/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/patient/uz.json' with { type: 'json' };
import ru from '../../messages/patient/ru.json' with { type: 'json' };
import en from '../../messages/patient/en.json' with { type: 'json' };

export interface PatientMessages {
  readonly title: string;
  readonly about: (values: { readonly client: MessageValue }) => string;
  readonly search: string;
  readonly hint: string;
  readonly birthDate: string;
  readonly find: string;
  readonly own: string;
  readonly found: (values: { readonly count: MessageValue }) => string;
  readonly more: string;
  readonly none: string;
  readonly noneCure: string;
  readonly tooLittle: string;
  readonly notPermitted: string;
  readonly unreachable: string;
  readonly born: string;
  readonly pinfl: string;
  readonly gender: {
    readonly male: string;
    readonly female: string;
  };
  readonly another: string;
  readonly chosen: string;
  readonly relationChanged: string;
  readonly relationChangedWhy: string;
  readonly relationChangedCure: string;
  readonly back: (values: { readonly client: MessageValue }) => string;
}

export const patientMessages = readCatalogue<PatientMessages>({ uz, ru, en });
