// Made by `npm run messages` from messages/job/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/job/uz.json' with { type: 'json' };
import ru from '../../messages/job/ru.json' with { type: 'json' };
import en from '../../messages/job/en.json' with { type: 'json' };

export interface JobMessages {
  readonly lead: string;
  readonly refresh: string;
  readonly empty: string;
  readonly more: string;
  readonly states: {
    readonly waiting: string;
    readonly running: string;
    readonly ending: string;
    readonly ended: string;
  };
  readonly failed: (values: { readonly status: MessageValue }) => string;
  readonly waitsAgain: (values: { readonly attempt: MessageValue }) => string;
  readonly made: (values: { readonly size: MessageValue }) => string;
  readonly asked: string;
  readonly due: string;
  readonly kept: string;
  readonly index: {
    readonly definition: string;
    readonly parameters: string;
  };
  readonly indexHint: string;
  readonly environment: string;
  readonly client: string;
  readonly state: string;
  readonly id: string;
}

export const jobMessages = readCatalogue<JobMessages>({ uz, ru, en });
