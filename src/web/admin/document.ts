import { html } from 'hono/html';
import { allWords, type Html, pageOf, view, withHoles, words } from '../frame.ts';
import { CATALOGUES } from '../pages/catalogues.ts';
import { PEOPLE_CATALOGUES } from '../people/catalogues.ts';
import { emailField, field, told } from '../people/field.ts';
import { ACTS, type ActName, type ActTexts } from './acts.ts';

/** The parts of the page, by the name in its query; that of people has none. */
const SECTIONS = {
  people: 'People',
  new: 'Create an account',
  mails: 'Failed mails',
  services: 'Services',
  erasures: 'Erasures',
  numbers: 'Numbers',
  scripts: 'Scripts',
} as const;

type SectionName = keyof typeof SECTIONS;

const hole = (name: string): Html => html`<span data-fill="${name}"></span>`;

const pathOf = (name: SectionName): string => (name === 'people' ? '/admin' : `/admin?view=${name}`);

const navigation = (current?: SectionName): Html => html`
<nav class="sections" aria-label="Administration">
<ul>${Object.entries(SECTIONS).map(
  ([name, label]) => html`
<li><a href="${pathOf(name as SectionName)}"${name === current ? html` aria-current="page"` : ''}>${label}</a></li>`,
)}
<li><a href="/account">Your account</a></li>
</ul>
</nav>`;

const section = (name: SectionName, content: Html): Html =>
  view(name, SECTIONS[name], html`${navigation(name)}${content}`);

/** A list that is read page by page. */
const list = (empty: string): Html => html`
<ul class="list"></ul>
<p class="empty" hidden>${empty}</p>
<form class="more" novalidate><button class="second">More</button>${told}</form>`;

/** A command to copy; the script puts the rest of it in. */
const command = (name: string, what: string): Html => html`
<li data-command="${name}"><p>${what}</p>
<div class="row"><code></code><button type="button" class="plain" data-copy>Copy</button></div></li>`;

const gate: Html[] = [
  view(
    'loading',
    'Administration',
    html`<form id="load" novalidate><button>${CATALOGUES.en.retry}</button>${told}</form>`,
  ),
  view(
    'no-admin',
    'You are no administrator',
    html`<p>You are signed in as <strong>${hole('email')}</strong>, and this account may not administer.</p>
<p>Who runs the service makes somebody an administrator by a script:</p>
<ul class="list">${command('promote', 'Make this account an administrator')}</ul>
<p><a href="/account">Your account</a></p>
<form id="sign-out" novalidate><button class="second">Sign in as somebody else</button>${told}</form>`,
  ),
  view(
    'no-factor',
    'A second factor is required',
    html`<p>Here administrators sign in with a second factor: a passkey, or a code of an authenticator app. Your session was opened without one.</p>
<p>If you have none yet, add one on the page of <a href="/account">your account</a>. Then sign in again, with it.</p>
<form id="sign-out" novalidate><button>Sign in again</button>${told}</form>`,
  ),
];

const people = section(
  'people',
  html`
<form id="search" role="search" novalidate>
<div class="filters">
<div class="field"><label for="q">Search</label>
<input id="q" name="q" type="search" autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="255" aria-describedby="q-hint"></div>
<div class="field"><label for="status">State</label>
<select id="status" name="status"><option value="">All</option><option value="active">Active</option><option value="deactivated">Suspended</option><option value="deleted">Deleted</option></select></div>
</div>
<p id="q-hint" class="small">The beginning of the address, of its domain, or of any word of the name.</p>
</form>
<p id="count" class="small" role="status"></p>
<div id="found"></div>`,
);

const personRow: Html = html`
<template id="person-row"><li><a class="person" href="/admin"><strong>${hole('name')}</strong> <span>${hole('email')}</span></a> <span class="state">${hole('state')}</span></li></template>`;

const facts: [string, string][] = [
  ['Address', 'email'],
  ['Name', 'name'],
  ['State', 'state'],
  ['Role', 'role'],
  ['Languages', 'languages'],
  ['Created', 'created'],
  ['Last sign-in', 'lastSignIn'],
  ['Second factors', 'factors'],
];

const actButton = (name: ActName): Html =>
  html`<button type="button" class="${name === 'deactivate' ? 'grave' : 'second'}" data-act="${name}">${ACTS[name].label}</button>`;

const SCRIPTS_OF_PERSON = {
  promote: 'Make an administrator',
  demote: 'Take the powers of an administrator back',
  'set-email': 'Give the account another address',
  'reset-second-factor': 'Take every second factor away, where the owner has lost all',
  export: 'Export all that is kept about the person',
  restore: 'Give the deleted account back',
  erase: 'Erase the account and everything of it for good',
} as const;

const audit: Html = html`
<section id="audit" aria-labelledby="audit-heading"><h2 id="audit-heading">What was done to the account</h2>${list('Nothing is noted.')}</section>`;

