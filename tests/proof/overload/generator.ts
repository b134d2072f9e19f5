/**
 * Requests of several clients, as a process of its own. In an open loop each has its time, whatever has become of those before it, and what it takes
 * is counted from that time; else each connection asks again as soon as it is answered, which shows what can be answered at most.
 */
import { open, type Connection, type Response } from '../../../bench/load/connection.ts';
import { transaction } from '../../../bench/transactions.ts';

export interface Sender {
  readonly name: string;
  /** Header fields and forms that show who it is. */
  readonly who:
    { readonly token: string } | { readonly form: string; readonly basic: string; readonly authorize: string };
  /** The address that it comes from. */
  readonly from: string;
  /** Requests a second, evenly; in a closed loop its connections. */
  readonly amount: number;
}

export interface Order {
  readonly port: number;
  readonly loop: 'open' | 'closed';
  readonly senders: readonly Sender[];
  /** Path of the base URL. */
  readonly path: string;
  /** A request to which the server answers without much work. */
  readonly hello: string;
  readonly ids: readonly string[];
  /** Milliseconds that are counted, and those before them. */
  readonly duration: number;
  readonly warmUp: number;
  /** Connections in an open loop, as a proxy keeps them, of the one that sends most and of each other; a request beyond waits for one. */
  readonly connections: { readonly most: number; readonly few: number };
  /** Tells the patients of one order from those of another. */
  readonly serial: number;
}

export interface Outcome {
  readonly name: string;
  readonly sent: number;
  /** All right answers, those before and after the time that is counted included. */
  readonly right: number;
  /** Right answers that came while it was counted, to whatever was sent before. */
  readonly inTime: number;
  /** Milliseconds of each request that was answered well. */
  readonly answered: readonly number[];
  /** The same for those that were refused for now. */
  readonly refused: readonly number[];
  /** Refusals without a time to come again. */
  readonly withoutTime: number;
  /** Answers that were neither, in their own words. */
  readonly wrong: readonly string[];
}

/** Of a hundred requests to a FHIR server; the rest are transactions. */
const mix = { reads: 30, searches: 40 };
/** Of a hundred to the SSO: tokens as nearly all programs ask for them, and those for which its engine is asked; the rest are sign-ins that begin. */
const tokenMix = { plain: 60, resource: 20 };

class Client {
  readonly outcome = {
    sent: 0,
    right: 0,
    inTime: 0,
    answered: [] as number[],
    refused: [] as number[],
    withoutTime: 0,
    wrong: [] as string[],
  };
  /** Whether right answers are counted as they come. */
  isCounting = false;
  readonly #sender: Sender;
  readonly #order: Order;
  readonly #idle: Connection[] = [];
  readonly #late: (() => void)[] = [];
  #random: number;
  #serial: number;

  constructor(sender: Sender, order: Order, index: number) {
    this.#sender = sender;
    this.#order = order;
    this.#random = index + 1;
    this.#serial = order.serial + index * 10_000_000;
  }

