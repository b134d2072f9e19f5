// Made by `npm run messages` from messages/policy/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/policy/uz.json' with { type: 'json' };
import ru from '../../messages/policy/ru.json' with { type: 'json' };
import en from '../../messages/policy/en.json' with { type: 'json' };

export interface PolicyMessages {
  readonly lead: string;
  readonly none: string;
  readonly role: string;
  readonly roleHint: string;
  readonly holders: (values: { readonly count: MessageValue }) => string;
  readonly changed: string;
  readonly what: string;
  readonly narrowed: string;
  readonly identifiers: string;
  readonly trail: string;
  readonly delegated: string;
  readonly delegate: string;
  readonly c: string;
  readonly r: string;
  readonly u: string;
  readonly d: string;
  readonly s: string;
  readonly scopes: string;
  readonly scopesHint: string;
}

export const policyMessages = readCatalogue<PolicyMessages>({ uz, ru, en });