const person: Html = html`
<template id="person">
<h1 id="heading" tabindex="-1">Account ${hole('id')}</h1>
${navigation()}
<p id="done" class="done" role="status"></p>
<div id="who">
<img id="avatar" alt="" width="96" height="96" hidden>
<dl>${facts.map(([label, name]) => html`<div><dt>${label}</dt><dd data-fill="${name}"></dd></div>`)}
<div data-if="reason"><dt>Reason of the suspension</dt><dd data-fill="reason" dir="auto"></dd></div></dl>
</div>
<p id="yourself" class="small" hidden>This is your own account. What you can do to it is on <a href="/account">its page</a>.</p>
<div id="acts" class="row">${(Object.keys(ACTS) as ActName[]).map(actButton)}</div>
<section id="locks" aria-labelledby="locks-heading"><h2 id="locks-heading">Locks and wrong guesses</h2><ul class="list"></ul></section>
<section id="sessions" aria-labelledby="sessions-heading"><h2 id="sessions-heading">Sessions</h2><ul class="list"></ul><p class="empty" hidden>Nobody is signed in.</p></section>${audit}
<section><details><summary>What only a script does</summary><ul class="list">${Object.entries(SCRIPTS_OF_PERSON).map(
  ([name, what]) => command(name, what),
)}</ul></details></section>
</template>
<template id="gone">
<h1 id="heading" tabindex="-1">There is no account ${hole('id')}</h1>
${navigation()}
<p>It was erased, or there has never been one.</p>${audit}
</template>
<template id="lock-row"><li>${hole('kind')}: ${hole('failures')}<br><span class="small">${hole('until')}</span></li></template>
<template id="session-row"><li><span dir="auto">${hole('agent')}</span><br><span class="small">Since ${hole('created')}, last used ${hole('used')}</span></li></template>
<template id="audit-row"><li><code>${hole('action')}</code> ${hole('by')}<br><span class="small">${hole('at')} · request ${hole('request')}</span></li></template>`;

const reasonField: Html = html`
<div class="field"><label for="reason">Reason (may be left empty)</label>
<p id="reason-hint" class="small">The person reads it, and so do other administrators. At most 500 characters.</p>
<textarea id="reason" name="reason" rows="4" dir="auto" data-max="500" data-long="reasonLong" aria-describedby="reason-flaw reason-hint"></textarea>
<p id="reason-flaw" class="flaw"></p></div>
<figure id="preview"><figcaption>The mail${hole('language')}</figcaption><p class="subject"></p><pre dir="auto" tabindex="0"></pre></figure>`;

const dialog = (name: string, { heading, text, action }: ActTexts): Html => html`
<template id="ask-${name}"><dialog aria-labelledby="ask-heading">
<h2 id="ask-heading">${heading}</h2>
<p>${withHoles(text)}</p>
<form novalidate>${name === 'deactivate' ? reasonField : ''}
<div class="row"><button${name === 'deactivate' ? html` class="grave"` : ''}>${action}</button><button type="button" class="second" data-close>Cancel</button></div>${told}
</form>
</dialog></template>`;

const languageField = (id: string, label: string): Html =>
  field({
    ...{ id, name: id, label, hint: 'A language tag, such as en or pt-BR.' },
    input: html`type="text" value="en" autocapitalize="none" spellcheck="false" data-min="1" data-short="missing" data-max="64" data-long="missing"`,
  });

const creation = section(
  'new',
  html`<p>The owner gets a mail with a link to set a password. Using it also verifies the address.</p>
<form id="create" novalidate>
${emailField('email', 'Email address', 'off')}
${field({
  ...{ id: 'full_name', name: 'full_name', label: 'Name', hint: 'May be left empty.' },
  input: html`type="text" autocomplete="off" data-max="255" data-long="nameLong"`,
})}
${languageField('speaking_language', 'Language the person speaks')}
${languageField('listening_language', 'Language the person wants to hear and read')}
<button>Create the account</button>${told}
</form>`,
);

const mails: Html = html`${section(
  'mails',
  html`<p>Mails that the mailer has given up on. They are wiped a week later; a script tries one again.</p>
<div id="list">${list('None has failed.')}</div>`,
)}
<template id="mail-row"><li><p><strong>${hole('kind')}</strong> <a class="person" href="/admin">${hole('user')}</a></p>
<p>${hole('failure')}</p><p class="small">Written ${hole('created')}, given up on ${hole('failed')} after ${hole('attempts')}</p>
<ul class="list">${command('retry', 'Try it again')}</ul></li></template>`;

const services: Html = html`${section(
  'services',
  html`<p>Your other programs, which hear of every change, and how far behind each one is.</p>
<div id="list">${list('There is none.')}</div>`,
)}
<template id="service-row"><li><p><strong>${hole('name')}</strong> · ${hole('state')}</p><p>${hole('lag')}</p><p class="small">${hole('url')}</p><p class="small" data-if="failure">${hole('failure')}</p>
<ul class="list" data-if="isHalted">${command('resume', 'Go on where it stopped')}</ul></li></template>`;

