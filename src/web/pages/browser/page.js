// What the pages of mail links do, served as it stands here. It knows no sentence: those lie in the page, in its
// language, each in a template.

const PATIENCE_MS = 30_000;

/** The view that a refusal leads to. */
const VIEWS = /** @type {Record<string, string>} */ ({
  INVALID_TOKEN: 'invalid',
  INVALID_RESET_TOKEN: 'invalid',
  TOKEN_EXPIRED: 'expired',
  RESET_TOKEN_EXPIRED: 'expired',
  ADDRESS_TAKEN: 'taken',
});

/** What can be tried again as it is, by the status of the answer; 0 is none at all. */
const PROBLEMS = /** @type {Record<number, string>} */ ({
  0: 'offline',
  429: 'tooMany',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
});

/** What the mail's link brought: its token, and whose it is. It is in memory alone: no address bar, history or storage keeps it. */
let token = '';
let owner = '';
let view = '';
let isBusy = false;

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} name */
const copyOf = (name) => /** @type {HTMLTemplateElement} */ (element(name)).content.cloneNode(true);

const field = () => /** @type {HTMLInputElement | null} */ (document.querySelector('form input[name]'));
const button = () => /** @type {HTMLButtonElement} */ (document.querySelector('form button:not([type])'));

/** @param {string} name */
const show = (name) => {
  view = name;
  element('view').replaceChildren(copyOf(name));
  document.title = element('heading').textContent;
  const username = /** @type {HTMLInputElement | null} */ (document.getElementById('username'));
  if (username) username.value = owner;
  // What leads on keeps the language that was chosen here.
  for (const link of document.querySelectorAll('a[data-own]')) {
    /** @type {HTMLAnchorElement} */ (link).search = location.search;
  }
};

/** Shows how it ended, where a screen reader goes on reading. @param {string} name */
const conclude = (name) => {
  show(name);
  element('heading').focus();
};

/** @param {string} name @param {number} [seconds] how long to wait before the next try */
const tellProblem = (name, seconds = 0) => {
  element('problem').replaceChildren(copyOf(name));
  const [count, unit] = seconds > 90 ? [seconds / 60, 'minute'] : [seconds, 'second'];
  const wait = new Intl.RelativeTimeFormat(document.documentElement.lang).format(
    Math.ceil(Number(count)),
    /** @type {'minute' | 'second'} */ (unit),
  );
  for (const place of element('problem').querySelectorAll('[data-fill]')) place.textContent = wait;
};

/** @param {HTMLInputElement} input @param {string} name */
const tellFlaw = (input, name) => {
  element('flaw').replaceChildren(copyOf(name));
  input.setAttribute('aria-invalid', 'true');
  input.focus();
};

/** What is wrong with a field's length, before anybody is asked. @param {HTMLInputElement} input */
const flawOf = ({ value, dataset }) => {
  const length = [...value.normalize('NFKC')].length;
  if (length < Number(dataset['min'])) return dataset['short'];
  return length > Number(dataset['max']) ? dataset['long'] : undefined;
};

/**
 * Asks the API. No answer at all has the status 0.
 * @param {string} path @param {object} body
 */
const post = async (path, body) => {
  const request = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    credentials: /** @type {const} */ ('omit'),
    signal: AbortSignal.timeout(PATIENCE_MS),
  };
  const answer = await fetch(path, request).catch(() => undefined);
  if (!answer) return { status: 0, code: '', fields: [], wait: 0 };
  // What stands between us and the API may answer anything.
  const { code, data } = (await answer.json().catch(() => undefined)) ?? {};
  return {
    status: answer.status,
    code,
    fields: (data?.errors ?? []).map((/** @type {{ field: string }} */ error) => error.field),
    wait: Number(answer.headers.get('Retry-After')) || 60,
  };
};

/** Tells what came of a form. @param {HTMLFormElement} form @param {Awaited<ReturnType<typeof post>>} answer */
const tell = ({ dataset }, { status, code, fields, wait }) => {
  const input = field();
  if (status === 200) return conclude(dataset['next'] ?? '');
  if (code === 'SAME_PASSWORD' && input) return tellFlaw(input, 'same');
  if (code === 'VALIDATION_ERROR' && input && fields.includes(`body.${input.name}`)) {
    return tellFlaw(input, input.dataset['refused'] ?? '');
  }
  // Of what a form sends only the token is left to be wrong.
  const name = code === 'VALIDATION_ERROR' ? 'invalid' : VIEWS[code];
  if (name) return conclude(name);
  tellProblem(PROBLEMS[status] ?? 'unexpected', wait);
  button().replaceChildren(copyOf('retry'));
};

/** Runs one thing at a time; what is asked for meanwhile is not done. @param {() => Promise<void>} work */
const alone = async (work) => {
  if (isBusy) return;
  isBusy = true;
  element('problem').replaceChildren();
  try {
    await work();
  } finally {
    isBusy = false;
  }
};

/** @param {HTMLFormElement} form */
const submit = async (form) => {
  const input = field();
  element('flaw')?.replaceChildren();
  input?.removeAttribute('aria-invalid');
  const flaw = input && flawOf(input);
  if (flaw) return tellFlaw(input, flaw);
  // It keeps the focus, which a disabled one would lose.
  button().setAttribute('aria-disabled', 'true');
  element('progress').replaceChildren(copyOf('working'));
  const known = 'token' in form.dataset ? { token } : {};
  const answer = await post(form.dataset['post'] ?? '', { ...known, ...(input && { [input.name]: input.value }) });
  element('progress').replaceChildren();
  button().removeAttribute('aria-disabled');
  tell(form, answer);
};

/** @param {string} url @returns {Promise<Document | null>} */
const fetchPage = (url) =>
  new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('GET', url);
    request.responseType = 'document';
    request.timeout = PATIENCE_MS;
    request.onloadend = () => resolve(request.status === 200 ? request.response : null);
    request.send();
  });

/**
 * Puts the same page in another language in the place of this one: to open it anew would lose the token, or bring it
 * back into the address bar.
 * @param {string} url
 */
const changeLanguage = async (url) => {
  const page = await fetchPage(url);
  if (!page) return tellProblem('offline');
  const entered = field()?.value;
  document.documentElement.lang = page.documentElement.lang;
  document.body.replaceWith(page.body);
  history.replaceState(null, '', url);
  show(view);
  const input = field();
  if (input && entered) input.value = entered;
  /** @type {HTMLElement | null} */ (document.querySelector('nav [aria-current]'))?.focus();
};

document.addEventListener('submit', (event) => {
  event.preventDefault();
  alone(() => submit(/** @type {HTMLFormElement} */ (event.target)));
});

document.addEventListener('click', (event) => {
  const target = /** @type {Element} */ (event.target);
  const toggle = target.closest('[aria-pressed]');
  if (toggle) {
    const isShown = toggle.getAttribute('aria-pressed') === 'false';
    toggle.setAttribute('aria-pressed', String(isShown));
    /** @type {HTMLInputElement} */ (field()).type = isShown ? 'text' : 'password';
  }
  const link = /** @type {HTMLAnchorElement | null} */ (target.closest('a[hreflang]'));
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  alone(() => changeLanguage(link.href));
});

// A mail's link that is opened where the page is open already changes only the fragment.
addEventListener('hashchange', () => location.reload());

const brought = new URLSearchParams(location.hash.slice(1));
token = brought.get('token') ?? '';
owner = brought.get('for') ?? '';
history.replaceState(null, '', location.pathname + location.search);
show(token === '' ? 'missing' : 'start');
