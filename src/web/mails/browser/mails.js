// Shows the mails that a copy on one's own machine has caught, and goes on asking for newer ones.

/** @typedef {{ id: number; at: string; to: string; from: string; subject: string; text: string }} Mail */

const PAUSE_MS = 2000;
const PATIENCE_MS = 10_000;

const list = /** @type {HTMLElement} */ (document.getElementById('mails'));
const TITLE = document.title;

let newest = 0;
let count = 0;

/** @param {string} id @param {string} text */
const tell = (id, text) => {
  const place = /** @type {HTMLElement} */ (document.getElementById(id));
  if (place.textContent !== text) place.textContent = text;
};

/** A text with what begins as an address of the web does as a link. @param {string} text */
const linked = (text) =>
  text.split(/(https?:\/\/\S+)/).map((part, position) => {
    if (position % 2 === 0) return part;
    const link = document.createElement('a');
    Object.assign(link, { href: part, target: '_blank', rel: 'noopener', textContent: part });
    return link;
  });

/** The HTML of a mail, which runs nothing and whose links open beside this page. @param {Mail} mail */
const frameOf = ({ id, subject }) => {
  const frame = document.createElement('iframe');
  frame.setAttribute('sandbox', 'allow-popups allow-popups-to-escape-sandbox');
  Object.assign(frame, { title: subject, src: `/dev/mails/${id}` });
  return frame;
};

/** @param {Mail} mail */
const entryOf = (mail) => {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById('mail'));
  const entry = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  /** @param {string} selector */
  const part = (selector) => /** @type {HTMLElement} */ (entry.querySelector(selector));
  part('strong').textContent = mail.subject;
  part('.to').textContent = `to ${mail.to}`;
  part('time').textContent = new Date(mail.at).toLocaleTimeString();
  part('time').setAttribute('datetime', mail.at);
  part('.from').textContent = mail.from;
  part('pre').append(...linked(mail.text));
  const html = part('.part');
  html.addEventListener('toggle', () => html.querySelector('iframe') ?? html.append(frameOf(mail)));
  return entry;
};

/** Puts newer mails on top; what is read stays where it is on the screen. @param {Mail[]} mails */
const add = (mails) => {
  const isReading = scrollY > 0 || list.querySelector('details[open]') !== null;
  const before = list.getBoundingClientRect().bottom;
  list.prepend(...mails.map(entryOf));
  if (isReading) scrollBy(0, list.getBoundingClientRect().bottom - before);
  newest = mails[0]?.id ?? newest;
  count += mails.length;
  document.title = count > 0 ? `(${count}) ${TITLE}` : TITLE;
  tell('count', count > 0 ? `${count} ${count === 1 ? 'mail' : 'mails'}` : 'No mail yet. It appears here by itself.');
};

const refresh = async () => {
  const headers = { Accept: 'application/json' };
  const answer = await fetch(`/dev/mails?after=${newest}`, { headers, signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!answer.ok) throw new Error(String(answer.status));
  add((await answer.json()).mails);
};

const watch = async () => {
  // A page that nobody sees asks nothing.
  if (!document.hidden) {
    await refresh().then(
      () => tell('problem', ''),
      () => tell('problem', 'The copy does not answer. This page goes on asking.'),
    );
  }
  setTimeout(watch, PAUSE_MS);
};

watch();
