/** Requests a day that are logged for a client without proof: they cannot displace the client's own requests. */

/** Of one client and day. */
const most = 2_000;
/** Clients that are counted; more than any installation has. */
const mostClients = 100_000;
const day = 86_400_000;

export function createStrangers(): { admit(client: string, time: number): boolean } {
  let today = 0;
  let counts = new Map<string, number>();
  return {
    admit(client, time) {
      const date = Math.floor(time / day);
      if (date !== today) {
        today = date;
        counts = new Map();
      }
      const count = counts.get(client) ?? 0;
      if (count >= most || (count === 0 && counts.size >= mostClients)) return false;
      counts.set(client, count + 1);
      return true;
    },
  };
}
