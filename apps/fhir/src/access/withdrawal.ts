/**
 * Withdrawing a Consent that somebody else has written about the patient: a facility that typed it from paper, or a guardian. A consent may
 * be withdrawn by the person it is about, so withdrawal does not need authorship as other changes do, but it may only end the Consent. Also
 * replacing it by a newer one, in the national reading. docs/decisions/0047-consents.md
 */
import { isDeepStrictEqual } from 'node:util';
import { isNational } from '@dhp/consent';
import type { Access } from '../contract/access.ts';

type Json = Readonly<Record<string, unknown>>;

/** Age in years from which a person alone decides in place of a guardian (Civil Code of Uzbekistan, article 22). */
const fullAge = 18;

/** Elements of `meta` that the server makes. */
const madeByServer = new Set(['versionId', 'lastUpdated']);

/** A writer about a patient, and the moment. */
interface Writing {
  readonly access: Pick<Access, 'person'>;
  /** The id of the patient of the token. */
  readonly patient: string;
  /** References of this server are below these. */
  readonly ownBases: readonly string[];
  readonly timeZone: string;
  readonly now: Date;
  /** The Patient as it is stored; undefined if it does not exist. */
  readonly readPatient: () => Promise<Json | undefined>;
}

export interface Withdrawing extends Writing {
  /** The current version. */
  readonly stored: Json;
  readonly sent: Json;
}

export interface Replacing extends Writing {
  readonly sent: Json;
  /** The active Consents about the patient that are stored, but for the one that is written; undefined if they are too many to be looked at. */
  readonly others: () => Promise<readonly Json[] | undefined>;
}

/** Returns why it is no withdrawal that the caller may make; undefined if it is one. */
export async function problemOfWithdrawal(withdrawing: Withdrawing): Promise<string | undefined> {
  const { stored, sent, access, patient } = withdrawing;
  if (!endsIt(stored, sent))
    return 'it was not written by the patient, who may withdraw it by changing its status from active to inactive, and nothing else';
  const { person } = access;
  if (person !== undefined && person !== `Patient/${patient}`)
    return grantorsOf(stored, withdrawing).includes(person)
      ? undefined
      : 'who acts for the patient withdraws what names them as grantor, and what was written by the patient';
  return isOfGuardian(stored, withdrawing) && !(await isOfFullAge(withdrawing))
    ? `its grantor acts for the patient, who withdraws it from the age of ${String(fullAge)} on (Patient.birthDate)`
    : undefined;
}

/**
 * Returns why the patient may not write this Consent; undefined if that is permitted. In the national reading the latest Consent replaces
 * all earlier ones, so the patient's would withdraw a guardian's grant. In the reading of R5 it withdraws nothing.
 */
export async function problemOfReplacement(replacing: Replacing): Promise<string | undefined> {
  const { sent, access, patient } = replacing;
  if (sent['status'] !== 'active' || !isNational(sent)) return undefined;
  if (access.person !== undefined && access.person !== `Patient/${patient}`) return undefined;
  if (await isOfFullAge(replacing)) return undefined;
  const others = await replacing.others();
  if (others === undefined)
    return 'the patient has too many active Consents to see whether it would stand in the place of one whose grantor acts for the patient';
  const granted = others.find((each) => isOfGuardian(each, replacing));
  return granted === undefined
    ? undefined
    : `it would stand in the place of Consent/${String(granted['id'])}, whose grantor acts for the patient, who may write a newer one from the age of ${String(fullAge)} on (Patient.birthDate)`;
}

function grantorsOf(consent: Json, { ownBases }: Writing): (string | undefined)[] {
  return listOf(consent['grantor']).map((each) => localOf(each, ownBases));
}

/** Whether somebody has granted it for the patient, and the patient not. */
function isOfGuardian(consent: Json, writing: Writing): boolean {
  const grantors = grantorsOf(consent, writing);
  const isForPatient = grantors.some((each) => each?.startsWith('RelatedPerson/') === true);
  return isForPatient && !grantors.includes(`Patient/${writing.patient}`);
}

/** Whether the status alone is another one. */
function endsIt(stored: Json, sent: Json): boolean {
  if (stored['status'] !== 'active' || sent['status'] !== 'inactive') return false;
  return isDeepStrictEqual(rest(stored), rest(sent));
}

function rest({ status: _status, meta, ...others }: Json): Json {
  const kept = Object.entries(objectOf(meta)).filter(([name]) => !madeByServer.has(name));
  return kept.length === 0 ? others : { ...others, meta: Object.fromEntries(kept) };
}

async function isOfFullAge({ readPatient, timeZone, now }: Writing): Promise<boolean> {
  const born = (await readPatient())?.['birthDate'];
  if (typeof born !== 'string' || !/^\d{4}(-\d\d(-\d\d)?)?$/.test(born)) return false;
  const year = String(Number(born.slice(0, 4)) + fullAge).padStart(4, '0');
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(now);
  // Of a year or a month its last day counts: by then it is sure.
  const birthday =
    born.length === 10 ? `${year}${born.slice(4)}` : born.length === 7 ? `${year}${born.slice(4)}-31` : `${year}-12-31`;
  return today >= birthday;
}

function localOf(reference: Json, ownBases: readonly string[]): string | undefined {
  const { reference: given } = reference;
  if (typeof given !== 'string') return undefined;
  const base = ownBases.find((one) => given.startsWith(`${one}/`));
  return (base === undefined ? given : given.slice(base.length + 1)).replace(/\/_history\/.*$/, '');
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter((each): each is Json => typeof each === 'object' && each !== null) : [];
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
