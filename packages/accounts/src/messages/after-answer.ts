/** Work that only some callers cause, such as a message to a person who exists: nobody learns of it by the time that an answer takes. */
import { AsyncResource } from 'node:async_hooks';
import type { FastifyReply } from 'fastify';

/**
 * Begins the work when the answer has been sent, or the connection was lost.
 * @param onFault is told of what it throws
 */
export function afterAnswer(
  reply: FastifyReply,
  work: () => Promise<unknown>,
  onFault: (error: unknown) => void,
): void {
  const begin = AsyncResource.bind(() => void work().catch(onFault)); // still counted to this request in the audit trail
  reply.raw.once('close', begin);
}
