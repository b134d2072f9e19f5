/**
 * Random walks through the endpoints of the protocols by people, applications and thieves on two nodes, compared after each step with a
 * model of who may get a token when. A failed walk is printed with its seed; `DHP_TEST_WALK=7` runs only that one.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openAccounts } from '@dhp/accounts';
import { isFull } from '../../../tests/sample.ts';
import { randomSource, type Random } from '../../../tests/random.ts';
import { authorizeAddress, Browser, pkce, type Page } from './browser.ts';
import { newClient, postForm, recordsInUse, testBed, type Answer } from './support.ts';
import { end, endSession, grace } from './walk-model.ts';
import type { Client, Code, Device, Family, Launch, Maybe, Person, Pushed, Seat } from './walk-model.ts';

let now = Date.now();
const clock = (): Date => new Date(now);
const bed = await testBed();
const nodes = [await bed.start({ clock, patients: recordsInUse }), await bed.start({ clock, patients: recordsInUse })];
const home = nodes[0]!.url;
const redirectUri = 'https://clinic.example.uz/cb';
const elsewhere = 'https://clinic.example.uz/other';
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

async function client(name: string, isDevice: boolean, isOffline: boolean, isPublic: boolean): Promise<Client> {
  const { id, secret } = await newClient(bed.clients, {
    name: `Client ${name}`,
    grants: [isDevice ? deviceGrant : 'authorization_code', 'refresh_token'],
    scopes: ['openid', 'offline_access', 'online_access', 'launch', 'user/*.rs'],
    ...(!isDevice && { redirectUris: [redirectUri, elsewhere] }),
    public: isPublic,
  });
  return {
    name,
    id,
    own: isPublic ? { client_id: id } : { client_id: id, client_secret: secret },
    isDevice,
    isOffline,
  };
}

const clients = [
  await client('phone', false, true, true),
  await client('web', false, false, false),
  await client('evil', false, false, false),
  await client('television', true, true, true),
  await client('box', true, true, false),
];
const browserClients = clients.filter(({ isDevice }) => !isDevice);
const devices = clients.filter(({ isDevice }) => isDevice);
const software = await newClient(bed.clients, { scopes: ['dhp.launch', 'system/*.rs'] });
const reader = { client_id: software.id, client_secret: software.secret };

const accounts = openAccounts(bed.sql, { actor: 'cli:tester' });
async function person(username: string, practitioner?: string): Promise<Person> {
  const identity = { environment: 'playground', type: 'Practitioner', fhir_id: practitioner ?? '' } as const;
  const identities = practitioner === undefined ? [] : [identity];
  const password = `${username} has a long password`;
  const { accountId } = await accounts.create({ username, name: `The ${username}`, password, identities });
  return { username, password, accountId, practitioner };
}
const people = [await person('aziza', 'pr-1'), await person('nodira', 'pr-2'), await person('mallory')];

interface World {
  readonly random: Random;
  readonly seats: Seat[];
  readonly families: Family[];
  readonly codes: Code[];
  readonly waiting: Device[];
  readonly pushed: Pushed[];
  readonly launches: Launch[];
  /** `account client` of consents given on a page in this walk. */
  readonly allowed: Set<string>;
  readonly steps: string[];
}

const scopeOf = ({ isOffline }: Client): string => `openid ${isOffline ? 'offline_access' : 'online_access'} user/*.rs`;
const node = ({ random }: World): string => random.pick(nodes).url;
const xsrfOf = ({ text }: Page): string => /name="xsrf" value="([^"]*)"/.exec(text)?.[1] ?? '';
/** The number of an authorization in a walk, for its print. */
const nth = (world: World, family: Family): string => `authorization ${String(world.families.indexOf(family))}`;
/** A member of a list: in two of three cases a suitable one, so that it has an effect. */
function prefer<Value>({ random }: World, all: readonly Value[], isGood: (one: Value) => boolean): Value | undefined {
  const good = random.oneIn(3) ? all : all.filter(isGood);
  return random.pick(good.length > 0 ? good : all);
}
const say = (world: World, step: string): void => void world.steps.push(step);

