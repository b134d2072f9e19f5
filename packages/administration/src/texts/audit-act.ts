// Made by `npm run messages` from messages/audit-act/*.json.
import { readCatalogue } from '@dhp/messages';
import uz from '../../messages/audit-act/uz.json' with { type: 'json' };
import ru from '../../messages/audit-act/ru.json' with { type: 'json' };
import en from '../../messages/audit-act/en.json' with { type: 'json' };

export interface AuditActMessages {
  readonly export: {
    readonly label: string;
    readonly question: string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
      readonly 3: string;
    };
    readonly done: string;
  };
}

export const auditActMessages = readCatalogue<AuditActMessages>({ uz, ru, en });