  /** Opens its connections, with a request on each, so that the server has it. */
  async connect(count: number): Promise<void> {
    const { hello, port } = this.#order;
    for (let n = 0; n < count; n += 20)
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          const connection = await open('127.0.0.1', port, false, this.#sender.from);
          await new Promise<void>((resolve) => {
            connection.send(`${hello} HTTP/1.1\r\nHost: 127.0.0.1:${String(port)}\r\n\r\n`, () => resolve());
          });
          this.#idle.push(connection);
        }),
      );
  }

  /** @param due when it should have been sent; counted: whether it is */
  ask(due: number, counted: boolean, over: () => void = () => undefined): void {
    const connection = this.#idle.pop();
    if (connection === undefined) this.#late.push(() => this.ask(due, counted, over));
    else this.#send(connection, due, counted, over);
  }

  #send(connection: Connection, due: number, counted: boolean, over: () => void): void {
    connection.send(this.#next(), (response) => {
      this.#note({ due, counted }, response);
      if (!(response instanceof Error)) this.#idle.push(connection);
      this.#late.shift()?.();
      over();
    });
  }

  #note({ due, counted }: { due: number; counted: boolean }, response: Response | Error): void {
    const { outcome } = this;
    const isRight = !(response instanceof Error) && [200, 201, 303].includes(response.status);
    if (isRight) outcome.right += 1;
    if (isRight && this.isCounting) outcome.inTime += 1;
    if (!counted) return;
    outcome.sent += 1;
    const took = performance.now() - due;
    if (response instanceof Error) outcome.wrong.push(response.message);
    else if (isRight) outcome.answered.push(took);
    else if (response.status === 503 && /server-busy|More requests come/.test(response.body)) {
      outcome.refused.push(took);
      if (!/\r\nretry-after: *[1-9]/i.test(response.head)) outcome.withoutTime += 1;
    } else outcome.wrong.push(`${String(response.status)} ${response.body.slice(0, 300)}`);
  }

  #next(): string {
    const { path, ids, port } = this.#order;
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    const [kind, id] = [(this.#random >>> 8) % 100, ids[(this.#random >>> 16) % ids.length]!];
    const { who } = this.#sender;
    const host = `Host: 127.0.0.1:${String(port)}\r\n`;
    if (!('token' in who)) return ofSso(kind, host, who);
    const fields = `${host}Authorization: Bearer ${who.token}\r\n`;
    if (kind < mix.reads) return `GET ${path}/Patient/${id} HTTP/1.1\r\n${fields}\r\n`;
    if (kind < mix.reads + mix.searches) return `GET ${path}/Patient?active=true&_count=50 HTTP/1.1\r\n${fields}\r\n`;
    return post(path, `${fields}Content-Type: application/fhir+json\r\n`, transaction(10, (this.#serial += 10)));
  }

  close(): void {
    for (const each of this.#idle) each.close();
  }
}

function post(path: string, fields: string, body: string): string {
  return `POST ${path} HTTP/1.1\r\n${fields}Content-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`;
}

function ofSso(kind: number, host: string, who: Exclude<Sender['who'], { token: string }>): string {
  if (kind >= tokenMix.plain + tokenMix.resource) return `GET ${who.authorize} HTTP/1.1\r\n${host}\r\n`;
  const fields = `${host}Content-Type: application/x-www-form-urlencoded\r\n`;
  // With an empty parameter, which counts as left out, the request is not a plain one.
  return kind < tokenMix.plain
    ? post('/oauth/token', fields, who.form)
    : post('/oauth/token', `${fields}Authorization: ${who.basic}\r\n`, 'grant_type=client_credentials&resource=');
}

async function run(order: Order): Promise<Outcome[]> {
  const clients = order.senders.map((sender, index) => new Client(sender, order, index));
  const isOpen = order.loop === 'open';
  const most = Math.max(...order.senders.map(({ amount }) => amount));
  const count = (sender: Sender): number =>
    !isOpen ? sender.amount : sender.amount === most ? order.connections.most : order.connections.few;
  await Promise.all(clients.map((client, n) => client.connect(count(order.senders[n]!))));
  const began = performance.now();
  const from = began + order.warmUp;
  const until = from + order.duration;
  const counting = (isCounting: boolean): void => {
    for (const client of clients) client.isCounting = isCounting;
  };
  setTimeout(counting, order.warmUp, true);
  setTimeout(counting, order.warmUp + order.duration, false);
  await Promise.all(
    clients.map((client, n) => {
      const { amount } = order.senders[n]!;
      return isOpen ? openLoop(client, amount, { began, from, until }) : closedLoop(client, amount, { from, until });
    }),
  );
  for (const client of clients) client.close();
  return clients.map((client, n) => ({ name: order.senders[n]!.name, ...client.outcome }));
}

/** Ends when all are answered. */
function openLoop(
  client: Client,
  rate: number,
  { began, from, until }: { began: number; from: number; until: number },
): Promise<void> {
  return new Promise((resolve) => {
    let due = began;
    let open = 0;
    let isOver = false;
    const over = (): void => {
      open -= 1;
      if (isOver && open === 0) resolve();
    };
    const tick = (): void => {
      for (const now = performance.now(); due <= now && due < until; due += 1000 / rate) {
        open += 1;
        client.ask(due, due >= from, over);
      }
      isOver = due >= until;
      if (!isOver) setTimeout(tick, 2);
      else if (open === 0) resolve();
    };
    tick();
  });
}

async function closedLoop(
  client: Client,
  connections: number,
  { from, until }: { from: number; until: number },
): Promise<void> {
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const next = (): void => {
        const now = performance.now();
        if (now >= until) resolve();
        else client.ask(now, now >= from, next);
      };
      next();
    });
  await Promise.all(Array.from({ length: connections }, one));
}

process.on('message', (order: Order) => {
  run(order).then(
    (outcomes) => process.send?.({ outcomes }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
