/**
 * `node:http` without the classes of WebSockets. To import the module of Node itself reads all that it exports, and that of WebSockets loads the client of
 * `fetch`: 50 ms of CPU in each process, most of which never call it. `module-paths.ts` leads imports here.
 */
const http = process.getBuiltinModule('node:http');

export default http;
export const {
  Agent,
  ClientRequest,
  IncomingMessage,
  METHODS,
  OutgoingMessage,
  STATUS_CODES,
  Server,
  ServerResponse,
  createServer,
  get,
  globalAgent,
  maxHeaderSize,
  request,
  setGlobalProxyFromEnv,
  setMaxIdleHTTPParsers,
  validateHeaderName,
  validateHeaderValue,
} = http;
