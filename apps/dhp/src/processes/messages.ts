/** Messages between `dhp start` and the processes of its servers (child_process IPC, as JSON). */
import type { Lent, Loan } from '@dhp/rate-limit';
import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { Addresses } from '../addresses.ts';
import type { DemoClient } from '../demo-client.ts';
import type { LogChange } from '../log/control.ts';
import type { PortalKeys } from '../portal-client.ts';
import type { ServerKeys } from '../server-keys.ts';

export const serverNames = ['sso', 'playground', 'production', 'portal'] as const;
export type ServerName = (typeof serverNames)[number];

/** Everything that a process needs to serve. It has no other source of settings, so a restart serves the same as the start. */
export interface Assignment {
  readonly server: ServerName;
  /** Settings as text, without the URL of the database and, except for the SSO, without the secret key. */
  readonly settings: Readonly<Record<string, string>>;
  /** Number of processes that serve together, and the index of this one; the process that only runs jobs, if any, comes after them. */
  readonly workers: number;
  readonly worker: number;
  /** The data directory. */
  readonly data: string;
  /** The server's own database; the portal has none. */
  readonly databaseUrl?: string;
  readonly addresses: Addresses;
  /** For a FHIR server, in base64: only the keys that it needs from the secret key. */
  readonly keys?: Readonly<Record<keyof ServerKeys, string>>;
  /** For the portal: the keys that it needs from the secret key. */
  readonly portalKeys?: PortalKeys;
  /** Socket on which the portal listens for the playground, which has its port. */
  readonly portalSocket?: string;
  /** For the SSO: whether the client for trying things out may be created. */
  readonly mayHaveDemoClient?: boolean;
  /** For the portal: whether the patient in the documents is in the playground. */
  readonly hasDemoPeople?: boolean;
}

/** Sent by a server as soon as it is ready. */
export interface Ready {
  readonly demo?: DemoClient;
  readonly hasDemoPeople?: boolean;
}

/** To a server. A `connection` comes with its socket. */
export type ToServer =
  /** With `waits`, it opens its parts and does not serve before `go`. */
  | { readonly kind: 'serve'; readonly assignment: Assignment; readonly waits: boolean }
  | { readonly kind: 'go' }
  /** The answer to `borrow`. */
  | { readonly kind: 'lent'; readonly id: number; readonly lent: Lent }
  | { readonly kind: 'connection' }
  /** Asks for its metrics. */
  | { readonly kind: 'measure'; readonly id: number }
  /** Changes its log from the settings; `{}`: back to the settings. */
  | { readonly kind: 'log'; readonly change: LogChange }
  | { readonly kind: 'stop'; readonly drain: number };

/** Progress of a server, shown by `dhp start`. */
export type ProgressMessage =
  | { readonly kind: 'say'; readonly line: string }
  | { readonly kind: 'step'; readonly id: number; readonly title: string }
  | {
      readonly kind: 'update';
      readonly id: number;
      readonly done: number;
      readonly total: number;
      readonly note?: string;
    }
  | { readonly kind: 'done'; readonly id: number; readonly note?: string };

/** Metrics as one process sends them to the other: numbers that JSON has, and the labels of the process. */
export type SentMetrics = readonly MetricObjectWithValues<MetricValue<string>>[];

/** From a server. */
export type FromServer =
  | { readonly kind: 'ready'; readonly ready: Ready }
  /** It cannot serve, and ends. `name` is that of the error class. */
  | { readonly kind: 'failed'; readonly name: string; readonly message: string; readonly isTemporary: boolean }
  /** It has got a connection, and may be passed the next. */
  | { readonly kind: 'taken' }
  /** The answer to `measure`; without metrics if nothing is measured. */
  | { readonly kind: 'measured'; readonly id: number; readonly metrics?: SentMetrics }
  /** Asks for more of a quota that the processes of the server share. */
  | { readonly kind: 'borrow'; readonly id: number; readonly loan: Loan }
  | ProgressMessage;
