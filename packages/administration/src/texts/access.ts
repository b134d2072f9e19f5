// Made by `npm run messages` from messages/access/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/access/uz.json' with { type: 'json' };
import ru from '../../messages/access/ru.json' with { type: 'json' };
import en from '../../messages/access/en.json' with { type: 'json' };

export interface AccessMessages {
  readonly lead: string;
  readonly away: string;
  readonly inForce: (values: { readonly version: MessageValue }) => string;
  readonly none: string;
  readonly consentsRecorded: string;
  readonly consentsRefused: string;
  readonly consentsOfNobody: (values: { readonly ids: MessageValue }) => string;
  readonly factors: {
    readonly consent: string;
    readonly care: string;
    readonly labels: string;
  };
  readonly states: {
    readonly absent: string;
    readonly preparing: string;
    readonly enforced: string;
  };
  readonly open: string;
  readonly write: string;
  readonly ask: string;
  readonly document: string;
  readonly history: string;
  readonly version: (values: { readonly version: MessageValue }) => string;
  readonly noneFrom: string;
  readonly draft: string;
  readonly draftLead: string;
  readonly policiesHint: string;
  readonly purpose: string;
  readonly noPurpose: string;
  readonly check: string;
  readonly try: string;
  readonly right: string;
  readonly wrong: string;
  readonly line: (values: { readonly line: MessageValue }) => string;
  readonly noLoss: string;
  readonly losses: string;
  readonly more: (values: { readonly count: MessageValue }) => string;
  readonly who: string;
  readonly what: string;
  readonly left: string;
  readonly by: string;
  readonly othersRule: string;
  readonly anyClient: string;
  readonly moreClients: (values: { readonly count: MessageValue }) => string;
  readonly people: (values: { readonly count: MessageValue }) => string;
  readonly authorities: {
    readonly system: string;
    readonly user: string;
    readonly patient: string;
  };
  readonly interactions: {
    readonly create: string;
    readonly read: string;
    readonly update: string;
    readonly delete: string;
    readonly search: string;
    readonly elements: string;
    readonly care: string;
    readonly consent: string;
    readonly label: string;
  };
  readonly nothing: string;
  readonly only: string;
  readonly without: string;
  readonly hidden: string;
  readonly readOnly: string;
  readonly ofCare: string;
  readonly ofConsent: string;
  readonly ofLabel: string;
  readonly reSignIn: string;
  readonly reSignInLink: string;
  readonly signedInAnew: string;
  readonly explainLead: string;
  readonly resource: string;
  readonly resourceHint: string;
  readonly client: string;
  readonly person: string;
  readonly personHint: string;
  readonly interaction: string;
  readonly asVersion: string;
  readonly asInForce: string;
  readonly verdicts: {
    readonly yes: string;
    readonly no: string;
    readonly never: string;
    readonly deleted: string;
  };
  readonly says: {
    readonly leaves: string;
    readonly hides: string;
    readonly 'refuses-type': string;
  };
  readonly factor: string;
  readonly said: string;
  readonly rules: string;
  readonly labels: string;
}

export const accessMessages = readCatalogue<AccessMessages>({ uz, ru, en });
