// The editor of a call's body: line numbers, the validator's findings at their places, and the elements that an object can have. All of it
// is optional: without a script the page does the same when the form is sent.
{
  const text = document.getElementById('body');
  const said = document.getElementById('body-said');
  const findings = document.querySelector('#findings .issues');
  const call = text.form;

  const numbers = aside('numbers');
  const marks = aside('marks');
  text.parentElement.classList.add('is-lively');

  /** A layer beside the text, hidden from screen readers: its content is also stated below the text. */
  function aside(name) {
    const layer = document.createElement('pre');
    layer.className = name;
    layer.setAttribute('aria-hidden', 'true');
    text.before(layer);
    return layer;
  }

  /** Lines with a finding, from 1. */
  let marked = new Map();
  let shownLines = '';

  function numberLines() {
    const count = text.value.split('\n').length;
    const key = `${count} ${[...marked.keys()].join()}`;
    if (key === shownLines) return;
    shownLines = key;
    const plain = (from, to) => Array.from({ length: to - from }, (_, n) => `${from + n}\n`).join('');
    const parts = [];
    let next = 1;
    for (const [line, isError] of [...marked].filter(([line]) => line <= count).sort(([a], [b]) => a - b)) {
      const number = document.createElement('b');
      number.className = isError ? 'is-error' : 'is-warning';
      number.textContent = String(line);
      parts.push(plain(next, line), number, '\n');
      next = line + 1;
    }
    numbers.replaceChildren(...parts, plain(next, count + 1));
  }

  /** Index of a place in the text, and the end of the word that begins there. */
  function spanOf({ line, column }) {
    let begin = 0;
    for (let n = 1; n < line; n += 1) {
      const end = text.value.indexOf('\n', begin);
      if (end < 0) break;
      begin = end + 1;
    }
    const lineEnd = (text.value.indexOf('\n', begin) + text.value.length + 1) % (text.value.length + 1);
    begin = Math.min(begin + Math.max(column ?? 1, 1) - 1, lineEnd);
    const [word] = /^(?:"(?:[^"\\\n]|\\.)*"?|[\w.+-]+|.|)/.exec(text.value.slice(begin, begin + 400));
    return [begin, begin + word.length];
  }

  function goTo(issue) {
    const [begin, end] = spanOf(issue);
    text.focus();
    text.setSelectionRange(begin, end);
    const height = Number.parseFloat(getComputedStyle(text).lineHeight);
    text.scrollTop = Math.max(0, (issue.line - 4) * height);
  }

  function mark(issues) {
    const placed = issues.filter(({ line }) => line !== undefined);
    marked = new Map();
    for (const { line, isError } of placed) marked.set(line, isError || marked.get(line) === true);
    const parts = [];
    let at = 0;
    for (const [begin, end, isError] of placed
      .map((issue) => [...spanOf(issue), issue.isError])
      .sort(([a], [b]) => a - b)) {
      if (begin < at) continue;
      const word = document.createElement('mark');
      word.className = isError ? 'is-error' : 'is-warning';
      word.textContent = text.value.slice(begin, end) || ' ';
      parts.push(text.value.slice(at, begin), word);
      at = end;
    }
    marks.replaceChildren(...(parts.length > 0 ? [...parts, `${text.value.slice(at)}\n`] : []));
    numberLines();
    scroll();
  }

  function scroll() {
    for (const layer of [numbers, marks]) layer.scrollTop = text.scrollTop;
    marks.scrollLeft = text.scrollLeft;
  }

  function finding(issue) {
    const item = document.createElement('li');
    item.className = issue.isError ? 'is-error' : 'is-warning';
    if (issue.line !== undefined) {
      const place = document.createElement('button');
      place.type = 'button';
      place.className = 'follow';
      place.textContent = issue.place;
      place.addEventListener('click', () => goTo(issue));
      item.append(place, ' ');
    }
    item.append(issue.text);
    if (issue.expression !== undefined) {
      const path = document.createElement('code');
      path.translate = false;
      path.textContent = issue.expression;
      item.append(' ', path);
    }
    return item;
  }

  let asked = 0;

  async function check() {
    asked += 1;
    const mine = asked;
    said.textContent = text.dataset.checking;
    const sent = new URLSearchParams(new FormData(call));
    let found;
    try {
      const answer = await fetch(text.dataset.validator, { method: 'POST', body: sent, redirect: 'error' });
      found = answer.ok ? await answer.json() : undefined;
    } catch {
      // Said below.
    }
    if (mine !== asked) return;
    const { issues, said: sentence } = found ?? { issues: [], said: text.dataset.failed };
    findings.replaceChildren(...issues.map(finding));
    findings.classList.remove('is-stale');
    said.textContent = sentence;
    mark(issues);
  }

  call.addEventListener('submit', (event) => {
    if (event.submitter?.name !== 'check') return;
    event.preventDefault();
    void check();
  });
  text.addEventListener('scroll', scroll);
  text.addEventListener('input', () => {
    asked += 1;
    if (marked.size > 0 || findings.childElementCount > 0) {
      findings.classList.add('is-stale');
      said.textContent = text.dataset.stale;
    }
    marked = new Map();
    marks.replaceChildren();
    numberLines();
  });
  text.closest('details').addEventListener('toggle', scroll);

  // An answer reports errors at places of the sent text.
  mark(
    [...document.querySelectorAll('.answer .issues [data-line]')].map(({ dataset, className }) => ({
      ...{ line: Number(dataset.line), column: Number(dataset.column), isError: className === 'is-error' },
    })),
  );

  // Suggestions of elements for an object, while a name is typed.

  /** Longer texts are not read at each key. */
  const longest = 200_000;

  /** The name that is being typed: its beginning, and the path to its object from the innermost resource. */
  function nameAtCaret() {
    const end = text.selectionStart;
    if (end !== text.selectionEnd || end > longest || text.value.length > longest) return undefined;
    const objects = [];
    let [name, isName, open] = ['', false, undefined];
    for (const [sign, body] of text.value.slice(0, end).matchAll(/"((?:[^"\\]|\\.)*)"?|[{}[\],:]/g)) {
      open = undefined;
      const top = objects.at(-1);
      if (sign === '{' || sign === '[') {
        objects.push({ name: top?.isList ? '' : name, isList: sign === '[', resourceType: undefined });
        isName = sign === '{';
      } else if (sign === '}' || sign === ']') {
        objects.pop();
        isName = false;
      } else if (sign === ',') isName = top?.isList === false;
      else if (sign === ':') isName = false;
      else {
        const isOpen = sign.length === 1 || !sign.endsWith('"');
        if (isOpen) open = body;
        else if (isName) name = body;
        else if (name === 'resourceType' && top !== undefined) top.resourceType = body;
      }
    }
    if (open === undefined || !isName) return undefined;
    const from = objects.findLastIndex(({ resourceType }) => resourceType !== undefined);
    const root = objects[from]?.resourceType ?? /"resourceType"\s*:\s*"(\w+)"/.exec(text.value)?.[1];
    if (root === undefined) return undefined;
    const path = objects.slice(Math.max(from, 0) + 1).flatMap((one) => (one.name === '' ? [] : [one.name]));
    return { typed: open, type: root, at: path.join('.') };
  }

  /** Places the list below the line of the caret. */
  function placeList() {
    const before = text.value.slice(0, text.selectionStart);
    const line = before.split('\n').length;
    const column = before.length - before.lastIndexOf('\n') - 1;
    const { lineHeight, paddingTop } = getComputedStyle(text);
    const top = Number.parseFloat(paddingTop) + line * Number.parseFloat(lineHeight) - text.scrollTop;
    const list = document.getElementById('elements');
    list.style.top = `${Math.round(top)}px`;
    list.style.insetInlineStart = `min(calc(${column}ch + 3rem), 60%)`;
  }

  window.offerSuggestions(text, document.getElementById('elements'), {
    asked: nameAtCaret,
    async ask(wanted) {
      placeList();
      const answer = await fetch(`${text.dataset.elements}?${new URLSearchParams(wanted)}`, { redirect: 'error' });
      return answer.ok ? answer.json() : [];
    },
    take(name) {
      const { typed } = nameAtCaret() ?? { typed: '' };
      const at = text.selectionStart;
      const rest = text.value[at] === '"' ? '' : '": ';
      text.setRangeText(`${name}${rest}`, at - typed.length, at, 'end');
      text.dispatchEvent(new Event('input'));
      return false;
    },
  });
}
