/**
 * What is wrong in postgres.js 3.4.9 when a connection or a statement fails, and the smallest change that mends each.
 * Without them a restart of PostgreSQL leaves requests that never end, may deliver the rows of one statement to another,
 * may run the rest of a broken transaction inside somebody else's, and may end the process. Each was seen before it was
 * mended, and `test/driver.test.ts` shows it again; the numbers are issues of https://github.com/porsager/postgres.
 *
 * The version is pinned exactly. A text that is not found once stops the start: then read the new version, and drop
 * what it has mended itself.
 */
export interface Repair {
  /** Path in the package. */
  file: string;
  why: string;
  find: string;
  put: string;
}

const connection = 'src/connection.js';
const index = 'src/index.js';
const queue = 'src/queue.js';

export const repairs: Repair[] = [
  {
    file: index,
    why: `Statements went to the connection that had been idle for the longest time: where one at a time is asked, every session took its
      turn, with plans and caches of its own that were cold again. Now the one that was used last goes on.`,
    find: `      return go(open.shift(), query)
`,
    put: `      return go(open.pop(), query)
`,
  },
  {
    file: queue,
    why: 'See above.',
    find: `    push: (x) => (xs.push(x), x),
`,
    put: `    push: (x) => (xs.push(x), x),
    pop: () => {
      const out = xs.pop()

      if (index === xs.length) {
        index = 0
        xs = []
      }

      return out
    },
`,
  },
  {
    file: connection,
    why: 'A statement that fails after some rows left its row count behind: the next result began with holes (1119, 1181).',
    find: `    query = results = errorResponse = null
    result = new Result()
`,
    put: `    query = results = errorResponse = null
    result = new Result()
    rows = 0
`,
  },
  {
    file: connection,
    why: `After the socket's error event, or when statements came between it and the close event, they stayed in the queue of
      the connection: they never ended, or took the answers of later ones. And the state of the old session was kept: its
      error hit the first statement of the new one (1130, 1223), a half-filled buffer stopped it (CONNECT_TIMEOUT), end()
      waited for ever (1142). A closed connection now rejects all it had, and forgets all.`,
    find: `    if (initial)
      return reconnect()

    !hadError && (query || sent.length) && error(Errors.connection('CONNECTION_CLOSED', options, socket))
`,
    put: `    const lost = Errors.connection('CONNECTION_CLOSED', options)
    stream && (stream.destroy(lost), stream = null)
    query && queryError(query, lost)
    while (sent.length)
      queryError(sent.shift(), lost)
    query = results = errorResponse = chunk = nextWriteTimer = null
    result = new Result()
    rows = 0
    if (initial && options.host.length === 1 && !target_session_attrs) {
      queryError(initial, lost)
      initial = null
    }
    ended && (ended(), ending = ended = null)

    if (initial)
      return reconnect()

`,
  },
  {
    file: connection,
    why: 'The query for array types of a new session was rejected with nobody listening: the process ended (1223).',
    find: '    `], [], execute)\n',
    put: '    `], [], execute).catch(() => [])\n',
  },
  {
    file: connection,
    why: 'A write to a connection that is closed threw out of a timer: the process ended (1208).',
    find: `    const x = socket.write(chunk, fn)
`,
    put: `    if (!socket) {
      chunk = nextWriteTimer = null
      error(Errors.connection('CONNECTION_CLOSED', options))
      return false
    }
    const x = socket.write(chunk, fn)
`,
  },
  {
    file: connection,
    why: 'A connection lost while the function of a cursor works: the next page was asked of it (see above).',
    find: `    try {
      const x = await Promise.resolve(query.cursorFn(result))
      rows = 0
`,
    put: `    const current = query
    try {
      const x = await Promise.resolve(current.cursorFn(result))
      if (query !== current)
        return
      rows = 0
`,
  },
  {
    file: connection,
    why: 'The same when that function throws.',
    find: `    } catch (err) {
      write(Sync)
      query.reject(err)
`,
    put: `    } catch (err) {
      if (query !== current)
        return current.reject(err)
      write(Sync)
      query.reject(err)
`,
  },
  {
    file: connection,
    why: 'A server without TLS got the start of a handshake all the same, and the error said nothing of it.',
    find: `      if (!canSSL && ssl === 'prefer')
        return connected()
`,
    put: `      if (!canSSL && ssl === 'prefer')
        return connected()
      if (!canSSL)
        return socket.destroy(Object.assign(new Error('the server offers no TLS'), { code: 'TLS_NOT_OFFERED' }))
`,
  },
  {
    file: connection,
    why: `A parameter that cannot be serialised rejected the statement that was running, of somebody else, and its own one
      never ended.`,
    find: `    } catch (error) {
      sent.length === 0 && write(Sync)
`,
    put: `    } catch (error) {
      if (q !== query) {
        sent.remove(q)
        queryError(q, error)
        return true
      }
      sent.length === 0 && write(Sync)
`,
  },
  {
    file: connection,
    why: `BEGIN on a connection with a full pipeline did not reserve it: the transaction failed, and statements of others ran
      in the open transaction that it left.`,
    find: `      return write(toBuffer(q))
        && !q.describeFirst
        && !q.cursorFn
        && sent.length < max_pipeline
        && (!q.options.onexecute || q.options.onexecute(connection))
`,
    put: `      const takesMore = write(toBuffer(q))
        && !q.describeFirst
        && !q.cursorFn
        && sent.length < max_pipeline
      if (!q.options.onexecute)
        return takesMore
      q.options.onexecute(connection)
      return false
`,
  },
  {
    file: index,
    why: `A transaction whose connection was lost went on, on the next session of that connection: its statements ran inside
      the transaction of somebody else (1216), or broke the start of the session; what had waited never ended (1186).`,
    find: `    let savepoints = 0
      , connection
`,
    put: `    let savepoints = 0
      , claim
      , connection
`,
  },
  {
    file: index,
    why: 'See above: the reservation that begin() works under.',
    find: `      c.reserved = () => queries.length
        ? c.execute(queries.shift())
        : move(c, reserved)
`,
    put: `      claim = c.reserved = () => queries.length
        ? c.execute(queries.shift())
        : move(c, reserved)
      claim.lost = error => {
        while (queries.length)
          queries.shift().reject(error)
      }
`,
  },
  {
    file: index,
    why: 'See above: no statement of begin() without its reservation.',
    find: `        q.catch(e => uncaughtError || (uncaughtError = e))
`,
    put: `        q.catch(e => uncaughtError || (uncaughtError = e))
        if (c.reserved !== claim)
          return q.reject(Errors.connection('CONNECTION_CLOSED', options))
`,
  },
  {
    file: index,
    why: 'The same for reserve(): its reservation.',
    find: `    c.reserved.release = true
`,
    put: `    c.reserved.release = true
    const claim = c.reserved
    claim.lost = error => {
      while (queue.length)
        queue.shift().reject(error)
    }
`,
  },
  {
    file: index,
    why: 'The same for reserve(): to release a lost connection would offer it to others as an open one.',
    find: `      c.reserved = null
      onopen(c)
`,
    put: `      if (c.reserved !== claim)
        return
      c.reserved = null
      onopen(c)
`,
  },
  {
    file: index,
    why: 'The same for reserve(): no statement without its reservation.',
    find: `      c.queue === full
        ? queue.push(q)
        : c.execute(q) || move(c, full)
`,
    put: `      if (c.reserved !== claim)
        return q.reject(Errors.connection('CONNECTION_CLOSED', options))
      c.queue === full
        ? queue.push(q)
        : c.execute(q) || move(c, full)
`,
  },
  {
    file: index,
    why: 'See above: what waits in a transaction or reservation is told.',
    find: `    move(c, closed)
    c.reserved = null
`,
    put: `    move(c, closed)
    c.reserved && c.reserved.lost && c.reserved.lost(e)
    c.reserved = null
`,
  },
];
