// Behaviour of the explorer: the calls of this tab, to be repeated (methods and paths; no token, no body and no answer), and completions of
// a path.

const form = document.getElementById('call');
const place = document.getElementById('history');
const key = 'dhp explorer';

/** The calls of this tab, the newest first; empty if the browser stores nothing for pages. */
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

const field = form.elements.path;

async function pathsFor(typed) {
  if (form.elements.server.value !== 'fhir') return [];
  const answer = await fetch(`${field.dataset.suggestions}?path=${encodeURIComponent(typed)}`, {
    cache: 'no-store',
    redirect: 'error',
  });
  return answer.ok ? answer.json() : [];
}

field.setAttribute('role', 'combobox');
window.offerSuggestions(field, document.getElementById('suggestions'), {
  asked: () => field.value,
  ask: pathsFor,
  take(path) {
    field.value = path;
    return true;
  },
});