/** Continues from a page of a sign-in to its end. @returns the target of the browser, and whether it had to sign in and to give consent */
async function answer(
  world: World,
  seat: Seat,
  { page: begun, who, app, isAllowing }: { page: Page; who: Person; app: Client; isAllowing: boolean },
): Promise<{ back: URL; page: Page; hasSignedIn: boolean; wasAsked: boolean }> {
  let page = begun;
  let [hasSignedIn, wasAsked] = [false, false];
  for (let pages = 0; pages < 6; pages += 1) {
    if (page.text.includes('name="password"')) {
      page = await seat.browser.submit(page, { username: who.username, password: who.password }, 'login');
      hasSignedIn = true;
      if (seat.person !== undefined && seat.person !== who) endSession(seat, world.families, world.codes);
      seat.person = who;
    } else if (page.text.includes('/oauth/logout/confirm')) {
      page = await seat.browser.post('/oauth/logout/confirm', { xsrf: xsrfOf(page), logout: 'yes' });
    } else if (page.text.includes('value="allow"')) {
      assert.ok(page.text.includes(`Client ${app.name}`), 'the page names another client');
      wasAsked = true;
      if (isAllowing) world.allowed.add(`${who.accountId} ${app.id}`);
      page = await seat.browser.submit(page, {}, isAllowing ? 'allow' : 'refuse');
    } else break;
  }
  return { back: new URL(page.address), page, hasSignedIn, wasAsked };
}

function mustBe(expected: Maybe, got: boolean, what: string): void {
  if (expected !== undefined) assert.equal(got, expected, what);
}

/** Records the tokens of a client; the person in them must have consented. */
async function given(world: World, { client: by, person: who, access, refresh }: Family, got: Answer): Promise<void> {
  const { access_token: token, refresh_token: next } = got.body as Record<string, string>;
  access.push({ token: token!, isRevoked: false });
  if (next !== undefined) refresh.push({ token: next, usedAt: undefined });
  const { body } = await postForm(`${node(world)}/oauth/introspect`, { ...reader, token });
  assert.deepEqual([body['active'], body['sub'], body['client_id']], [true, who.accountId, by.id]);
  assert.ok(world.allowed.has(`${who.accountId} ${by.id}`), 'the person has not allowed this client');
}

/** The authorization of a sign-in: a new one, or an existing one of the session that continues. */
function familyOf(
  world: World,
  seat: Seat,
  { isAnew, ...of }: Pick<Family, 'client' | 'person'> & { isOffline: boolean; isAnew: boolean },
): Family {
  const isHere = ({ client: by, seat: at, session }: Family): boolean =>
    by === of.client && at === seat && session === seat.session;
  const last = isAnew ? undefined : world.families.findLast(isHere);
  if (last?.hasEnded === false) {
    if (last.isOffline !== of.isOffline) last.isOffline = undefined;
    return last;
  }
  const isUnknown = last !== undefined && last.hasEnded === undefined;
  const state = isUnknown ? { hasEnded: undefined, isOffline: undefined } : { hasEnded: false };
  const made: Family = { ...of, seat, session: seat.session, access: [], refresh: [], ...state };
  world.families.push(made);
  return made;
}

