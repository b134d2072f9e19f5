import type { Exchange } from '../contract/exchange.ts';

/** The second step: who asks. At once where the token is known, so that a read waits for nothing. Fails as `Port.authenticate` does. */
export function authenticate(exchange: Exchange): void | Promise<void> {
  if (exchange.target?.route.permission === 'public') return;
  const bearer = exchange.port.authenticate();
  if (bearer instanceof Promise) {
    return bearer.then((verified) => {
      exchange.bearer = verified;
    });
  }
  exchange.bearer = bearer;
}
