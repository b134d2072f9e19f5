// Made by `npm run messages` from messages/views/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/views/uz.json' with { type: 'json' };
import ru from '../../messages/views/ru.json' with { type: 'json' };
import en from '../../messages/views/en.json' with { type: 'json' };

export interface ViewsMessages {
  readonly about: string;
  readonly how: string;
  readonly all: string;
  readonly notRead: string;
  readonly own: {
    readonly open: string;
    readonly title: string;
    readonly about: string;
  };
  readonly subjects: {
    readonly people: string;
    readonly care: string;
    readonly prevention: string;
    readonly laboratory: string;
    readonly medicines: string;
    readonly services: string;
  };
  readonly chart: {
    readonly none: string;
    readonly cut: string;
    readonly counts: string;
    readonly medians: {
      readonly hours: string;
      readonly days: string;
    };
    readonly part: (values: { readonly count: MessageValue; readonly shown: MessageValue }) => string;
    readonly few: (values: { readonly least: MessageValue }) => string;
    readonly table: string;
    readonly csv: string;
    readonly sum: string;
    readonly more: (values: { readonly count: MessageValue }) => string;
    readonly nothing: string;
    readonly others: string;
  };
  readonly preview: {
    readonly title: string;
    readonly none: string;
    readonly all: (values: { readonly count: number }) => string;
    readonly first: (values: { readonly count: number }) => string;
    readonly noJson: string;
  };
  readonly columns: {
    readonly title: (values: { readonly count: number }) => string;
    readonly label: string;
    readonly name: string;
    readonly type: string;
    readonly path: string;
  };
  readonly downloads: {
    readonly title: string;
    readonly export: string;
    readonly hint: string;
  };
  readonly editor: {
    readonly title: string;
    readonly hint: string;
    readonly label: string;
    readonly preview: string;
  };
  readonly library: {
    readonly 'patients-by-region-and-age': {
      readonly title: string;
      readonly about: string;
    };
    readonly 'patients-by-age-and-sex': {
      readonly title: string;
      readonly about: string;
    };
    readonly 'births-by-year': {
      readonly title: string;
      readonly about: string;
    };
    readonly 'deaths-by-year': {
      readonly title: string;
      readonly about: string;
    };
    readonly 'visits-by-month': {
      readonly title: string;
      readonly about: string;
    };
    readonly 'hospital-stays': {
      readonly title: string;
      readonly about: string;
    };
    readonly 'diagnoses-by-icd-chapter': {
      readonly title: string;
      readonly about: string;
    };
    readonly 'diagnoses-by-year': {
      readonly title: string;
      readonly about: string;
    };
    readonly procedures: {
      readonly title: string;
      readonly about: string;
    };
    readonly allergies: {
      readonly title: string;
      readonly about: string;
    };
    readonly 'vaccinations-by-dose': {
      readonly title: string;
      readonly about: string;
    };
    readonly 'blood-pressure': {
      readonly title: string;
      readonly about: string;
    };
    readonly 'body-mass': {
      readonly title: string;
      readonly about: string;
    };
    readonly 'laboratory-turnaround': {
      readonly title: string;
      readonly about: string;
    };
    readonly 'laboratory-results': {
      readonly title: string;
      readonly about: string;
    };
    readonly 'laboratory-orders': {
      readonly title: string;
      readonly about: string;
    };
    readonly 'antibiotic-prescriptions': {
      readonly title: string;
      readonly about: string;
    };
    readonly 'prescriptions-by-atc-group': {
      readonly title: string;
      readonly about: string;
    };
    readonly 'dispensed-medicines': {
      readonly title: string;
      readonly about: string;
    };
    readonly 'institutions-by-region': {
      readonly title: string;
      readonly about: string;
    };
  };
  readonly words: {
    readonly regions: {
      readonly '1703': string;
      readonly '1706': string;
      readonly '1708': string;
      readonly '1710': string;
      readonly '1712': string;
      readonly '1714': string;
      readonly '1718': string;
      readonly '1722': string;
      readonly '1724': string;
      readonly '1726': string;
      readonly '1727': string;
      readonly '1730': string;
      readonly '1733': string;
      readonly '1735': string;
    };
    readonly sexes: {
      readonly female: string;
      readonly male: string;
      readonly other: string;
      readonly unknown: string;
    };
    readonly classes: {
      readonly AMB: string;
      readonly IMP: string;
      readonly EMER: string;
      readonly HH: string;
      readonly VR: string;
      readonly OBSENC: string;
    };
    readonly statuses: {
      readonly active: string;
      readonly resolved: string;
      readonly remission: string;
      readonly recurrence: string;
      readonly relapse: string;
      readonly inactive: string;
    };
    readonly flags: {
      readonly N: string;
      readonly L: string;
      readonly H: string;
      readonly LL: string;
      readonly HH: string;
      readonly A: string;
      readonly POS: string;
      readonly NEG: string;
    };
    readonly chapters: {
      readonly I: string;
      readonly II: string;
      readonly III: string;
      readonly IV: string;
      readonly V: string;
      readonly VI: string;
      readonly VII: string;
      readonly VIII: string;
      readonly IX: string;
      readonly X: string;
      readonly XI: string;
      readonly XII: string;
      readonly XIII: string;
      readonly XIV: string;
      readonly XV: string;
      readonly XVI: string;
      readonly XVII: string;
      readonly XVIII: string;
      readonly XIX: string;
      readonly XX: string;
      readonly XXI: string;
      readonly XXII: string;
    };
    readonly atcGroups: {
      readonly A: string;
      readonly B: string;
      readonly C: string;
      readonly D: string;
      readonly G: string;
      readonly H: string;
      readonly J: string;
      readonly L: string;
      readonly M: string;
      readonly N: string;
      readonly P: string;
      readonly R: string;
      readonly S: string;
      readonly V: string;
    };
  };
}

export const viewsMessages = readCatalogue<ViewsMessages>({ uz, ru, en });
