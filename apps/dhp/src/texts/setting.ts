// Made by `npm run messages` from messages/setting/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/setting/uz.json' with { type: 'json' };
import ru from '../../messages/setting/ru.json' with { type: 'json' };
import en from '../../messages/setting/en.json' with { type: 'json' };

export interface SettingMessages {
  readonly wrong: (values: {
    readonly name: MessageValue;
    readonly value: MessageValue;
    readonly problem: MessageValue;
  }) => string;
  readonly unknown: (values: { readonly name: MessageValue; readonly advice: MessageValue }) => string;
  readonly ignored: (values: { readonly name: MessageValue; readonly advice: MessageValue }) => string;
  readonly serviceLink: (values: {
    readonly name: MessageValue;
    readonly value: MessageValue;
    readonly advice: MessageValue;
  }) => string;
  readonly didYouMean: (values: { readonly name: MessageValue }) => string;
  readonly listed: string;
  readonly kubernetes: (values: { readonly service: MessageValue }) => string;
  readonly noFile: (values: { readonly path: MessageValue }) => string;
  readonly inFile: (values: {
    readonly file: MessageValue;
    readonly name: MessageValue;
    readonly advice: MessageValue;
  }) => string;
  readonly pair: (values: { readonly name: MessageValue; readonly other: MessageValue }) => string;
  readonly unreadable: (values: { readonly file: MessageValue; readonly reason: MessageValue }) => string;
  readonly fileUnreadable: (values: {
    readonly name: MessageValue;
    readonly path: MessageValue;
    readonly reason: MessageValue;
  }) => string;
  readonly breachedPasswords: (values: { readonly path: MessageValue; readonly reason: MessageValue }) => string;
  readonly wants: {
    readonly absoluteUrl: string;
    readonly http: string;
    readonly noSlash: string;
    readonly noQuery: string;
    readonly noLogin: string;
    readonly normalForm: (values: { readonly form: MessageValue }) => string;
    readonly databasePassword: string;
    readonly port: string;
    readonly onOff: string;
    readonly oneOf: (values: { readonly allowed: MessageValue }) => string;
    readonly wholeNumber: (values: { readonly least: MessageValue; readonly most: MessageValue }) => string;
    readonly timeZone: string;
    readonly jwkSet: string;
    readonly size: string;
    readonly typeNames: string;
    readonly notEmpty: string;
    readonly role: (values: { readonly role: MessageValue; readonly roles: MessageValue }) => string;
    readonly group: (values: { readonly name: MessageValue; readonly groups: MessageValue }) => string;
    readonly address: (values: { readonly given: MessageValue }) => string;
    readonly origin: (values: { readonly given: MessageValue }) => string;
    readonly environments: (values: { readonly given: MessageValue }) => string;
    readonly packages: string;
    readonly profile: (values: { readonly given: MessageValue }) => string;
    readonly host: (values: { readonly given: MessageValue }) => string;
    readonly sessionLimit: (values: { readonly given: MessageValue }) => string;
    readonly secretKey: string;
    readonly oneId: string;
    readonly provider: string;
    readonly providerName: (values: { readonly name: MessageValue }) => string;
    readonly providersAlike: string;
    readonly nats: string;
    readonly kafka: string;
    readonly topic: string;
    readonly streamName: string;
    readonly bucket: string;
    readonly region: string;
    readonly mail: string;
    readonly accessLog: string;
    readonly share: string;
  };
  readonly bucketKey: string;
  readonly identity: {
    readonly playground: string;
    readonly production: string;
    readonly testOneId: string;
  };
  readonly weak: {
    readonly proxy: string;
    readonly proxyInProduction: string;
    readonly database: (values: { readonly mode: MessageValue; readonly weakness: MessageValue }) => string;
    readonly clear: string;
    readonly offered: string;
    readonly unverified: string;
  };
}

export const settingMessages = readCatalogue<SettingMessages>({ uz, ru, en });
