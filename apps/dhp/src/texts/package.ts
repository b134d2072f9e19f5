// Made by `npm run messages` from messages/package/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/package/uz.json' with { type: 'json' };
import ru from '../../messages/package/ru.json' with { type: 'json' };
import en from '../../messages/package/en.json' with { type: 'json' };

export interface PackageMessages {
  readonly units: {
    readonly resources: string;
    readonly bytes: string;
  };
  readonly resources: (values: { readonly resources: MessageValue }) => string;
  readonly more: (values: { readonly count: MessageValue }) => string;
  readonly waitsForNode: string;
  readonly waitsForOther: string;
  readonly check: {
    readonly step: string;
    readonly faulty: (values: { readonly resource: MessageValue; readonly first: MessageValue }) => string;
    readonly faults: (values: {
      readonly resource: MessageValue;
      readonly first: MessageValue;
      readonly more: number;
    }) => string;
  };
  readonly find: {
    readonly notThere: (values: { readonly path: MessageValue }) => string;
    readonly step: (values: { readonly package: MessageValue }) => string;
    readonly found: (values: { readonly version: MessageValue; readonly origin: MessageValue }) => string;
    readonly foundUnchecked: (values: { readonly version: MessageValue; readonly origin: MessageValue }) => string;
    readonly other: (values: {
      readonly origin: MessageValue;
      readonly found: MessageValue;
      readonly wanted: MessageValue;
    }) => string;
  };
  readonly missing: {
    readonly dependency: (values: {
      readonly neededBy: MessageValue;
      readonly name: MessageValue;
      readonly version: MessageValue;
      readonly reason: MessageValue;
    }) => string;
    readonly consequence: string;
    readonly tooMany: (values: { readonly most: MessageValue }) => string;
  };
  readonly registry: {
    readonly unpublished: (values: { readonly package: MessageValue }) => string;
    readonly notFetched: (values: { readonly package: MessageValue; readonly said: MessageValue }) => string;
    readonly none: string;
    readonly unreachable: (values: { readonly server: MessageValue; readonly reason: MessageValue }) => string;
    readonly unknown: (values: { readonly server: MessageValue }) => string;
    readonly answered: (values: { readonly server: MessageValue; readonly status: MessageValue }) => string;
    readonly noVersion: (values: { readonly server: MessageValue }) => string;
    readonly noAnswer: (values: { readonly server: MessageValue }) => string;
    readonly notWeb: (values: { readonly package: MessageValue; readonly address: MessageValue }) => string;
    readonly notFetchedFrom: (values: {
      readonly package: MessageValue;
      readonly address: MessageValue;
      readonly reason: MessageValue;
    }) => string;
    readonly notIntact: (values: {
      readonly address: MessageValue;
      readonly package: MessageValue;
      readonly server: MessageValue;
    }) => string;
    readonly tooLong: (values: { readonly address: MessageValue; readonly limit: MessageValue }) => string;
  };
  readonly install: {
    readonly builtIn: (values: { readonly package: MessageValue }) => string;
    readonly nothing: string;
    readonly done: (values: {
      readonly name: MessageValue;
      readonly version: MessageValue;
      readonly resources: MessageValue;
    }) => string;
    readonly faulty: string;
    readonly kept: string;
    readonly allThere: (values: { readonly resources: MessageValue }) => string;
    readonly parts: (values: { readonly resources: MessageValue; readonly parts: MessageValue }) => string;
    readonly created: (values: { readonly resources: MessageValue }) => string;
    readonly updated: (values: { readonly resources: MessageValue }) => string;
    readonly unchanged: (values: { readonly resources: MessageValue }) => string;
  };
  readonly list: {
    readonly interrupted: string;
    readonly builtIn: string;
  };
  readonly remove: {
    readonly builtIn: (values: { readonly package: MessageValue }) => string;
    readonly notInstalled: (values: { readonly package: MessageValue }) => string;
    readonly several: (values: {
      readonly name: MessageValue;
      readonly versions: MessageValue;
      readonly version: MessageValue;
    }) => string;
    readonly needed: (values: { readonly package: MessageValue; readonly names: MessageValue }) => string;
    readonly step: (values: { readonly package: MessageValue }) => string;
    readonly deleted: (values: { readonly resources: MessageValue }) => string;
    readonly done: (values: {
      readonly name: MessageValue;
      readonly version: MessageValue;
      readonly resources: MessageValue;
    }) => string;
    readonly stay: (values: { readonly resources: MessageValue; readonly reason: MessageValue }) => string;
    readonly reasons: {
      readonly 'brought by another package': string;
      readonly 'changed since': string;
      readonly 'there before': string;
      readonly 'referred to by others': string;
    };
  };
  readonly terminology: {
    readonly kind: (values: { readonly kind: MessageValue; readonly kinds: MessageValue }) => string;
    readonly isThere: (values: {
      readonly system: MessageValue;
      readonly concepts: MessageValue;
      readonly id: MessageValue;
    }) => string;
    readonly isImported: (values: {
      readonly system: MessageValue;
      readonly concepts: MessageValue;
      readonly id: MessageValue;
    }) => string;
    readonly concepts: (values: { readonly concepts: MessageValue }) => string;
    readonly created: (values: { readonly concepts: MessageValue }) => string;
    readonly updated: (values: { readonly concepts: MessageValue }) => string;
    readonly unchanged: (values: { readonly concepts: MessageValue }) => string;
    readonly tooLarge: (values: { readonly url: MessageValue; readonly millions: MessageValue }) => string;
    readonly other: (values: { readonly id: MessageValue; readonly url: MessageValue }) => string;
    readonly notZip: (values: { readonly path: MessageValue; readonly reason: MessageValue }) => string;
  };
  readonly validate: {
    readonly profile: (values: { readonly profile: MessageValue }) => string;
    readonly oneOf: (values: {
      readonly option: MessageValue;
      readonly allowed: MessageValue;
      readonly given: MessageValue;
    }) => string;
    readonly standsOn: (values: { readonly package: MessageValue; readonly missing: MessageValue }) => string;
    readonly step: string;
    readonly files: (values: { readonly resources: MessageValue }) => string;
    readonly notThere: string;
    readonly notAllowed: string;
  };
}

export const packageMessages = readCatalogue<PackageMessages>({ uz, ru, en });
