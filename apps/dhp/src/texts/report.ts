// Made by `npm run messages` from messages/report/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/report/uz.json' with { type: 'json' };
import ru from '../../messages/report/ru.json' with { type: 'json' };
import en from '../../messages/report/en.json' with { type: 'json' };

export interface ReportMessages {
  readonly severities: {
    readonly fatal: string;
    readonly error: string;
    readonly warning: string;
    readonly information: string;
  };
  readonly passed: string;
  readonly summary: (values: {
    readonly resources: MessageValue;
    readonly files: MessageValue;
    readonly valid: MessageValue;
    readonly invalid: MessageValue;
  }) => string;
  readonly counts: (values: { readonly errors: MessageValue; readonly warnings: MessageValue }) => string;
  readonly seconds: (values: { readonly seconds: MessageValue }) => string;
}

export const reportMessages = readCatalogue<ReportMessages>({ uz, ru, en });
