// Made by `npm run messages` from messages/job-act/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/job-act/uz.json' with { type: 'json' };
import ru from '../../messages/job-act/ru.json' with { type: 'json' };
import en from '../../messages/job-act/en.json' with { type: 'json' };

export interface JobActMessages {
  readonly cancel: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
  readonly retry: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
}

export const jobActMessages = readCatalogue<JobActMessages>({ uz, ru, en });
