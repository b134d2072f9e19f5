// Made by `npm run messages` from messages/audit/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/audit/uz.json' with { type: 'json' };
import ru from '../../messages/audit/ru.json' with { type: 'json' };
import en from '../../messages/audit/en.json' with { type: 'json' };

export interface AuditMessages {
  readonly chain: {
    readonly step: string;
    readonly whole: (values: { readonly count: number }) => string;
    readonly broken: (values: {
      readonly position: MessageValue;
      readonly event?: MessageValue | undefined;
      readonly why: MessageValue;
      readonly explained: MessageValue;
    }) => string;
    readonly agrees: (values: { readonly position: MessageValue; readonly time?: MessageValue | undefined }) => string;
    readonly agreesNot: string;
    readonly noHeads: string;
    readonly keepElsewhere: string;
    readonly restored: string;
    readonly notHead: (values: { readonly given: MessageValue }) => string;
    readonly otherKey: (values: { readonly given: MessageValue }) => string;
    readonly noEvent: string;
    readonly headNotThere: string;
    readonly why: {
      readonly altered: string;
      readonly missing: string;
      readonly inserted: string;
      readonly future: string;
      readonly 'forged-head': string;
      readonly 'other-head': string;
      readonly 'behind-head': string;
    };
  };
  readonly restore: {
    readonly needsReason: string;
    readonly isWritten: string;
    readonly done: (values: { readonly count: MessageValue }) => string;
  };
  readonly export: {
    readonly notPosition: (values: { readonly given: MessageValue }) => string;
    readonly last: (values: { readonly last: MessageValue }) => string;
    readonly notMonth: (values: { readonly given: MessageValue }) => string;
    readonly step: (values: { readonly environment: MessageValue }) => string;
    readonly records: (values: { readonly count: number }) => string;
    readonly toRequests: string;
    readonly written: (values: {
      readonly file: MessageValue;
      readonly records: MessageValue;
      readonly sha256: MessageValue;
    }) => string;
  };
  readonly life: {
    readonly needsReason: string;
    readonly archiving: (values: { readonly month: MessageValue }) => string;
    readonly notEnded: (values: { readonly environment: MessageValue; readonly reason: MessageValue }) => string;
    readonly ended: (values: {
      readonly environment: MessageValue;
      readonly period: MessageValue;
      readonly records: MessageValue;
    }) => string;
  };
  readonly request: {
    readonly none: string;
  };
  readonly proof: {
    readonly notId: (values: { readonly id: MessageValue }) => string;
    readonly notThere: (values: { readonly id: MessageValue }) => string;
    readonly unreadable: (values: { readonly file: MessageValue }) => string;
    readonly holds: string;
    readonly holdsNot: (values: { readonly fault: MessageValue }) => string;
    readonly asWritten: string;
    readonly needsKey: string;
    readonly publicKey: (values: { readonly key: MessageValue }) => string;
    readonly goesOn: string;
    readonly 'other-head': string;
    readonly 'no-tree': string;
    readonly faults: {
      readonly 'no-proof': string;
      readonly path: string;
      readonly head: string;
      readonly altered: string;
      readonly heads: string;
    };
  };
  readonly trail: {
    readonly step: (values: { readonly environment: MessageValue }) => string;
    readonly size: (values: {
      readonly records: MessageValue;
      readonly heads: MessageValue;
      readonly waiting: MessageValue;
    }) => string;
    readonly whole: (values: { readonly environment: MessageValue; readonly size: MessageValue }) => string;
    readonly notAll: (values: { readonly environment: MessageValue; readonly size: MessageValue }) => string;
    readonly broken: (values: {
      readonly environment: MessageValue;
      readonly position: MessageValue;
      readonly record?: MessageValue | undefined;
      readonly why: MessageValue;
      readonly explained: MessageValue;
    }) => string;
    readonly left: (values: { readonly count: number }) => string;
    readonly returned: (values: { readonly month: MessageValue }) => string;
    readonly why: {
      readonly altered: string;
      readonly missing: string;
      readonly inserted: string;
      readonly reordered: string;
      readonly 'forged-head': string;
      readonly 'other-head': string;
      readonly 'behind-head': string;
      readonly 'forged-act': string;
      readonly 'missing-act': string;
      readonly unreadable: string;
      readonly 'other-list': string;
    };
    readonly archiveOther: (values: { readonly file: MessageValue }) => string;
    readonly archiveAbsent: (values: { readonly file: MessageValue; readonly folder: MessageValue }) => string;
  };
}

export const auditMessages = readCatalogue<AuditMessages>({ uz, ru, en });
