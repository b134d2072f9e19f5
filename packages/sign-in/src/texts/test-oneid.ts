// Made by `npm run messages` from messages/test-oneid/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/test-oneid/uz.json' with { type: 'json' };
import ru from '../../messages/test-oneid/ru.json' with { type: 'json' };
import en from '../../messages/test-oneid/en.json' with { type: 'json' };

export interface TestOneidMessages {
  readonly ask: string;
  readonly patient: string;
  readonly 'health-worker': string;
}

export const testOneidMessages = readCatalogue<TestOneidMessages>({ uz, ru, en });
