// Made by `npm run messages` from messages/audit/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/audit/uz.json' with { type: 'json' };
import ru from '../../messages/audit/ru.json' with { type: 'json' };
import en from '../../messages/audit/en.json' with { type: 'json' };

export interface AuditMessages {
  readonly kind: string;
  readonly anyKind: string;
  readonly allOf: string;
  readonly outcome: string;
  readonly any: string;
  readonly done: string;
  readonly refused: string;
  readonly person: string;
  readonly actor: string;
  readonly client: string;
  readonly address: string;
  readonly since: string;
  readonly until: string;
  readonly request: string;
  readonly wrong: (values: { readonly what: MessageValue }) => string;
  readonly more: string;
  readonly event: string;
  readonly when: string;
  readonly who: string;
  readonly reason: string;
  readonly scope: string;
  readonly chained: string;
  readonly notChained: string;
  readonly asWritten: string;
  readonly altered: string;
  readonly hash: string;
  readonly same: string;
  readonly asFhir: string;
  readonly found: string;
  readonly searched: string;
  readonly everything: string;
}

export const auditMessages = readCatalogue<AuditMessages>({ uz, ru, en });
