/** Makes rows of the trail from records. */
import { createSecretKey, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { encrypt, StreamCipher } from './cipher.ts';
import { textOfRecord } from './digest.ts';
import type { TrailKeys } from './keys.ts';
import { pseudonymOf } from './open.ts';

/** A record in the form that is stored. */
export interface TrailRow {
  /** Milliseconds since 1970. */
  readonly recorded: number;
  readonly patient: Buffer | undefined;
  readonly content: string;
  readonly keyId: string;
  readonly sealed: Buffer;
  readonly digest: Buffer;
  /** The key of the sealed part, if it is not stored yet: to be stored with the record. Rows that are stored together may share it. */
  readonly key: KeyOfRow | undefined;
}

export interface KeyOfRow {
  readonly id: string;
  readonly patient: Buffer | undefined;
  /** Its first day, `2026-11-01`. */
  readonly month: string;
  readonly sealed: Buffer;
}

/** The words of a record. */
export interface ToRecord {
  readonly recorded: number;
  /** The id of a Patient. */
  readonly patient: string | undefined;
  /** In clear: nothing that identifies a patient. */
  readonly content: Readonly<Record<string, unknown>>;
  readonly sealed: Readonly<Record<string, unknown>>;
}

export interface Sealer {
  /** Synchronous: nothing is fetched. */
  row(record: ToRecord): TrailRow;
  /** The same for rows that are stored without a digest: the sealed part is bound to its content, and has a separate key. */
  bound(record: ToRecord): TrailRow;
  /**
   * Makes rows that are stored in one transaction or not at all: those of a patient share one key, which each row carries. After a row is reported as
   * stored, further rows belong to another transaction.
   */
  together(): Pick<Sealer, 'row' | 'stored'>;
  /** To be called when a row is certainly stored, so that its key can seal the next ones. */
  stored(row: TrailRow): void;
}

interface Key {
  readonly id: string;
  readonly seal: (text: string, bound: string) => Buffer;
  readonly month: string;
  /** Milliseconds since 1970. */
  readonly made: number;
}

/** The form in which a key seals: a prefix of the patient's id in the cache, so that no key seals in both forms. */
const [inStream, alone] = ['', 'bound '] as const;
type Form = typeof inStream | typeof alone;

function sealing(form: Form, key: KeyObject): Key['seal'] {
  if (form === alone) return (text, bound) => encrypt(key, text, bound);
  const stream = new StreamCipher(key);
  return (text) => stream.encrypt(text);
}

/** Cached for a patient, or for no patient, and a form. */
interface Known {
  readonly of: string;
  readonly patient: Buffer | undefined;
  /** The pseudonym as written in the text of a digest. */
  readonly text: string;
  /** The last key that is known to be stored. */
  key: Key | undefined;
}

/** A key with the row to be stored of it. */
interface Fresh {
  readonly key: Key;
  readonly row: KeyOfRow;
}

type Shared = Map<string, Fresh>;

/** Milliseconds for which a key seals records: servers do not learn that a key was destroyed, and may use it for this time. */
const lifetime = 3_600_000;

function isGood(key: Key, month: string, recorded: number): boolean {
  return key.month === month && recorded - key.made < lifetime;
}

const dayLength = 86_400_000;

/** Keys that are remembered, of the patients of the last hours: with their ciphers some 115 MiB, and 190 once as many have made room for others. */
const mostKeys = 25_000;
const mostWaiting = 10_000;
/** The memory of a cache grows as it fills: by `max` it makes arrays of that length at once, 8 ms for 50,000. */
const growing = { sizeCalculation: () => 1 };

/**
 * A key is made for a patient if no key of the month and of the last hour is cached, and stored with the first record that it seals. Until it is known
 * to be stored, another record gets another key, so that no statement waits for the key of another one.
 */
export function openSealer(keys: TrailKeys): Sealer {
  const known = new LRUCache<string, Known>({ ...growing, maxSize: mostKeys });
  /** Keys of rows that are on their way. One whose row was not stored is pushed out by later ones. */
  const waiting = new LRUCache<string, { readonly own: Known; readonly key: Key }>({
    ...growing,
    maxSize: mostWaiting,
  });

  /** The first day of the month, cached: the next record is seldom of another day. */
  let [day, monthOfDay] = [Number.NaN, ''];
  function monthOf(recorded: number): string {
    const own = Math.floor(recorded / dayLength);
    if (own !== day) [day, monthOfDay] = [own, `${new Date(recorded).toISOString().slice(0, 7)}-01`];
    return monthOfDay;
  }

  function knownOf(form: Form, named: string | undefined): Known {
    const of = named === undefined ? form : `${form}${named}`;
    let own = known.get(of);
    if (own === undefined) {
      const patient = named === undefined ? undefined : pseudonymOf(keys, named);
      known.set(of, (own = { of, patient, text: patient?.toString('base64') ?? '', key: undefined }));
    }
    return own;
  }

  function fresh(form: Form, own: Known, o: Pick<Key, 'month' | 'made'>): Fresh {
    const id = randomUUID();
    const secret = randomBytes(32);
    const key = { id, seal: sealing(form, createSecretKey(secret)), ...o };
    waiting.set(id, { own, key });
    return { key, row: { id, patient: own.patient, month: o.month, sealed: encrypt(keys.wrapping, secret, id) } };
  }

  /** @param shared keys that are stored with the row, by whom they are for; a new one gets there */
  function rowOf(
    { recorded, content: clear, sealed: hidden, patient: named }: ToRecord,
    form: Form,
    shared?: Shared,
  ): TrailRow {
    const own = knownOf(form, named);
    const month = monthOf(recorded);
    let { key } = own;
    let row: KeyOfRow | undefined;
    if (key === undefined || !isGood(key, month, recorded)) {
      let made = shared?.get(own.of);
      if (made === undefined || !isGood(made.key, month, recorded)) made = fresh(form, own, { month, made: recorded });
      shared?.set(own.of, made);
      ({ key, row } = made);
    }
    const content = JSON.stringify(clear);
    const sealed = key.seal(JSON.stringify(hidden), content);
    const digest = keys.digests.of(textOfRecord(recorded, own.text, content, key.id), sealed);
    return {
      recorded,
      patient: own.patient,
      content,
      keyId: key.id,
      sealed,
      digest: Buffer.from(digest, 'latin1'),
      key: row,
    };
  }

  function stored({ key }: TrailRow): void {
    const found = key && waiting.get(key.id);
    if (found === undefined) return;
    waiting.delete(found.key.id);
    const { own } = found;
    own.key = found.key;
    known.set(own.of, own);
  }

  return {
    row: (record) => rowOf(record, inStream),
    bound: (record) => rowOf(record, alone),
    together() {
      const shared: Shared = new Map();
      return {
        row: (record) => rowOf(record, inStream, shared),
        stored(row) {
          shared.clear();
          stored(row);
        },
      };
    },
    stored,
  };
}
