// Made by `npm run messages` from messages/link/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/link/uz.json' with { type: 'json' };
import ru from '../../messages/link/ru.json' with { type: 'json' };
import en from '../../messages/link/en.json' with { type: 'json' };

export interface LinkMessages {
  /** At a sign-in: the link was made by an old rule. */
  readonly unconfirmed: string;
  readonly ownAccount: string;
  /** At the account. */
  readonly title: string;
  readonly hint: string;
  readonly none: string;
  readonly connect: (values: { readonly system: MessageValue }) => string;
  /** Asks a person who signed in by an identity system for a credential of the account itself first. */
  readonly needsOwn: string;
  readonly connected: string;
  readonly failures: {
    readonly 'other-account': string;
    readonly 'other-person': string;
    readonly 'not-connected': string;
  };
  readonly since: string;
}

export const linkMessages = readCatalogue<LinkMessages>({ uz, ru, en });
