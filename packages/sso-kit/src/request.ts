/** @dhp/sso-kit/request: the request that is being served, and its changes. */
export {
  change,
  writeBefore,
  addCorrelation,
  believeRelayedAddresses,
  beginUnitOfWork,
  callerAddress,
  callerAgent,
  correlate,
  correlationId,
  heldAnswer,
  holdAnswer,
  ipAddress,
  requestIdOf,
  requestState,
  requestStateIfAny,
  unitOfWork,
} from './request/correlation.ts';
export {
  type Change,
  createUnitOfWork,
  EndedMeanwhile,
  type PendingQuery,
  withoutWaiting,
} from './request/unit-of-work.ts';
