// Made by `npm run messages` from messages/doctor/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/doctor/uz.json' with { type: 'json' };
import ru from '../../messages/doctor/ru.json' with { type: 'json' };
import en from '../../messages/doctor/en.json' with { type: 'json' };

export interface DoctorMessages {
  readonly settings: {
    readonly weak: {
      readonly found: (values: { readonly sentence: MessageValue }) => string;
      readonly cure: string;
    };
    readonly noMail: {
      readonly found: string;
      readonly cure: string;
    };
  };
  readonly addresses: {
    readonly clear: {
      readonly found: (values: { readonly url: MessageValue }) => string;
      readonly cure: (values: { readonly setting: MessageValue }) => string;
    };
    readonly local: {
      readonly found: (values: { readonly url: MessageValue }) => string;
      readonly cure: (values: { readonly setting: MessageValue }) => string;
    };
    readonly unreached: {
      readonly found: (values: { readonly url: MessageValue; readonly reason: MessageValue }) => string;
      readonly cure: string;
    };
    readonly other: {
      readonly found: (values: { readonly url: MessageValue; readonly issuer: MessageValue }) => string;
      readonly cure: string;
    };
    readonly notReady: {
      readonly found: (values: { readonly url: MessageValue; readonly state: MessageValue }) => string;
      readonly cure: (values: { readonly url: MessageValue }) => string;
    };
  };
  readonly proxy: {
    readonly untold: {
      readonly found: string;
      readonly cure: string;
    };
    readonly open: {
      readonly found: (values: { readonly host: MessageValue }) => string;
      readonly cure: string;
    };
    readonly metrics: {
      readonly found: (values: { readonly host: MessageValue }) => string;
      readonly cure: string;
    };
  };
  readonly certificates: {
    readonly ends: {
      readonly found: (values: { readonly date: MessageValue; readonly days: MessageValue }) => string;
      readonly cure: string;
    };
    readonly untrusted: {
      readonly found: (values: { readonly reason: MessageValue }) => string;
      readonly cure: string;
    };
  };
  readonly data: {
    readonly open: {
      readonly found: (values: { readonly path: MessageValue; readonly mode: MessageValue }) => string;
      readonly cure: (values: { readonly path: MessageValue }) => string;
    };
    readonly other: {
      readonly found: (values: { readonly path: MessageValue }) => string;
      readonly cure: (values: { readonly path: MessageValue }) => string;
    };
    readonly keyBeside: {
      readonly found: (values: { readonly file: MessageValue }) => string;
      readonly cure: string;
    };
  };
  readonly keys: {
    readonly late: {
      readonly found: (values: { readonly alg: MessageValue; readonly days: number }) => string;
      readonly cure: (values: { readonly alg: MessageValue }) => string;
    };
    readonly old: {
      readonly found: (values: { readonly alg: MessageValue; readonly days: number }) => string;
      readonly cure: (values: { readonly alg: MessageValue }) => string;
    };
    readonly absent: {
      readonly found: string;
      readonly cure: string;
    };
    readonly wrong: {
      readonly found: string;
      readonly cure: string;
    };
  };
  readonly disk: {
    readonly little: {
      readonly found: (values: {
        readonly path: MessageValue;
        readonly size: MessageValue;
        readonly percent: MessageValue;
      }) => string;
      readonly cure: string;
    };
    readonly files: {
      readonly found: (values: { readonly path: MessageValue }) => string;
      readonly cure: string;
    };
  };
  readonly clock: {
    readonly apart: {
      readonly found: (values: { readonly seconds: MessageValue }) => string;
      readonly cure: string;
    };
  };
  readonly database: {
    readonly found: (values: { readonly reason: MessageValue }) => string;
    readonly cure: string;
  };
  readonly version: {
    readonly old: {
      readonly found: (values: { readonly version: MessageValue }) => string;
      readonly cure: string;
    };
  };
  readonly durability: {
    readonly off: {
      readonly found: (values: { readonly setting: MessageValue }) => string;
      readonly cure: (values: { readonly setting: MessageValue }) => string;
    };
    readonly checksums: {
      readonly found: string;
      readonly cure: string;
    };
    readonly autovacuum: {
      readonly found: string;
      readonly cure: string;
    };
  };
  readonly schema: {
    readonly behind: {
      readonly found: (values: { readonly sentence: MessageValue }) => string;
      readonly cure: string;
    };
    readonly unfit: {
      readonly found: (values: { readonly sentence: MessageValue }) => string;
      readonly cure: string;
    };
  };
  readonly roles: {
    readonly off: {
      readonly found: string;
      readonly cure: string;
    };
    readonly differs: {
      readonly found: (values: { readonly role: MessageValue; readonly state: MessageValue }) => string;
      readonly cure: string;
    };
  };
  readonly indexes: {
    readonly invalid: {
      readonly found: (values: { readonly index: MessageValue }) => string;
      readonly cure: (values: { readonly index: MessageValue }) => string;
    };
  };
  readonly bloat: {
    readonly dead: {
      readonly found: (values: { readonly table: MessageValue; readonly percent: MessageValue }) => string;
      readonly cure: (values: { readonly table: MessageValue }) => string;
    };
    readonly unfrozen: {
      readonly found: (values: { readonly times: MessageValue }) => string;
      readonly cure: string;
    };
  };
  readonly transactions: {
    readonly old: {
      readonly found: (values: {
        readonly process: MessageValue;
        readonly name: MessageValue;
        readonly seconds: MessageValue;
      }) => string;
      readonly cure: (values: { readonly process: MessageValue }) => string;
    };
    readonly prepared: {
      readonly found: (values: { readonly hours: MessageValue }) => string;
      readonly cure: string;
    };
    readonly unseen: {
      readonly found: string;
      readonly cure: string;
    };
  };
  readonly connections: {
    readonly found: (values: { readonly sentence: MessageValue }) => string;
    readonly cure: string;
  };
  readonly replication: {
    readonly replicaAway: {
      readonly found: (values: { readonly reason: MessageValue }) => string;
      readonly cure: string;
    };
    readonly replicaTakesWrites: {
      readonly found: string;
      readonly cure: string;
    };
    readonly replicaOfAnother: {
      readonly found: string;
      readonly cure: string;
    };
    readonly replicaPaused: {
      readonly found: string;
      readonly cure: string;
    };
    readonly replicaBehind: {
      readonly found: (values: { readonly size: MessageValue }) => string;
      readonly cure: string;
    };
    readonly behind: {
      readonly found: (values: { readonly size: MessageValue }) => string;
      readonly cure: string;
    };
    readonly slot: {
      readonly found: (values: { readonly name: MessageValue; readonly size: MessageValue }) => string;
      readonly cure: (values: { readonly name: MessageValue }) => string;
    };
    readonly unconfirmed: {
      readonly found: (values: { readonly names: MessageValue }) => string;
      readonly cure: string;
    };
  };
  readonly archive: {
    readonly off: {
      readonly found: string;
      readonly cure: string;
    };
    readonly offHere: {
      readonly found: string;
      readonly cure: string;
    };
    readonly failing: {
      readonly found: (values: { readonly minutes: MessageValue; readonly file: MessageValue }) => string;
      readonly cure: string;
    };
    readonly notYet: {
      readonly found: string;
      readonly cure: string;
    };
  };
  readonly failed: {
    readonly found: (values: { readonly reason: MessageValue }) => string;
    readonly cure: string;
  };
  readonly settingsWrong: {
    readonly found: (values: { readonly sentence: MessageValue }) => string;
    readonly cure: string;
  };
  readonly levels: {
    readonly warning: string;
    readonly fault: string;
    readonly unknown: string;
  };
  readonly titles: {
    readonly settings: string;
    readonly addresses: string;
    readonly proxy: string;
    readonly certificates: string;
    readonly data: string;
    readonly keys: string;
    readonly disk: string;
    readonly files: string;
    readonly clock: string;
    readonly database: string;
    readonly version: string;
    readonly durability: string;
    readonly schema: string;
    readonly roles: string;
    readonly indexes: string;
    readonly bloat: string;
    readonly transactions: string;
    readonly connections: string;
    readonly replication: string;
    readonly archive: string;
    readonly backup: string;
    readonly shards: string;
  };
  readonly summary: (values: {
    readonly count: MessageValue;
    readonly faults: MessageValue;
    readonly warnings: MessageValue;
    readonly unknown: MessageValue;
  }) => string;
  readonly advice: (values: { readonly faults: MessageValue; readonly warnings: MessageValue }) => string;
  readonly backup: {
    readonly none: {
      readonly found: (values: { readonly folder: MessageValue }) => string;
      readonly cure: string;
    };
    readonly old: {
      readonly found: (values: { readonly hours: MessageValue }) => string;
      readonly cure: string;
    };
    readonly sameDisk: {
      readonly found: (values: { readonly folder: MessageValue }) => string;
      readonly cure: string;
    };
    readonly unusable: {
      readonly found: (values: { readonly reason: MessageValue }) => string;
      readonly cure: string;
    };
    readonly unreadable: {
      readonly found: (values: { readonly file: MessageValue }) => string;
      readonly cure: string;
    };
  };
  readonly shards: {
    readonly underWay: {
      readonly found: (values: { readonly environment: MessageValue }) => string;
      readonly cure: (values: { readonly environment: MessageValue }) => string;
    };
    readonly unreached: {
      readonly found: (values: { readonly node: MessageValue; readonly reason: MessageValue }) => string;
      readonly cure: string;
    };
    readonly versions: {
      readonly found: (values: {
        readonly node: MessageValue;
        readonly value: MessageValue;
        readonly expected: MessageValue;
      }) => string;
      readonly cure: string;
    };
    readonly prepared: {
      readonly found: (values: {
        readonly node: MessageValue;
        readonly value: MessageValue;
        readonly connections: MessageValue;
      }) => string;
      readonly cure: string;
    };
    readonly walLevel: {
      readonly found: (values: { readonly node: MessageValue; readonly value: MessageValue }) => string;
      readonly cure: string;
    };
    readonly connections: {
      readonly found: (values: {
        readonly node: MessageValue;
        readonly value: MessageValue;
        readonly expected: MessageValue;
      }) => string;
      readonly cure: string;
    };
    readonly leftBehind: {
      readonly found: (values: { readonly node: MessageValue; readonly count: MessageValue }) => string;
      readonly cure: string;
    };
    readonly loose: {
      readonly found: (values: { readonly table: MessageValue }) => string;
      readonly cure: string;
    };
    readonly apart: {
      readonly found: (values: { readonly table: MessageValue }) => string;
      readonly cure: (values: { readonly table: MessageValue }) => string;
    };
    readonly unbalanced: {
      readonly found: (values: {
        readonly most: MessageValue;
        readonly large: MessageValue;
        readonly least: MessageValue;
        readonly small: MessageValue;
      }) => string;
      readonly cure: (values: { readonly environment: MessageValue }) => string;
    };
    readonly empty: {
      readonly found: (values: { readonly node: MessageValue }) => string;
      readonly cure: (values: { readonly environment: MessageValue }) => string;
    };
  };
  readonly files: {
    readonly unusable: {
      readonly found: (values: { readonly reason: MessageValue; readonly during: MessageValue }) => string;
      readonly cure: string;
    };
    readonly open: {
      readonly found: string;
      readonly cure: string;
    };
    readonly unset: {
      readonly found: (values: { readonly sentence: MessageValue }) => string;
      readonly cure: string;
    };
  };
}

export const doctorMessages = readCatalogue<DoctorMessages>({ uz, ru, en });
