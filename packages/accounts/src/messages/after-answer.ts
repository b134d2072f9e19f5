/**
 * Work that only some requests cause, such as a message to an existing person, runs after the answer: the time of the answer reveals
 * nothing about it.
 */
import { AsyncResource } from 'node:async_hooks';
import type { FastifyReply } from 'fastify';

/**
 * Starts the work after the answer has been sent, or the connection was lost.
 * @param onFault is called with its error
 */
export function afterAnswer(
  reply: FastifyReply,
  work: () => Promise<unknown>,
  onFault: (error: unknown) => void,
): void {
  const begin = AsyncResource.bind(() => void work().catch(onFault)); // still counted to this request in the audit trail
  reply.raw.once('close', begin);
}
