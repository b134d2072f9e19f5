/**
 * The request that is being served, accessible from all code that runs for it: its id, which a caller may send, its network address, and
 * its state.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { RequestState } from '../request-state.ts';
import { type UnitOfWork, writeTogether, type Change } from './unit-of-work.ts';
import { relayedAddress, relayedAddressField } from '@dhp/web-kit';
import type { Session } from '@dhp/postgres';

/** The request that is being served, with its state. */
interface Cause extends RequestState {
  readonly id: string;
  readonly address: string | undefined;
  readonly agent: string | undefined;
}

// The only place where code finds its request implicitly: the engine calls stores, keys and clients without a context parameter.
const current = new AsyncLocalStorage<Cause>();

/**
 * Requests that the portal makes for a person have the address of the browser from here on: people at the portal do not share a limit, and
 * audit records show the person's network. A field written by anybody else has no effect.
 * @param key the portal's key, 32 bytes
 */
export function believeRelayedAddresses(app: FastifyInstance, key: Uint8Array): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const field = request.headers[relayedAddressField];
    if (field !== undefined) {
      const { authorization = '' } = request.headers;
      const value = relayedAddress(field, { key, authorization, now: Date.now() });
      if (value !== undefined) Object.defineProperty(request, 'ip', { value });
    }
    done();
  });
}

export function addCorrelation(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    correlate(request.raw, reply.raw, request.ip, done);
  });
  app.addHook('onSend', (_request, _reply, _payload, done) => {
    const held = heldAnswer();
    if (held === undefined) done();
    else held.then(() => done(), done);
  });
}

/** The id that a request sends, if valid, or a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9._~-]{1,64}$/.test(given) ? given : randomUUID();
}

/** Serves a request with its own state, and assigns its id. @param address of the sender */
export function correlate(
  request: IncomingMessage,
  response: ServerResponse,
  address: string,
  serve: () => void,
): void {
  const id = requestIdOf(request);
  response.setHeader('X-Request-Id', id);
  current.run({ id, address: ipAddress(address), agent: request.headers['user-agent'] }, serve);
}

/** The current request is not answered before this has been written; outside of a request nothing waits. */
export function holdAnswer(record: Promise<undefined>): void {
  const cause = current.getStore();
  if (cause !== undefined) (cause.records ??= []).push(record);
}

/** Puts the changes of the current request off to its end. */
export function beginUnitOfWork(unit: UnitOfWork): void {
  const cause = current.getStore();
  if (cause === undefined) return;
  cause.unit = unit;
  cause.ofUnit = {};
}

/**
 * Returns the state of the current request.
 * @throws Error outside of one
 */
export function requestState(): RequestState {
  const state = current.getStore();
  if (state === undefined) throw new Error('no request is being served');
  return state;
}

/** Returns the state of the current request; undefined outside of one. */
export function requestStateIfAny(): RequestState | undefined {
  return current.getStore();
}

/** Returns the unit of work of the current request; undefined if changes are not deferred. */
export function unitOfWork(): UnitOfWork | undefined {
  return current.getStore()?.unit;
}

/** Writes the deferred changes. Undefined if the request has nothing to wait for. */
export function heldAnswer(): Promise<unknown> | undefined {
  const cause = current.getStore();
  if (cause === undefined) return undefined;
  const { records, unit } = cause;
  cause.records = cause.unit = cause.ofUnit = undefined;
  const written = unit?.write();
  if (records === undefined) return written;
  return Promise.all([...records, written]);
}

/** Returns the id of the current request; undefined outside of one. */
export function correlationId(): string | undefined {
  return current.getStore()?.id;
}

/** Returns the address of the current request; undefined outside of one. */
export function callerAddress(): string | undefined {
  return current.getStore()?.address;
}

/** Returns the caller's User-Agent; undefined outside of a request. */
export function callerAgent(): string | undefined {
  return current.getStore()?.agent;
}

/** A trusted proxy may still pass on anything; one bad address must not cost the events beside it. */
export function ipAddress(text: string): string | undefined {
  const [address = ''] = text.split('%', 1); // without the zone of a link-local IPv6 address
  return isIP(address) === 0 ? undefined : address;
}

/** Defers a change to the end of the current request, or makes it now if changes are not deferred. */
export async function change(sql: Session, key: string, made: Change): Promise<void> {
  const unit = unitOfWork();
  if (unit === undefined) await writeTogether(sql, [made]);
  else unit.put(key, made);
}

/** Must be awaited before reading something that the request itself may have changed. */
export async function writeBefore(prefix: string): Promise<void> {
  const unit = unitOfWork();
  if (unit?.holds(prefix) === true) await unit.write();
}
