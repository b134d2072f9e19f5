// Made by `npm run messages` from messages/receivers/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/receivers/uz.json' with { type: 'json' };
import ru from '../../messages/receivers/ru.json' with { type: 'json' };
import en from '../../messages/receivers/en.json' with { type: 'json' };

export interface ReceiversMessages {
  readonly open: string;
  readonly title: string;
  readonly about: string;
  readonly none: string;
  readonly make: string;
  readonly tooMany: string;
  readonly absent: string;
  readonly away: string;
  readonly one: string;
  readonly address: string;
  readonly secret: string;
  readonly ends: string;
  readonly count: (values: { readonly count: number }) => string;
  readonly how: string;
  readonly answer: {
    readonly title: string;
    readonly about: string;
    readonly takes: string;
    readonly fails: string;
    readonly slow: string;
    readonly set: string;
    readonly done: string;
  };
  readonly notifications: {
    readonly title: string;
    readonly about: string;
    readonly none: string;
    readonly number: (values: { readonly number: MessageValue }) => string;
    readonly signature: {
      readonly right: string;
      readonly wrong: string;
      readonly none: string;
    };
    readonly headers: string;
    readonly content: string;
    readonly cut: (values: { readonly count: MessageValue; readonly shown: MessageValue }) => string;
  };
  readonly types: {
    readonly handshake: string;
    readonly heartbeat: string;
    readonly 'event-notification': string;
  };
  readonly refresh: string;
  readonly remove: string;
  readonly removed: string;
  readonly back: string;
  readonly applications: string;
}

export const receiversMessages = readCatalogue<ReceiversMessages>({ uz, ru, en });
