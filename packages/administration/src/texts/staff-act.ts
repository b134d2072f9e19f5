// Made by `npm run messages` from messages/staff-act/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/staff-act/uz.json' with { type: 'json' };
import ru from '../../messages/staff-act/ru.json' with { type: 'json' };
import en from '../../messages/staff-act/en.json' with { type: 'json' };

export interface StaffActMessages {
  readonly give: {
    readonly label: string;
    readonly question: string;
    readonly follows: {
      readonly 1: string;
      readonly 2: string;
    };
    readonly done: string;
  };
  readonly take: {
    readonly label: string;
    readonly question: (values: { readonly name: MessageValue }) => string;
    readonly follows: {
      readonly 1: string;
    };
    readonly done: string;
  };
  readonly 'paper-code': {
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

export const staffActMessages = readCatalogue<StaffActMessages>({ uz, ru, en });
