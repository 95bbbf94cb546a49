import { html } from 'hono/html';
import type { ReaderLanguage } from '../../workers/reader-language.ts';
import { allWords, type Html, pageOf, view, withHoles } from '../frame.ts';
import { CATALOGUES } from '../pages/catalogues.ts';
import { accountDialogs } from './account-dialogs.ts';
import { accountSections } from './account-sections.ts';
import { PEOPLE_CATALOGUES } from './catalogues.ts';
import { told } from './field.ts';

const row = (name: string, content: Html): Html => html`
<template id="${name}"><li>${content}</li></template>`;

/** What stands once for each session and each second factor. */
const rows = (language: ReaderLanguage): Html[] => {
  const { sessions, factors } = PEOPLE_CATALOGUES[language].account;
  return [
    row(
      'session-row',
      html`<p><strong data-part="name"></strong></p>
<p class="small">${withHoles(sessions.times)}</p>
<form data-part="form" novalidate><button class="second">${sessions.end}</button>${told}</form>`,
    ),
    row(
      'factor-row',
      html`<p><strong data-part="name"></strong> <span data-part="kind"></span></p>
<p class="small" data-part="times"></p>
<details data-part="renaming">
<summary>${factors.rename}</summary>
<form data-part="rename" novalidate>
<div class="field"><label data-part="label">${factors.name}</label>
<input name="name" type="text" autocomplete="off" required data-min="1" data-short="factorNameFlaw" data-max="64" data-long="factorNameFlaw" data-refused="factorNameFlaw">
<p class="flaw" data-part="flaw"></p></div>
<button>${factors.save}</button>${told}
</form>
</details>
<form data-part="remove" novalidate><button class="second">${factors.remove}</button>${told}</form>`,
    ),
  ];
};

const sentences = (language: ReaderLanguage): Html[] => {
  const { working, address, password } = CATALOGUES[language];
  const { problems, fields, signIn, account } = PEOPLE_CATALOGUES[language];
  const { picture, factors, sessions, leave, ended } = account;
  const { nameFlaw, languageFlaw, noLanguage, missing } = fields;
  const { short, long, known, same } = password.flaws;
  return [
    ...allWords({ ...problems, working, declined: account.declined, address: address.flaw }),
    ...allWords({ nameFlaw, languageFlaw, noLanguage, missing, short, long, known, SAME_PASSWORD: same }),
    ...allWords({ codeFlaw: signIn.factor.codeFlaw, recoveryFlaw: signIn.factor.recoveryFlaw }),
    ...allWords({ noPasskey: signIn.refusals.noPasskey, passkeysUnknown: signIn.refusals.passkeysUnknown }),
    ...allWords({ profileSaved: account.profile.saved, passwordSaved: account.password.saved }),
    ...allWords({ ...picture.flaws, pictureSaved: picture.saved, pictureRemoved: picture.removed }),
    ...allWords({ pendingAddress: account.address.pending, SAME_ADDRESS: account.address.SAME_ADDRESS }),
    ...allWords({ ...factors.refusals, ...factors.kinds, factorAdded: factors.added, factorUsed: factors.used }),
    ...allWords({ factorNameFlaw: factors.nameFlaw, factorRenamed: factors.renamed, factorRemoved: factors.removed }),
    ...allWords({ confirmRemoval: factors.confirmRemoval, passkeyAdded: factors.passkeyAdded }),
    ...allWords({ appAdded: factors.appAdded, recoveryLeft: factors.recovery.left }),
    ...allWords({ confirmRenewal: factors.recovery.confirmRenewal, codesCopied: factors.recovery.copied }),
    ...allWords({ codesNotCopied: factors.recovery.notCopied, currentSession: sessions.current }),
    ...allWords({ unknownProgram: sessions.unknown, sessionEnded: sessions.ended, othersEnded: sessions.othersEnded }),
    ...allWords({ dataSaved: account.data.saved, confirmLeaving: leave.soft.confirm }),
    ...allWords({ confirmationFlaw: leave.hard.flaw, LAST_ADMINISTRATOR: leave.LAST_ADMINISTRATOR }),
    ...allWords({ INCORRECT_PASSWORD: account.proof.INCORRECT_PASSWORD, ACCOUNT_LOCKED: account.proof.ACCOUNT_LOCKED }),
    ...allWords({ sessionOver: ended.text, ACCOUNT_DEACTIVATED: ended.deactivated, ACCOUNT_DELETED: ended.deleted }),
  ];
};

/** The page of one's account. */
export const accountPage = (language: ReaderLanguage): string => {
  const { retry } = CATALOGUES[language];
  const { account } = PEOPLE_CATALOGUES[language];
  const { left, erased } = account.leave;
  return pageOf({
    ...{ language, heading: account.heading, style: 'people.css', script: 'account.js' },
    templates: [
      view(
        'loading',
        account.heading,
        html`<p>${account.loading}</p>
<form id="load" novalidate><button class="second">${retry}</button>${told}</form>`,
      ),
      view('account', account.heading, html`${accountSections(language)}${accountDialogs(language)}`),
      view('left', left.heading, html`<p>${withHoles(left.text)}</p><p>${left.mail}</p>`),
      view('erased', erased.heading, html`<p>${erased.text}</p>`),
      ...rows(language),
      ...sentences(language),
    ],
  });
};