/** A sign-in in a browser, plain or pushed, perhaps with a launch. */
async function authorize(world: World): Promise<void> {
  const { random } = world;
  const seat = random.pick(world.seats);
  const known = random.oneIn(4) ? random.pick(world.pushed) : undefined;
  const app = known !== undefined && !random.oneIn(3) ? known.client : random.pick(browserClients);
  const launch =
    known === undefined && random.oneIn(4) ? prefer(world, world.launches, (of) => of.client === app) : undefined;
  const prompt = random.pick([undefined, undefined, undefined, 'none', 'login', 'select_account', 'consent']);
  const maxAge = random.oneIn(6) ? '0' : undefined;
  const who = prompt === 'login' || seat.person === undefined ? random.pick(people) : seat.person;
  const hasPkce = app.own['client_secret'] === undefined || !random.oneIn(3);
  const made = pkce();
  const isAllowing = !random.oneIn(5);
  const asked = {
    ...{ client_id: app.id, response_type: 'code', redirect_uri: redirectUri, scope: scopeOf(app), prompt },
    ...(launch !== undefined && { launch: launch.value, scope: `launch ${scopeOf(app)}` }),
    ...{ max_age: maxAge, response_mode: random.pick([undefined, 'query', 'fragment']), state: 's' },
    ...(hasPkce && made.query),
  };
  // Parameters beside a pushed request are ignored (RFC 9126 section 4).
  const query = known && {
    client_id: app.id,
    request_uri: known.uri,
    redirect_uri: elsewhere,
    scope: 'openid',
    prompt: 'none',
  };
  say(
    world,
    `${seat.person?.username ?? 'nobody'} (${who.username}) at ${app.name}: ${JSON.stringify({ ...(query ?? asked), code_challenge: undefined })}, ${isAllowing ? 'allows' : 'refuses'}`,
  );
  const there = seat.person;
  const page = await seat.browser.get(authorizeAddress(query ?? asked));
  const isAnew = query === undefined && (prompt === 'login' || prompt === 'select_account' || maxAge === '0');
  const { back, hasSignedIn, wasAsked } = await answer(world, seat, {
    page,
    who: there === undefined || isAnew ? who : there,
    app,
    isAllowing,
  });
  const values = back.hash === '' ? back.searchParams : new URLSearchParams(back.hash.slice(1));
  const value = values.get('code');
  if (value === null) return;
  const signedIn = seat.person!;
  assert.equal(back.origin + back.pathname, redirectUri, 'to another address');
  assert.ok(values.get('iss') !== null, 'without iss');
  if (isAnew) assert.ok(hasSignedIn, 'a session was enough');
  if (query === undefined && prompt === 'none') assert.ok(!hasSignedIn, 'a page was shown');
  assert.ok(world.allowed.has(`${signedIn.accountId} ${app.id}`), 'nobody has allowed it');
  if (known !== undefined) {
    assert.ok(!known.isUsed && known.until > now && known.client === app, 'of a pushed request that is not good');
    known.isUsed = true;
  }
  if (launch !== undefined) {
    const isFor =
      signedIn.practitioner !== undefined && (launch.practitioner ?? signedIn.practitioner) === signedIn.practitioner;
    assert.ok(!launch.isUsed && launch.until > now && launch.client === app && isFor, 'of a launch that is not good');
    launch.isUsed = true;
  }
  // Access that outlives the session needs explicit consent (OpenID Connect Core 1.0 section 11).
  const isAsked =
    query !== undefined || prompt === undefined || prompt === 'consent' || (launch !== undefined && prompt !== 'none');
  const isOffline = app.isOffline && isAsked;
  const verifier = known?.verifier ?? (hasPkce ? made.verifier : undefined);
  // An application that requests offline access or a context needs consent each time, through a page that is skipped if everything was
  // allowed before.
  const isAnewAllowed = wasAsked || isOffline || launch !== undefined || prompt === 'consent';
  const family = familyOf(world, seat, { client: app, person: signedIn, isOffline, isAnew: isAnewAllowed });
  say(world, `  ${nth(world, family)} of ${app.name} and ${signedIn.username}`);
  world.codes.push({ value, verifier, family, until: now + 60_000, isUsed: false, isSpoilt: false });
}

async function push(world: World): Promise<void> {
  const app = world.random.pick(browserClients);
  const { verifier, query } = pkce();
  const asked = { response_type: 'code', redirect_uri: redirectUri, scope: scopeOf(app), ...query };
  const { body, text } = await postForm(`${node(world)}/oauth/par`, { ...app.own, ...asked });
  assert.equal(typeof body['request_uri'], 'string', text);
  say(world, `${app.name} pushes a request`);
  const until = now + 1000 * Number(body['expires_in']);
  world.pushed.push({ client: app, uri: String(body['request_uri']), verifier, until, isUsed: false });
}

async function launch(world: World): Promise<void> {
  const app = world.random.pick(browserClients);
  const practitioner = world.random.pick([undefined, 'pr-1', 'pr-2']);
  const form = { ...reader, application: app.id, patient: 'p-1', practitioner };
  const { body } = await postForm(`${node(world)}/oauth/launch`, form);
  say(world, `a launch of ${app.name} for ${practitioner ?? 'any'}`);
  world.launches.push({
    client: app,
    value: String(body['launch']),
    practitioner,
    until: now + 300_000,
    isUsed: false,
  });
}

