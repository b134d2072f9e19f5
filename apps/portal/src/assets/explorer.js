// Behaviour of the explorer: the calls of this tab, to be made again (methods and paths; no token, no body and no answer), and what a path
// can go on with.

const form = document.getElementById('call');
const place = document.getElementById('history');
const key = 'dhp explorer';

/** The calls of this tab, the newest first; none where the browser keeps nothing for pages. */
function calls() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key) ?? '[]');
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

function remember(call) {
  const others = calls().filter((one) => one.method !== call.method || one.path !== call.path);
  try {
    sessionStorage.setItem(key, JSON.stringify([call, ...others].slice(0, 30)));
  } catch {
    // It is shown until the page is left.
  }
}

function show() {
  const list = place.querySelector('ol');
  list.replaceChildren(...calls().map(entry));
  place.hidden = list.childElementCount === 0;
}

function entry({ method, path }) {
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'follow';
  button.textContent = `${method} ${path}`;
  button.addEventListener('click', () => {
    form.elements.method.value = method;
    form.elements.path.value = path;
    form.elements.path.focus();
  });
  item.append(button);
  return item;
}

form.addEventListener('submit', ({ submitter }) => {
  const follow = submitter?.name === 'follow' ? submitter.value : undefined;
  const path = follow ?? form.elements.path.value.trim();
  remember({ method: follow === undefined ? form.elements.method.value : 'GET', path });
});
show();
document.getElementById('answer')?.focus();

// Completion, as https://www.w3.org/WAI/ARIA/apg/patterns/combobox/ describes a list that belongs to a field.

const field = form.elements.path;
const list = document.getElementById('suggestions');
let chosen = -1;
let timer;

function closeList() {
  list.hidden = true;
  chosen = -1;
  field.setAttribute('aria-expanded', 'false');
  field.removeAttribute('aria-activedescendant');
}

async function suggest() {
  const typed = field.value;
  let found = [];
  try {
    const answer = await fetch(`${field.dataset.suggestions}?path=${encodeURIComponent(typed)}`, {
      cache: 'no-store',
      redirect: 'error',
    });
    found = answer.ok ? await answer.json() : [];
  } catch {
    // The path can be typed without.
  }
  if (field.value !== typed || document.activeElement !== field) return;
  closeList();
  list.replaceChildren(...found.map(option));
  list.hidden = found.length === 0;
  field.setAttribute('aria-expanded', String(found.length > 0));
}

function option({ path, about }, index) {
  const item = document.createElement('li');
  item.id = `suggestion-${index}`;
  item.setAttribute('role', 'option');
  item.dataset.path = path;
  const what = document.createElement('small');
  what.textContent = about;
  item.append(path, what);
  // Before the field loses the focus.
  item.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    take(path);
  });
  return item;
}

function take(path) {
  field.value = path;
  closeList();
  void suggest();
}

function choose(index) {
  const items = [...list.children];
  chosen = (index + items.length) % items.length;
  for (const [at, item] of items.entries()) item.setAttribute('aria-selected', String(at === chosen));
  field.setAttribute('aria-activedescendant', items[chosen].id);
  items[chosen].scrollIntoView({ block: 'nearest' });
}

field.setAttribute('role', 'combobox');
field.setAttribute('aria-autocomplete', 'list');
field.setAttribute('aria-controls', 'suggestions');
closeList();
field.addEventListener('input', () => {
  clearTimeout(timer);
  if (form.elements.server.value !== 'fhir') return closeList();
  timer = setTimeout(() => void suggest(), 120);
});
field.addEventListener('blur', closeList);
field.addEventListener('keydown', (event) => {
  if (list.hidden) return;
  if (event.key === 'Escape') closeList();
  else if (event.key === 'ArrowDown') choose(chosen + 1);
  else if (event.key === 'ArrowUp') choose(chosen < 0 ? -1 : chosen - 1);
  else if (event.key === 'Enter' && chosen >= 0) take(list.children[chosen].dataset.path);
  else return;
  event.preventDefault();
});
