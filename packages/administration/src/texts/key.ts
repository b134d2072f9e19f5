// Made by `npm run messages` from messages/key/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/key/uz.json' with { type: 'json' };
import ru from '../../messages/key/ru.json' with { type: 'json' };
import en from '../../messages/key/en.json' with { type: 'json' };

export interface KeyMessages {
  readonly lead: string;
  readonly ES256: string;
  readonly RS256: string;
  readonly published: string;
  readonly signing: string;
  readonly verifying: string;
  readonly made: string;
  readonly signsFrom: string;
  readonly leaves: string;
  readonly stays: string;
  readonly next: string;
  readonly byItself: string;
  readonly neverByItself: string;
  readonly chart: string;
  readonly kept: string;
  readonly now: string;
  readonly algorithm: string;
  readonly begin: string;
  readonly emergency: string;
  readonly emergencyHint: string;
}

export const keyMessages = readCatalogue<KeyMessages>({ uz, ru, en });
