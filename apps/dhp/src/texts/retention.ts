// Made by `npm run messages` from messages/retention/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/retention/uz.json' with { type: 'json' };
import ru from '../../messages/retention/ru.json' with { type: 'json' };
import en from '../../messages/retention/en.json' with { type: 'json' };

export interface RetentionMessages {
  readonly hold: {
    readonly set: (values: { readonly hold: MessageValue; readonly what: MessageValue }) => string;
    readonly lifted: (values: { readonly what: MessageValue; readonly hold: MessageValue }) => string;
    readonly unknown: (values: { readonly hold: MessageValue }) => string;
    readonly none: string;
    readonly what: (values: { readonly given: MessageValue }) => string;
    readonly until: (values: { readonly given: MessageValue }) => string;
    readonly stands: string;
    readonly isLifted: string;
    readonly over: string;
  };
  readonly rule: {
    readonly set: (values: {
      readonly type: MessageValue;
      readonly earlier: MessageValue;
      readonly deleted: MessageValue;
    }) => string;
    readonly removed: (values: { readonly type: MessageValue }) => string;
    readonly unknown: (values: { readonly type: MessageValue }) => string;
    readonly none: string;
    readonly faults: {
      readonly type: (values: { readonly type: MessageValue }) => string;
      readonly care: (values: { readonly type: MessageValue }) => string;
      readonly nothing: string;
    };
  };
  readonly purge: {
    readonly step: (values: { readonly type: MessageValue }) => string;
    readonly counted: (values: {
      readonly type: MessageValue;
      readonly old: MessageValue;
      readonly held: MessageValue;
      readonly bytes: MessageValue;
    }) => string;
    readonly done: (values: {
      readonly type: MessageValue;
      readonly old: MessageValue;
      readonly held: MessageValue;
      readonly bytes: MessageValue;
    }) => string;
    readonly all: (values: { readonly run: MessageValue; readonly versions: MessageValue }) => string;
    readonly nothing: string;
    readonly interrupted: string;
    readonly work: (values: { readonly environment: MessageValue }) => string;
  };
  readonly request: {
    readonly none: string;
    readonly unknown: (values: { readonly request: MessageValue }) => string;
    readonly refused: (values: { readonly request: MessageValue }) => string;
    readonly step: (values: { readonly type: MessageValue }) => string;
    readonly done: (values: {
      readonly resources: MessageValue;
      readonly versions: MessageValue;
      readonly held: MessageValue;
      readonly back: MessageValue;
    }) => string;
    readonly counted: (values: {
      readonly type: MessageValue;
      readonly resources: MessageValue;
      readonly versions: MessageValue;
      readonly bytes: MessageValue;
      readonly held: MessageValue;
      readonly back: MessageValue;
    }) => string;
    readonly keeps: (values: {
      readonly hold: MessageValue;
      readonly on: MessageValue;
      readonly resources: MessageValue;
      readonly reason: MessageValue;
    }) => string;
    readonly nothing: string;
    readonly person: (values: {
      readonly keys: number;
      readonly patient: MessageValue;
      readonly named: number;
    }) => string;
    readonly written: (values: { readonly file: MessageValue }) => string;
    readonly states: {
      readonly asked: string;
      readonly done: string;
      readonly refused: string;
    };
  };
  readonly archive: {
    readonly none: string;
    readonly unknown: (values: { readonly file: MessageValue }) => string;
    readonly lost: string;
    readonly what: (values: { readonly given: MessageValue }) => string;
    readonly absent: (values: { readonly version: MessageValue }) => string;
    readonly unreadable: (values: { readonly version: MessageValue; readonly file: MessageValue }) => string;
    readonly verdicts: {
      readonly good: (values: { readonly file: MessageValue; readonly versions: MessageValue }) => string;
      readonly lost: (values: { readonly file: MessageValue; readonly versions: MessageValue }) => string;
      readonly absent: (values: { readonly file: MessageValue }) => string;
      readonly other: (values: { readonly file: MessageValue }) => string;
      readonly damaged: (values: { readonly file: MessageValue }) => string;
      readonly foreign: (values: { readonly file: MessageValue }) => string;
    };
    readonly goesOnNot: {
      readonly absent: (values: { readonly file: MessageValue }) => string;
      readonly cut: (values: { readonly file: MessageValue }) => string;
      readonly foreign: (values: { readonly file: MessageValue }) => string;
      readonly changed: (values: { readonly file: MessageValue }) => string;
    };
  };
}

export const retentionMessages = readCatalogue<RetentionMessages>({ uz, ru, en });
