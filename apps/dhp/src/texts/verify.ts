// Made by `npm run messages` from messages/verify/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/verify/uz.json' with { type: 'json' };
import ru from '../../messages/verify/ru.json' with { type: 'json' };
import en from '../../messages/verify/en.json' with { type: 'json' };

export interface VerifyMessages {
  readonly step: (values: { readonly environment: MessageValue }) => string;
  readonly treeStep: string;
  readonly whole: (values: { readonly resources: MessageValue; readonly versions: MessageValue }) => string;
  readonly found: (values: {
    readonly resources: MessageValue;
    readonly versions: MessageValue;
    readonly count: number;
  }) => string;
  readonly more: (values: { readonly count: MessageValue }) => string;
  readonly kinds: {
    readonly content: string;
    readonly directory: string;
    readonly lost: string;
    readonly 'version-missing': string;
    readonly 'version-stray': string;
    readonly 'version-order': string;
    readonly placement: string;
    readonly 'index-missing': string;
    readonly 'index-differs': string;
    readonly 'index-stray': string;
    readonly 'posting-differs': string;
    readonly 'posting-stray': string;
    readonly 'word-missing': string;
    readonly consent: string;
    readonly 'consent-stray': string;
    readonly care: string;
    readonly 'care-stray': string;
    readonly label: string;
    readonly 'label-stray': string;
    readonly 'subscription-stray': string;
    readonly 'event-stray': string;
    readonly 'event-missing': string;
    readonly 'run-order': string;
    readonly 'text-differs': string;
    readonly 'text-stray': string;
  };
  readonly cures: {
    readonly stored: string;
    readonly made: string;
    readonly trees: (values: { readonly index: MessageValue }) => string;
  };
  readonly unchecked: {
    readonly index: string;
    readonly consents: string;
    readonly care: string;
    readonly labels: string;
    readonly gaps: string;
    readonly nodes: string;
  };
  readonly trees: {
    readonly sound: (values: { readonly count: MessageValue }) => string;
    readonly broken: (values: { readonly index: MessageValue; readonly reason: MessageValue }) => string;
    readonly absent: string;
    readonly forbidden: string;
  };
  readonly trail: {
    readonly whole: (values: { readonly records: MessageValue }) => string;
    readonly broken: string;
  };
  readonly interrupted: (values: { readonly percent: MessageValue; readonly job: MessageValue }) => string;
  readonly cancelled: (values: { readonly job: MessageValue }) => string;
  readonly failed: (values: { readonly job: MessageValue }) => string;
  readonly repaired: (values: { readonly count: number }) => string;
  readonly share: (values: { readonly given: MessageValue }) => string;
  readonly tables: {
    readonly sound: (values: { readonly count: MessageValue }) => string;
    readonly broken: (values: { readonly table: MessageValue; readonly reason: MessageValue }) => string;
  };
  readonly keys: {
    readonly sound: (values: { readonly count: MessageValue }) => string;
    readonly broken: (values: {
      readonly key: MessageValue;
      readonly table: MessageValue;
      readonly rows: MessageValue;
      readonly refersTo: MessageValue;
    }) => string;
  };
  readonly chain: {
    readonly step: string;
    readonly whole: (values: { readonly events: MessageValue }) => string;
    readonly broken: string;
  };
  readonly ssoAlone: string;
  readonly purges: {
    readonly whole: (values: { readonly runs: number; readonly versions: MessageValue }) => string;
    readonly broken: (values: { readonly run: MessageValue; readonly why: MessageValue }) => string;
  };
  readonly certificate: {
    readonly holds: (values: { readonly versions: MessageValue }) => string;
    readonly faults: {
      readonly forged: string;
      readonly other: string;
      readonly altered: string;
      readonly returned: string;
    };
  };
}

export const verifyMessages = readCatalogue<VerifyMessages>({ uz, ru, en });
