/** Legal holds of this environment: the Single Sign-On server has asked whether the person may see and change them. docs/operations/retention.md */
import { typeNumber } from '@dhp/fhir-model';
import type { LegalHold } from '@dhp/fhir-store/retention';
import type { Call, Services } from '../contract/interaction.ts';
import { type Asked, optionalText, textIn } from './asked.ts';
import { Problem } from './problem.ts';

/** Holds of one list. */
const limit = 200;

const wellFormed = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Those that stand, or all; patients on whom they are are in the record of the request. */
export async function listHolds({ unguarded }: Services, asked: Asked, { recording }: Call): Promise<unknown> {
  const id = optionalText(asked, 'id');
  if (id !== undefined && !wellFormed.test(id)) return { holds: [], hasMore: false };
  const { accessAdministration } = unguarded;
  const found = await accessAdministration.holds({
    all: asked['all'] === true,
    limit: limit + 1,
    ...(id && { hold: id }),
  });
  const holds = found.slice(0, limit);
  for (const { type, id: held } of holds) if (type === 'Patient' && held !== undefined) recording?.patients.add(held);
  return { holds: holds.map(shown), hasMore: found.length > limit };
}

/** As JSON, with null for absent members. */
function shown({ hold, type, id, reason, setBy, made, until, lifted, stands }: LegalHold): object {
  return {
    ...{ id: hold, on: id === undefined ? type : `${type}/${id}`, reason, setBy, made, until: until ?? null, stands },
    ...{ lifted: lifted?.at ?? null, liftedBy: lifted?.by ?? null, liftedReason: lifted?.reason ?? null },
  };
}

/** Sets one on a resource or a type. Purges go by it from the answer on. */
export async function setHold({ unguarded, clock }: Services, asked: Asked, { recording }: Call): Promise<unknown> {
  const [on, setBy, reason] = [textIn(asked, 'on'), textIn(asked, 'by'), textIn(asked, 'reason')];
  const [, type = '', id] = /^([A-Za-z]+)(?:\/([A-Za-z0-9.-]{1,64}))?$/.exec(on) ?? [];
  if (typeNumber(type) === undefined)
    throw new Problem(400, 'invalid-value', 'on is a resource, as Patient/42, or a type, as Observation.');
  const until = untilIn(asked, clock());
  if (type === 'Patient' && id !== undefined) recording?.patients.add(id);
  return { id: await unguarded.accessAdministration.setHold({ type, id, until, setBy, reason }) };
}

/** A day, which begins in UTC, or an instant; it is to come. */
function untilIn(asked: Asked, now: Date): Date | undefined {
  const given = optionalText(asked, 'until');
  if (given === undefined || given === '') return undefined;
  const until = new Date(given);
  // JavaScript takes the 31st of February for a day of March.
  const isDay = new Date(Date.parse(given.slice(0, 10)) || 0).toISOString().startsWith(given.slice(0, 10));
  const isOne = isDay && /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?$/.test(given) && !Number.isNaN(until.getTime());
  if (isOne && until > now) return until;
  throw new Problem(400, 'invalid-value', 'until is a day that is to come, as 2030-01-31.');
}

/** A hold that was lifted stays so: another one is set. */
export async function liftHold({ unguarded }: Services, asked: Asked, { recording }: Call): Promise<unknown> {
  const [id, by, reason] = [textIn(asked, 'id'), textIn(asked, 'by'), textIn(asked, 'reason')];
  const held = wellFormed.test(id)
    ? await unguarded.accessAdministration.liftHold({ hold: id, by, reason })
    : undefined;
  if (held === undefined)
    throw new Problem(404, 'unknown-hold', `There is no legal hold ${id.slice(0, 40)}, or it was lifted before.`);
  if (held.type === 'Patient' && held.id !== undefined) recording?.patients.add(held.id);
  return { id };
}
