/** @dhp/outbound: requests to addresses that others have named, never into the own network. */
export {
  addressFault,
  createOutbound,
  faultForStrangers,
  openKeptOutbound,
  OutboundError,
  type Outbound,
  type OutboundOptions,
  type OutboundRequest,
} from './outbound.ts';
