// Made by `npm run messages` from messages/operation/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/operation/uz.json' with { type: 'json' };
import ru from '../../messages/operation/ru.json' with { type: 'json' };
import en from '../../messages/operation/en.json' with { type: 'json' };

export interface OperationMessages {
  readonly warning: (values: { readonly sentence: MessageValue }) => string;
  readonly amount: (values: { readonly done: MessageValue; readonly total: MessageValue }) => string;
  readonly unexpected: (values: { readonly message: MessageValue }) => string;
  readonly databaseAway: (values: { readonly reason: MessageValue }) => string;
  readonly seconds: (values: { readonly seconds: MessageValue }) => string;
  readonly start: {
    readonly ready: (values: { readonly seconds: MessageValue }) => string;
    readonly client: string;
    readonly readPatient: string;
    readonly searchPatients: string;
    readonly stopWith: string;
    readonly stopping: string;
    readonly demoDisabled: string;
    readonly poolerAlone: string;
    readonly schema: (values: { readonly name: MessageValue }) => string;
    readonly migrated: (values: { readonly count: number }) => string;
    readonly newest: string;
  };
  readonly disk: {
    readonly full: (values: { readonly path: MessageValue; readonly size: MessageValue }) => string;
    readonly again: (values: { readonly path: MessageValue }) => string;
  };
  readonly database: {
    readonly embedded: string;
    readonly onPort: (values: { readonly port: MessageValue }) => string;
    readonly ofPlatform: string;
    readonly again: string;
    readonly startsNot: (values: { readonly reason: MessageValue }) => string;
    readonly openNot: (values: { readonly name: MessageValue; readonly reason: MessageValue }) => string;
    readonly notThere: (values: { readonly database: MessageValue }) => string;
    readonly notInDirectory: (values: { readonly path: MessageValue }) => string;
    readonly isRunning: (values: { readonly path: MessageValue; readonly process: MessageValue }) => string;
    readonly mayNotMigrate: (values: {
      readonly name: MessageValue;
      readonly reason: MessageValue;
      readonly advice: MessageValue;
    }) => string;
    readonly rolesAdvice: string;
    readonly needsKey: string;
    readonly rolesNotAll: string;
    readonly noLogin: (values: {
      readonly name: MessageValue;
      readonly reason: MessageValue;
      readonly advice: MessageValue;
    }) => string;
    readonly oneLogin: string;
  };
  readonly data: {
    readonly unusable: (values: { readonly path: MessageValue; readonly reason: MessageValue }) => string;
    readonly noKey: (values: { readonly file: MessageValue }) => string;
    readonly badKey: (values: { readonly file: MessageValue }) => string;
  };
  readonly index: {
    readonly step: string;
    readonly resources: (values: { readonly resources: MessageValue }) => string;
    readonly secondsLeft: (values: { readonly count: MessageValue }) => string;
    readonly minutesLeft: (values: { readonly count: MessageValue }) => string;
    readonly failed: (values: { readonly reason: MessageValue }) => string;
    readonly newParameters: string;
    readonly gaps: (values: {
      readonly resources: MessageValue;
      readonly types: MessageValue;
      readonly parameters: MessageValue;
    }) => string;
    readonly next: (values: {
      readonly version: MessageValue;
      readonly next: MessageValue;
      readonly count: number;
    }) => string;
    readonly nextBegins: string;
    readonly begins: string;
    readonly givenUp: string;
    readonly interrupted: string;
    readonly complete: string;
  };
  readonly seed: {
    readonly patients: (values: { readonly patients: MessageValue }) => string;
    readonly resources: (values: { readonly resources: MessageValue }) => string;
    readonly written: (values: { readonly resources: MessageValue }) => string;
    readonly wants: (values: { readonly option: MessageValue }) => string;
    readonly upTo: (values: {
      readonly option: MessageValue;
      readonly given: MessageValue;
      readonly maximum: MessageValue;
    }) => string;
    readonly notInProduction: string;
    readonly day: (values: { readonly given: MessageValue; readonly example: MessageValue }) => string;
  };
  readonly listener: {
    readonly full: (values: { readonly count: MessageValue }) => string;
    readonly addressFull: (values: { readonly address: MessageValue; readonly count: MessageValue }) => string;
    readonly taken: (values: { readonly setting: MessageValue; readonly port: MessageValue }) => string;
    readonly noneFree: (values: {
      readonly first: MessageValue;
      readonly last: MessageValue;
      readonly setting: MessageValue;
    }) => string;
    readonly forbidden: (values: { readonly port: MessageValue; readonly reason: MessageValue }) => string;
    readonly otherHost: (values: { readonly host: MessageValue }) => string;
    readonly failed: (values: { readonly port: MessageValue; readonly reason: MessageValue }) => string;
  };
  readonly server: {
    readonly titles: {
      readonly sso: string;
      readonly playground: string;
      readonly production: string;
      readonly portal: string;
    };
    readonly spared: (values: {
      readonly server: MessageValue;
      readonly process: MessageValue;
      readonly seconds: MessageValue;
    }) => string;
    readonly hangs: (values: {
      readonly server: MessageValue;
      readonly process: MessageValue;
      readonly seconds: MessageValue;
    }) => string;
    readonly late: (values: { readonly server: MessageValue; readonly process: MessageValue }) => string;
    readonly again: (values: {
      readonly server: MessageValue;
      readonly process: MessageValue;
      readonly reason: MessageValue;
      readonly soon: MessageValue;
      readonly attempt: MessageValue;
    }) => string;
    readonly atOnce: string;
    readonly soon: (values: { readonly seconds: MessageValue }) => string;
    readonly givenUp: (values: {
      readonly server: MessageValue;
      readonly process: MessageValue;
      readonly reason: MessageValue;
      readonly starts: MessageValue;
    }) => string;
    readonly servesAgain: (values: { readonly server: MessageValue; readonly seconds: MessageValue }) => string;
    readonly ended: (values: { readonly server: MessageValue; readonly how: MessageValue }) => string;
  };
  readonly trail: {
    readonly cut: (values: { readonly environment: MessageValue }) => string;
    readonly failed: (values: { readonly environment: MessageValue; readonly reason: MessageValue }) => string;
  };
  readonly jobs: {
    readonly failed: (values: { readonly environment: MessageValue; readonly reason: MessageValue }) => string;
    readonly interrupted: (values: { readonly percent: MessageValue; readonly job: MessageValue }) => string;
    readonly cancelled: (values: { readonly job: MessageValue }) => string;
    readonly gaveUp: (values: { readonly job: MessageValue }) => string;
    readonly begun: (values: { readonly kind: MessageValue; readonly job: MessageValue }) => string;
    readonly done: (values: { readonly count: number }) => string;
  };
  readonly subscriptions: {
    readonly failed: (values: { readonly environment: MessageValue; readonly reason: MessageValue }) => string;
  };
  readonly stream: {
    readonly failed: (values: {
      readonly environment: MessageValue;
      readonly to: MessageValue;
      readonly reason: MessageValue;
    }) => string;
    readonly reset: (values: { readonly environment: MessageValue }) => string;
    readonly kafka: {
      readonly unreached: (values: { readonly detail: MessageValue }) => string;
      readonly certificate: (values: { readonly detail: MessageValue }) => string;
      readonly login: (values: { readonly detail: MessageValue }) => string;
      readonly topic: (values: { readonly topic: MessageValue }) => string;
      readonly rights: (values: { readonly topic: MessageValue; readonly detail: MessageValue }) => string;
      readonly large: (values: { readonly topic: MessageValue; readonly detail: MessageValue }) => string;
      readonly replicas: (values: { readonly topic: MessageValue; readonly detail: MessageValue }) => string;
    };
  };
  readonly connections: {
    readonly fewToServe: (values: {
      readonly limit: MessageValue;
      readonly need: MessageValue;
      readonly advice: MessageValue;
    }) => string;
    readonly few: (values: {
      readonly limit: MessageValue;
      readonly need: MessageValue;
      readonly advice: MessageValue;
    }) => string;
    readonly need: (values: { readonly most: MessageValue; readonly serving: MessageValue }) => string;
    readonly set: (values: {
      readonly setting: MessageValue;
      readonly value: MessageValue;
      readonly workers?: MessageValue | undefined;
    }) => string;
    readonly server: (values: { readonly usable: MessageValue }) => string;
    readonly others: (values: {
      readonly usable: MessageValue;
      readonly used: MessageValue;
      readonly most: MessageValue;
      readonly advice: MessageValue;
    }) => string;
    readonly role: (values: { readonly role: MessageValue; readonly limit: MessageValue }) => string;
    readonly database: (values: { readonly name: MessageValue; readonly limit: MessageValue }) => string;
    readonly limitOf: (values: { readonly kind: MessageValue; readonly name: MessageValue }) => string;
    readonly pooler: (values: { readonly pooler: MessageValue; readonly clients: MessageValue }) => string;
    readonly poolerAdvice: string;
    readonly poolersAndServer: (values: {
      readonly usable: MessageValue;
      readonly sessions: MessageValue;
      readonly direct: MessageValue;
      readonly advice: MessageValue;
    }) => string;
    readonly poolersAndRole: (values: {
      readonly user: MessageValue;
      readonly limit: MessageValue;
      readonly sessions: MessageValue;
      readonly advice: MessageValue;
    }) => string;
    readonly poolersAndDatabase: (values: {
      readonly user: MessageValue;
      readonly limit: MessageValue;
      readonly sessions: MessageValue;
      readonly advice: MessageValue;
    }) => string;
  };
  readonly backup: {
    readonly step: string;
    readonly done: (values: { readonly id: MessageValue; readonly folder: MessageValue }) => string;
    readonly removed: (values: { readonly count: MessageValue }) => string;
    readonly notArchived: string;
    readonly aborted: string;
    readonly none: string;
    readonly noFolder: string;
    readonly notEmbedded: string;
    readonly unreadable: (values: { readonly file: MessageValue }) => string;
  };
  readonly restore: {
    readonly feedDiffers: (values: {
      readonly environment: MessageValue;
      readonly versions: MessageValue;
      readonly found: MessageValue;
    }) => string;
    readonly steps: {
      readonly copying: string;
      readonly recovering: string;
      readonly proving: string;
    };
    readonly done: (values: {
      readonly moment: MessageValue;
      readonly sessions: MessageValue;
      readonly jobs: MessageValue;
    }) => string;
    readonly before: (values: { readonly folder: MessageValue }) => string;
    readonly look: string;
    readonly moment: (values: { readonly given: MessageValue }) => string;
    readonly needsReason: string;
    readonly givenUp: string;
    readonly nothing: string;
  };
  readonly upgrade: {
    readonly steps: {
      readonly numbering: string;
      readonly preparing: string;
      readonly copying: string;
      readonly indexing: string;
      readonly comparing: string;
    };
    readonly done: (values: {
      readonly from: MessageValue;
      readonly to: MessageValue;
      readonly versions: MessageValue;
    }) => string;
    readonly before: (values: { readonly folder: MessageValue }) => string;
    readonly others: (values: { readonly names: MessageValue }) => string;
    readonly backups: (values: { readonly folder: MessageValue }) => string;
    readonly notEmbedded: string;
    readonly noDatabase: (values: { readonly path: MessageValue }) => string;
    readonly already: (values: { readonly version: MessageValue }) => string;
    readonly newer: (values: { readonly cluster: MessageValue; readonly program: MessageValue }) => string;
    readonly givenUp: string;
    readonly nothing: string;
  };
  readonly finish: {
    readonly noProof: (values: { readonly file: MessageValue }) => string;
    readonly embedded: string;
    readonly recovers: string;
    readonly nodes: (values: { readonly count: number }) => string;
    readonly compared: (values: { readonly versions: MessageValue }) => string;
    readonly notCompared: string;
    readonly done: (values: { readonly sessions: MessageValue; readonly jobs: MessageValue }) => string;
  };
  readonly storage: {
    readonly rest: string;
    readonly whole: (values: {
      readonly environment: MessageValue;
      readonly database: MessageValue;
      readonly trail: MessageValue;
      readonly resources: MessageValue;
    }) => string;
    readonly estimated: string;
    readonly each: (values: { readonly bytes: MessageValue }) => string;
    readonly onNodes: (values: { readonly environment: MessageValue }) => string;
    readonly versions: (values: {
      readonly plain: MessageValue;
      readonly packed: MessageValue;
      readonly size: MessageValue;
      readonly bytes: MessageValue;
    }) => string;
    readonly sampled: string;
    readonly dictionary: (values: {
      readonly number: MessageValue;
      readonly bytes: MessageValue;
      readonly made: MessageValue;
    }) => string;
  };
  readonly versions: {
    readonly step: (values: { readonly environment: MessageValue }) => string;
    readonly unpackStep: (values: { readonly environment: MessageValue }) => string;
    readonly packed: (values: {
      readonly environment: MessageValue;
      readonly versions: MessageValue;
      readonly plain: MessageValue;
      readonly bytes: MessageValue;
    }) => string;
    readonly nothing: (values: { readonly environment: MessageValue }) => string;
    readonly unpacked: (values: { readonly environment: MessageValue; readonly versions: MessageValue }) => string;
    readonly interrupted: string;
    readonly busy: (values: { readonly environment: MessageValue }) => string;
    readonly nodes: (values: { readonly environment: MessageValue }) => string;
  };
}

export const operationMessages = readCatalogue<OperationMessages>({ uz, ru, en });
