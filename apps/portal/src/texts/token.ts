// Made by `npm run messages` from messages/token/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/token/uz.json' with { type: 'json' };
import ru from '../../messages/token/ru.json' with { type: 'json' };
import en from '../../messages/token/en.json' with { type: 'json' };

export interface TokenMessages {
  readonly open: string;
  readonly title: string;
  readonly token: string;
  readonly tokenHint: string;
  readonly needsScript: string;
  readonly wrong: string;
  readonly expired: string;
  readonly endless: string;
  readonly good: string;
  readonly back: string;
  readonly scopes: {
    readonly title: string;
    readonly scope: string;
    readonly method: string;
    readonly path: string;
    readonly check: string;
    readonly permitted: (values: { readonly scope: MessageValue }) => string;
    readonly refused: (values: { readonly scope: MessageValue }) => string;
    readonly unknown: string;
    readonly others: (values: { readonly words: MessageValue }) => string;
    readonly rest: string;
  };
}

export const tokenMessages = readCatalogue<TokenMessages>({ uz, ru, en });