/** A code is redeemed at the token endpoint, by its client or a thief, once or on two nodes concurrently. */
async function redeem(world: World): Promise<void> {
  const { random } = world;
  const code = prefer(world, world.codes, ({ isUsed, until }) => !isUsed && until > now);
  if (code === undefined) return;
  const { family } = code;
  const by = random.oneIn(4) ? random.pick(browserClients) : family.client;
  const hasSecret = by.own['client_secret'] === undefined || !random.oneIn(6);
  const kind = random.oneIn(3) ? random.pick(['wrong', 'absent', 'empty', 'plain'] as const) : 'right';
  const challenge = code.verifier === undefined ? undefined : pkce();
  const sent = {
    right: code.verifier,
    wrong: pkce().verifier,
    absent: undefined,
    empty: '',
    plain: challenge?.query.code_challenge,
  }[kind];
  const to = random.oneIn(6) ? elsewhere : redirectUri;
  const own = hasSecret ? by.own : { client_id: by.id };
  const form = { grant_type: 'authorization_code', code: code.value, redirect_uri: to, ...own, code_verifier: sent };
  const times = random.oneIn(4) ? 2 : 1;
  say(
    world,
    `code of ${nth(world, family)} by ${by.name}${hasSecret ? '' : ' without its secret'}, verifier ${kind}, to ${to}, ${String(times)} times`,
  );
  const answers = await Promise.all(Array.from({ length: times }, () => postForm(`${node(world)}/oauth/token`, form)));
  const won = answers.filter(({ status }) => status === 200);
  const isOwn = by === family.client && hasSecret;
  const isRight = (sent || undefined) === code.verifier && to === redirectUri;
  const isGood =
    code.isUsed || code.until <= now || code.isSpoilt === true || family.hasEnded === true
      ? false
      : code.isSpoilt === undefined
        ? undefined
        : true;
  if (!isOwn || !isRight || isGood === false) assert.equal(won.length, 0, 'a code that is not good');
  else if (isGood === true) assert.equal(won.length, 1, JSON.stringify(answers[0]!.body));
  const isGuess = isOwn && (sent || undefined) !== undefined && sent !== code.verifier;
  if (isGuess && code.isSpoilt === false) code.isSpoilt = code.verifier === undefined ? undefined : true;
  if (won.length > 0) {
    if (times === 1) await given(world, family, won[0]!);
    else {
      family.access.push({ token: String(won[0]!.body['access_token']), isRevoked: false });
      family.refresh.push({ token: String(won[0]!.body['refresh_token']), usedAt: undefined });
      end(family);
    }
    code.isUsed = true;
  } else if (isOwn && isRight && code.isUsed) {
    // Gone after its minute, it is a text like any other.
    family.hasEnded = code.until > now && code.isSpoilt === false ? true : family.hasEnded || undefined;
  }
}

async function refresh(world: World): Promise<void> {
  const { random } = world;
  const renewing = world.families.filter(({ refresh: all }) => all.length > 0);
  const family = prefer(world, renewing, ({ hasEnded }) => hasEnded === false);
  const token = family && (random.oneIn(3) ? random.pick(family.refresh) : family.refresh.at(-1));
  if (family === undefined || token === undefined) return;
  const by = random.oneIn(4) ? random.pick(clients) : family.client;
  const times = random.oneIn(3) ? 3 : 1;
  say(
    world,
    `refresh token ${token.usedAt === undefined ? '' : 'used before '}of ${nth(world, family)} by ${by.name}, ${String(times)} times`,
  );
  const form = { grant_type: 'refresh_token', refresh_token: token.token, ...by.own };
  const answers = await Promise.all(Array.from({ length: times }, () => postForm(`${node(world)}/oauth/token`, form)));
  const isFresh = token.usedAt === undefined || token.usedAt + grace > now;
  const isGood: Maybe =
    by !== family.client || !isFresh ? false : family.hasEnded === undefined ? undefined : !family.hasEnded;
  for (const got of answers) mustBe(isGood, got.status === 200, JSON.stringify(got.body));
  for (const got of answers) if (got.status === 200) await given(world, family, got);
  if (answers[0]!.status === 200) token.usedAt ??= now;
  else if (by === family.client && !isFresh) end(family);
}

