// Made by `npm run messages` from messages/hold/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/hold/uz.json' with { type: 'json' };
import ru from '../../messages/hold/ru.json' with { type: 'json' };
import en from '../../messages/hold/en.json' with { type: 'json' };

export interface HoldMessages {
  readonly lead: string;
  readonly empty: string;
  readonly all: string;
  readonly standing: string;
  readonly more: string;
  readonly on: string;
  readonly onHint: string;
  readonly state: string;
  readonly states: {
    readonly stands: string;
    readonly lifted: string;
    readonly over: string;
  };
  readonly set: string;
  readonly by: string;
  readonly until: string;
  readonly untilHint: string;
  readonly forever: string;
  readonly reason: string;
  readonly liftedAt: string;
  readonly liftedReason: string;
  readonly acts: {
    readonly set: {
      readonly label: string;
      readonly question: (values: { readonly name: MessageValue }) => string;
      readonly follows: {
        readonly 1: string;
        readonly 2: string;
      };
      readonly done: string;
    };
    readonly lift: {
      readonly label: string;
      readonly question: (values: { readonly name: MessageValue }) => string;
      readonly follows: {
        readonly 1: string;
        readonly 2: string;
      };
      readonly done: string;
    };
  };
}

export const holdMessages = readCatalogue<HoldMessages>({ uz, ru, en });
