// Made by `npm run messages` from messages/documents/*.json.
import { readCatalogue, type MessageValue } from '@dhp/messages';
import uz from '../../messages/documents/uz.json' with { type: 'json' };
import ru from '../../messages/documents/ru.json' with { type: 'json' };
import en from '../../messages/documents/en.json' with { type: 'json' };

export interface DocumentsMessages {
  readonly title: string;
  readonly lead: string;
  readonly all: string;
  readonly contents: string;
  readonly notTranslated: string;
  readonly older: string;
  readonly example: (values: { readonly number: MessageValue }) => string;
  readonly table: (values: { readonly number: MessageValue }) => string;
  readonly feed: string;
  readonly search: {
    readonly label: string;
    readonly action: string;
    readonly title: (values: { readonly query: MessageValue }) => string;
    readonly count: (values: { readonly count: number }) => string;
  };
  readonly readers: {
    readonly integrator: string;
    readonly operator: string;
    readonly person: string;
  };
  readonly about: {
    readonly 'getting-started': {
      readonly title: string;
      readonly answers: string;
    };
    readonly portal: {
      readonly title: string;
      readonly answers: string;
    };
    readonly 'api-access': {
      readonly title: string;
      readonly answers: string;
    };
    readonly 'rest-api': {
      readonly title: string;
      readonly answers: string;
    };
    readonly jobs: {
      readonly title: string;
      readonly answers: string;
    };
    readonly 'bulk-export': {
      readonly title: string;
      readonly answers: string;
    };
    readonly subscriptions: {
      readonly title: string;
      readonly answers: string;
    };
    readonly notifications: {
      readonly title: string;
      readonly answers: string;
    };
    readonly search: {
      readonly title: string;
      readonly answers: string;
    };
    readonly 'names-across-scripts': {
      readonly title: string;
      readonly answers: string;
    };
    readonly validation: {
      readonly title: string;
      readonly answers: string;
    };
    readonly terminology: {
      readonly title: string;
      readonly answers: string;
    };
    readonly tokens: {
      readonly title: string;
      readonly answers: string;
    };
    readonly clients: {
      readonly title: string;
      readonly answers: string;
    };
    readonly 'laboratory-results': {
      readonly title: string;
      readonly answers: string;
    };
    readonly referral: {
      readonly title: string;
      readonly answers: string;
    };
    readonly prescription: {
      readonly title: string;
      readonly answers: string;
    };
    readonly immunization: {
      readonly title: string;
      readonly answers: string;
    };
    readonly changelog: {
      readonly title: string;
      readonly answers: string;
    };
    readonly install: {
      readonly title: string;
      readonly answers: string;
    };
    readonly configuration: {
      readonly title: string;
      readonly answers: string;
    };
    readonly administration: {
      readonly title: string;
      readonly answers: string;
    };
    readonly 'database-roles': {
      readonly title: string;
      readonly answers: string;
    };
    readonly pooler: {
      readonly title: string;
      readonly answers: string;
    };
    readonly packages: {
      readonly title: string;
      readonly answers: string;
    };
    readonly access: {
      readonly title: string;
      readonly answers: string;
    };
    readonly reliability: {
      readonly title: string;
      readonly answers: string;
    };
    readonly metrics: {
      readonly title: string;
      readonly answers: string;
    };
    readonly doctor: {
      readonly title: string;
      readonly answers: string;
    };
    readonly backup: {
      readonly title: string;
      readonly answers: string;
    };
    readonly retention: {
      readonly title: string;
      readonly answers: string;
    };
    readonly runbooks: {
      readonly title: string;
      readonly answers: string;
    };
    readonly distributed: {
      readonly title: string;
      readonly answers: string;
    };
    readonly 'security-policy': {
      readonly title: string;
      readonly answers: string;
    };
    readonly 'threat-model': {
      readonly title: string;
      readonly answers: string;
    };
    readonly cryptography: {
      readonly title: string;
      readonly answers: string;
    };
    readonly asvs: {
      readonly title: string;
      readonly answers: string;
    };
    readonly 'sign-in': {
      readonly title: string;
      readonly answers: string;
    };
  };
}

export const documentsMessages = readCatalogue<DocumentsMessages>({ uz, ru, en });