async function beginDevice(world: World): Promise<void> {
  const app = world.random.pick(devices);
  const { body } = await postForm(`${node(world)}/oauth/device_authorization`, { ...app.own, scope: scopeOf(app) });
  const { device_code: deviceCode, user_code: userCode } = body as Record<string, string>;
  say(world, `${app.name} begins`);
  world.waiting.push({
    client: app,
    deviceCode: deviceCode!,
    userCode: userCode!,
    until: Date.now() + 600_000,
    state: 'waits',
    family: undefined,
  });
}

/** A person types the code of a device, reads which application it belongs to, and answers. */
async function answerDevice(world: World): Promise<void> {
  const { random } = world;
  const device = prefer(world, world.waiting, ({ state }) => state === 'waits');
  const seat = random.pick(world.seats);
  if (device === undefined) return;
  const who = seat.person ?? random.pick(people);
  const [confirms, isAllowing] = [!random.oneIn(5), !random.oneIn(5)];
  say(
    world,
    `${who.username} at the code of ${device.client.name} (${device.state}): ${confirms ? '' : 'not '}confirmed, ${isAllowing ? 'allowed' : 'refused'}`,
  );
  const asked = await seat.browser.get(`/oauth/device?user_code=${device.userCode}`);
  const typed = random.pick([device.userCode, device.userCode.toLowerCase(), device.userCode.replace('-', '')]);
  const question = await seat.browser.post('/oauth/device', { xsrf: xsrfOf(asked), user_code: typed });
  const isOpen = device.state === 'waits' && device.until > now;
  assert.equal(question.text.includes('name="confirm"'), isOpen, 'the question of a device');
  const choice: Record<string, string> = confirms ? { confirm: 'yes' } : { abort: 'yes' };
  const login = await seat.browser.post('/oauth/device', { xsrf: xsrfOf(asked), user_code: typed, ...choice });
  if (!isOpen) {
    assert.ok(!login.text.includes('value="allow"') && !login.text.includes('name="password"'), 'another answer');
    return;
  }
  assert.ok(question.text.includes(`Client ${device.client.name}`), 'the question names another client');
  device.state = 'refused';
  if (!confirms) return;
  const { wasAsked } = await answer(world, seat, { page: login, who, app: device.client, isAllowing });
  if (wasAsked && !isAllowing) return;
  device.state = 'allowed';
  const { client: app } = device;
  device.family = familyOf(world, seat, { client: app, person: who, isOffline: app.isOffline, isAnew: wasAsked });
  say(world, `  ${nth(world, device.family)} of ${device.client.name} and ${who.username}`);
}

async function poll(world: World): Promise<void> {
  const { random } = world;
  const device = prefer(world, world.waiting, ({ state }) => state === 'allowed');
  if (device === undefined) return;
  const by = random.oneIn(4) ? random.pick(clients) : device.client;
  const times = random.oneIn(4) ? 2 : 1;
  say(world, `${by.name} polls for ${device.client.name} (${device.state}) ${String(times)} times`);
  const form = { grant_type: deviceGrant, device_code: device.deviceCode, ...by.own };
  const answers = await Promise.all(Array.from({ length: times }, () => postForm(`${node(world)}/oauth/token`, form)));
  const won = answers.filter(({ status }) => status === 200);
  const isRight = by === device.client && device.state === 'allowed' && device.until > now;
  const { family } = device;
  if (!isRight || family!.hasEnded === true) {
    assert.equal(won.length, 0, 'a device that may have nothing');
    if (by === device.client && device.state === 'used' && device.until > now) end(family!);
    return;
  }
  // Of two concurrent requests the second may end the tokens that the first is about to issue.
  const isTold = family!.hasEnded !== false || won.length === 1 || (times === 2 && won.length === 0);
  assert.ok(isTold, JSON.stringify(answers[0]!.body));
  device.state = 'used';
  if (times === 1) return given(world, family!, won[0]!);
  if (won.length === 0) {
    end(family!);
    return;
  }
  family!.access.push({ token: String(won[0]!.body['access_token']), isRevoked: false });
  family!.refresh.push({ token: String(won[0]!.body['refresh_token']), usedAt: undefined });
  end(family!);
}

