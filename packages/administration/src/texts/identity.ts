// Made by `npm run messages` from messages/identity/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/identity/uz.json' with { type: 'json' };
import ru from '../../messages/identity/ru.json' with { type: 'json' };
import en from '../../messages/identity/en.json' with { type: 'json' };

export interface IdentityMessages {
  readonly lead: string;
  readonly cases: string;
  readonly noCases: string;
  readonly unproven: string;
  readonly several: string;
  readonly taken: string;
  readonly lost: string;
  readonly record: string;
  readonly records: string;
  readonly holders: string;
  readonly since: string;
  readonly unconfirmed: string;
  readonly unconfirmedLead: string;
  readonly noUnconfirmed: string;
  readonly link: string;
  readonly linked: string;
  readonly next: string;
  readonly first: string;
  readonly waits: string;
  readonly waitsNone: string;
}

export const identityMessages = readCatalogue<IdentityMessages>({ uz, ru, en });