const erasures: Html = html`${section(
  'erasures',
  html`<p>Erased accounts of which a service has not confirmed that it holds nothing any more.</p>
<form id="older" novalidate>${field({
    ...{ id: 'days', name: 'days', label: 'Erased more than so many days ago' },
    input: html`type="text" inputmode="numeric" autocomplete="off" data-max="4" data-long="daysFlaw" placeholder="0"`,
  })}<button class="second">Show</button>${told}</form>
<div id="list">${list('No confirmation is outstanding.')}</div>`,
)}
<template id="erasure-row"><li><p>Account ${hole('user')}, erased ${hole('erased')}</p><p class="small">Not confirmed by: ${hole('services')}</p></li></template>`;

const COUNTS = {
  requests: 'Requests',
  refused: 'Requests refused (4xx)',
  failed: 'Requests that failed (5xx)',
  sign_ups: 'Sign-ups',
  sign_ins: 'Sign-ins',
  sign_ins_refused: 'Sign-ins refused',
  suspended: 'Suspensions',
  erased: 'Erasures',
  mails_sent: 'Mails sent',
  mails_failed: 'Mails that failed',
  pushes_delivered: 'Events delivered to services',
  pushes_failed: 'Events that could not be delivered',
} as const;

const numbers: Html = html`${section(
  'numbers',
  html`<p id="none" hidden>The numbers are not available: the operator has given no token for them. It is the secret <code>METRICS_TOKEN</code>, with <code>METRICS_URL</code> beside it; docs/operating.md says how.</p>
<form id="days-form" novalidate><div class="field"><label for="span">The last</label>
<select id="span"><option value="7">7 days</option><option value="30">30 days</option><option value="90">90 days</option></select></div>
<button class="second">Show</button>${told}</form>
<div id="plots"></div>
<details id="table" hidden><summary>As a table</summary><div class="scroll" tabindex="0" role="region" aria-label="The numbers as a table"><table><thead><tr><th scope="col">Day (UTC)</th>${Object.entries(
    COUNTS,
  ).map(
    ([name, label]) => html`<th scope="col" data-count="${name}">${label}</th>`,
  )}</tr></thead><tbody></tbody></table></div></details>`,
)}
<template id="plot"><figure class="plot"><figcaption>${hole('label')}: <strong>${hole('total')}</strong></figcaption></figure></template>`;

const scripts = section(
  'scripts',
  html`<p>What only a script does, with the credentials of who runs the service. What is about one person stands with that person.</p>
<ul class="list">${command('after-restore', 'Put the database right after it was restored')}${command(
    'keys rotate',
    'Replace a key that signs',
  )}${command('schedule run', 'Run now what runs each minute')}${command('audit', 'List what administrators did')}</ul>`,
);

const SENTENCES = {
  working: CATALOGUES.en.working,
  address: CATALOGUES.en.address.flaw,
  missing: 'Please fill this in.',
  nameLong: 'At most 255 characters.',
  reasonLong: 'At most 500 characters.',
  daysFlaw: 'Please enter a number of days.',
  refused: 'It was not done. {message}.',
  failed:
    'The service failed at it. See what is shown here before you try again; if it stays like this, tell who runs the service of request {id}.',
  copied: 'Copied',
  created: 'The account is created, and a mail with a link is on its way.',
  foundAll: '{n} found',
  foundMore: '{n} shown, and there are more',
  nobody: 'Nobody is found',
  again: CATALOGUES.en.retry,
  noPreview: 'The preview of the mail did not arrive.',
} as const;

/** The page on which administrators look after people, in English. */
export const adminPage = (): string =>
  pageOf({
    ...{ language: 'en', heading: 'Administration', style: 'admin.css', script: 'admin.js', isTranslated: false },
    main: html`<form id="signed-in" class="row" novalidate hidden><span class="small">Signed in as ${hole('email')}</span> <button class="plain">Sign out</button>${told}</form>`,
    templates: [
      ...gate,
      people,
      html`<template id="people-list"><div>${list('')}</div></template>`,
      ...[personRow, person, creation, mails, services, erasures, numbers, scripts],
      ...Object.entries(ACTS).flatMap(([name, texts]) => [dialog(name, texts), words(`done-${name}`, texts.done)]),
      ...allWords({ ...PEOPLE_CATALOGUES.en.problems, ...SENTENCES }),
      html`<template id="ended">Your session has ended. <a href="/sign-in?next=%2Fadmin" target="_blank" rel="noopener">Sign in again</a> beside this page and repeat it here; what you have typed stays.</template>`,
      html`<template id="notAdmin">It was not done: you are no administrator any more.</template>`,
      html`<template id="factorRequired">It was not done: it takes a session that a second factor has opened. <a href="/sign-in?next=%2Fadmin" target="_blank" rel="noopener">Sign in with one</a> beside this page and repeat it here.</template>`,
    ],
  });