async function revoke(world: World): Promise<void> {
  const { random } = world;
  const family = prefer(world, world.families, ({ access: all }) => all.length > 0);
  if (family === undefined || family.access.length === 0) return;
  const by = random.oneIn(2) ? random.pick(clients) : family.client;
  const [access, renewing] = [random.pick(family.access), family.refresh.at(-1)];
  const isWhole = renewing !== undefined && random.oneIn(2);
  say(world, `${by.name} revokes ${isWhole ? 'a refresh' : 'an access'} token of ${nth(world, family)}`);
  const token = isWhole ? renewing.token : access.token;
  assert.equal((await postForm(`${node(world)}/oauth/revoke`, { ...by.own, token })).status, 200);
  if (by !== family.client) return;
  if (isWhole) end(family);
  else access.isRevoked = true;
}

async function signOut(world: World): Promise<void> {
  const seat = world.random.pick(world.seats);
  say(world, `${seat.person?.username ?? 'nobody'} signs out`);
  const page = await seat.browser.get('/oauth/logout');
  await seat.browser.post('/oauth/logout/confirm', { xsrf: xsrfOf(page), logout: 'yes' });
  endSession(seat, world.families, world.codes);
}

function pass(world: World): Promise<void> {
  const seconds = world.random.pick([1, 4, 4, 40, 70]);
  now += seconds * 1000;
  say(world, `${String(seconds)} s pass`);
  return Promise.resolve();
}

/** Tokens of an ended authorization are invalid, and all others are valid. */
async function compare(world: World): Promise<void> {
  for (const family of world.families)
    for (const { token, isRevoked } of family.access) {
      const { hasEnded } = family;
      const { body } = await postForm(`${node(world)}/oauth/introspect`, { ...reader, token });
      const counts = isRevoked ? false : hasEnded === undefined ? undefined : !hasEnded;
      mustBe(counts, body['active'] === true, `an access token of ${nth(world, family)}`);
    }
}

const often = [authorize, authorize, authorize, redeem, redeem, redeem, redeem, refresh, refresh, refresh];
const doors = [
  ...often,
  push,
  launch,
  beginDevice,
  answerDevice,
  answerDevice,
  poll,
  poll,
  revoke,
  signOut,
  pass,
  pass,
];

async function walk(seed: number, length: number): Promise<World> {
  const random = randomSource(seed, 0);
  const seats = [0, 1].map((): Seat => ({ browser: new Browser(home), person: undefined, session: 0 }));
  const lists = {
    families: [],
    codes: [],
    waiting: [],
    pushed: [],
    launches: [],
    steps: [],
    allowed: new Set<string>(),
  };
  const world: World = { random, seats, ...lists };
  await bed.sql`delete from sso.consent`;
  // The engine dates a device code by the system's clock: the walk begins there.
  now = Date.now();
  try {
    for (let step = 0; step < length; step += 1) {
      now += 10;
      await random.pick(doors)(world);
      if (step % 8 === 7) await compare(world);
    }
    await compare(world);
  } catch (error) {
    throw new Error(`Walk ${String(seed)}:\n${world.steps.join('\n')}`, { cause: error });
  }
  return world;
}

it('no walk gives a token that nobody allowed, twice what is given once, or leaves what has ended', async (t) => {
  const [alone, many] = [process.env['DHP_TEST_WALK'], isFull ? 60 : 6];
  const seeds = alone === undefined ? Array.from({ length: many }, (_, n) => n + 1) : [Number(alone)];
  let [given, ended, steps] = [0, 0, 0];
  for (const seed of seeds) {
    const world = await walk(seed, 110);
    steps += world.steps.length;
    given += world.families.reduce((sum, { access }) => sum + access.length, 0);
    ended += world.families.filter(({ access, hasEnded }) => access.length > 0 && hasEnded === true).length;
  }
  t.diagnostic(`${String(steps)} steps, ${String(given)} access tokens, ${String(ended)} authorizations that ended`);
  if (alone === undefined)
    assert.ok(given > 5 * seeds.length && ended > seeds.length, 'the walks give hardly anything');
});
