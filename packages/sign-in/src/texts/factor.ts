// Made by `npm run messages` from messages/factor/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/factor/uz.json' with { type: 'json' };
import ru from '../../messages/factor/ru.json' with { type: 'json' };
import en from '../../messages/factor/en.json' with { type: 'json' };

export interface FactorMessages {
  readonly code: string;
  readonly codeHint: string;
  readonly codeField: string;
  readonly wrongCode: string;
  readonly lockedCode: string;
  readonly confirm: string;
  readonly withPasskey: string;
  readonly passkeyFailed: string;
  readonly or: string;
  readonly enrol: string;
  readonly enrolWhy: string;
  readonly enrolSteps: {
    readonly 1: string;
    readonly 2: string;
    readonly 3: string;
  };
  readonly secret: string;
  readonly qr: string;
  readonly makePasskey: string;
  readonly passkeyHint: string;
  readonly recovery: string;
  readonly recoveryHint: string;
  readonly recoveryGo: string;
}

export const factorMessages = readCatalogue<FactorMessages>({ uz, ru, en });
