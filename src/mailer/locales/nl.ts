import type { Catalogue } from './catalogue.ts';

// Addresses the reader as "je".
export const nl: Catalogue = {
  greeting: (name) => (name === null ? 'Hallo,' : `Hallo ${name},`),
  linkLabel: (action) => `${action}:`,
  linkHint: 'Werkt de knop niet? Open dan dit adres in je browser:',
  about: ({ appName }) => `Dit bericht gaat over een account bij ${appName} met dit e-mailadres.`,
  support: 'Vragen? Onze klantenservice helpt je verder:',
  mails: {
    'verify-email': ({ appName, expiresAt }) => ({
      subject: `Bevestig je e-mailadres voor ${appName}`,
      paragraphs: [
        `Iemand, hopelijk jij, heeft zich met dit adres aangemeld bij ${appName}. Bevestig het om je aanmelding af te ronden.`,
        `De link werkt één keer en 24 uur lang, tot ${expiresAt}.`,
        'Was jij het niet? Negeer dit bericht dan: een account dat nooit wordt bevestigd, wordt verwijderd.',
      ],
      action: 'E-mailadres bevestigen',
    }),
    'account-created': ({ appName, expiresAt }) => ({
      subject: `Je account bij ${appName} staat klaar`,
      paragraphs: [
        `Een beheerder heeft met dit adres een account bij ${appName} voor je gemaakt. Kies een wachtwoord om het te gebruiken.`,
        `De link werkt één keer, tot ${expiresAt}. Zolang je geen wachtwoord hebt gekozen, opent geen enkel wachtwoord het account. Met de link is ook je adres bevestigd.`,
        'Had je dit niet verwacht? Negeer dit bericht dan: een account dat nooit wordt bevestigd, wordt verwijderd.',
      ],
      action: 'Wachtwoord kiezen',
    }),
    'already-registered': ({ appName }) => ({
      subject: `Je hebt al een account bij ${appName}`,
      paragraphs: [
        `Iemand, hopelijk jij, heeft geprobeerd zich met dit adres aan te melden bij ${appName}. Er is al een account met dit adres, dus er is niets veranderd.`,
        'Je kunt gewoon inloggen, of je wachtwoord opnieuw instellen als je het niet meer weet. Is het account geblokkeerd of verwijderd, dan kan onze klantenservice je helpen.',
        'Was jij het niet? Dan hoef je niets te doen.',
      ],
    }),
    'reset-password': ({ appName, expiresAt }) => ({
      subject: `Stel je wachtwoord voor ${appName} opnieuw in`,
      paragraphs: [
        `Iemand, hopelijk jij, heeft gevraagd om het wachtwoord van je account bij ${appName} opnieuw in te stellen.`,
        `De link werkt één keer en 60 minuten lang, tot ${expiresAt}. Met een nieuw wachtwoord word je op al je apparaten uitgelogd.`,
        'Was jij het niet? Negeer dit bericht dan: je wachtwoord blijft zoals het is.',
      ],
      action: 'Nieuw wachtwoord kiezen',
    }),
    'password-changed': ({ appName, changedAt }) => ({
      subject: `Je wachtwoord voor ${appName} is gewijzigd`,
      paragraphs: [
        `Het wachtwoord van je account bij ${appName} is gewijzigd op ${changedAt}. Je andere apparaten zijn uitgelogd.`,
        'Was jij het niet? Stel je wachtwoord dan meteen opnieuw in en laat het onze klantenservice weten.',
      ],
    }),
    'factor-added': ({ appName, changedAt, added }) => ({
      subject: {
        passkey: `Er is een passkey toegevoegd aan je account bij ${appName}`,
        authenticator: `Er is een authenticator-app toegevoegd aan je account bij ${appName}`,
        recovery_codes: `Nieuwe herstelcodes voor je account bij ${appName}`,
      }[added],
      paragraphs: [
        {
          passkey: `Er is een passkey toegevoegd aan je account bij ${appName} op ${changedAt}. Je kunt ermee inloggen.`,
          authenticator: `Er is een authenticator-app toegevoegd aan je account bij ${appName} op ${changedAt}. Voortaan heb je bij het inloggen met je wachtwoord ook een code nodig.`,
          recovery_codes: `Er zijn nieuwe herstelcodes gemaakt voor je account bij ${appName} op ${changedAt}. Eerdere werken niet meer.`,
        }[added],
        'Was jij het niet? Stel je wachtwoord dan meteen opnieuw in, verwijder uit je account wat je niet kent en laat het onze klantenservice weten.',
      ],
    }),
    'factor-removed': ({ appName, changedAt, removed }) => ({
      subject: {
        passkey: `Er is een passkey verwijderd uit je account bij ${appName}`,
        authenticator: `Er is een authenticator-app verwijderd uit je account bij ${appName}`,
        all: `De tweede factoren van je account bij ${appName} zijn verwijderd`,
      }[removed],
      paragraphs: [
        {
          passkey: `Er is een passkey verwijderd uit je account bij ${appName} op ${changedAt}.`,
          authenticator: `Er is een authenticator-app verwijderd uit je account bij ${appName} op ${changedAt}.`,
          all: `Een beheerder heeft alle passkeys, authenticator-apps en herstelcodes uit je account bij ${appName} verwijderd op ${changedAt}. Je bent overal uitgelogd.`,
        }[removed],
        'Wilde je dit niet? Stel je wachtwoord dan meteen opnieuw in en laat het onze klantenservice weten.',
      ],
    }),
    'recovery-code-used': ({ appName, changedAt, left }) => ({
      subject: `Er is een herstelcode van je account bij ${appName} gebruikt`,
      paragraphs: [
        `Er is een herstelcode van je account bij ${appName} gebruikt op ${changedAt}. Die werkt geen tweede keer.`,
        `Resterende herstelcodes: ${left}.`,
        'Was jij het niet? Stel je wachtwoord dan meteen opnieuw in, maak nieuwe herstelcodes en laat het onze klantenservice weten.',
      ],
    }),
    'email-change': ({ appName, expiresAt }) => ({
      subject: `Bevestig je nieuwe e-mailadres voor ${appName}`,
      paragraphs: [
        `Iemand, hopelijk jij, heeft gevraagd om een account bij ${appName} dit adres te geven. Bevestig het om de wijziging af te ronden.`,
        `De link werkt één keer en 24 uur lang, tot ${expiresAt}. Met de wijziging word je op al je apparaten uitgelogd.`,
        'Was jij het niet? Negeer dit bericht dan: er verandert niets.',
      ],
      action: 'E-mailadres bevestigen',
    }),
    'email-change-notice': ({ appName }) => ({
      subject: `Er is een ander e-mailadres gevraagd voor je account bij ${appName}`,
      paragraphs: [
        `Iemand, hopelijk jij, heeft om een ander e-mailadres gevraagd voor je account bij ${appName}. Het verandert zodra de link in een bericht aan het nieuwe adres wordt gebruikt.`,
        'Was jij het? Dan hoef je hier niets te doen.',
        'Was jij het niet? Maak het dan ongedaan, tot 72 uur na de wijziging: je account houdt dit adres of krijgt het terug. Je wordt op al je apparaten uitgelogd en kiest via een andere link een nieuw wachtwoord.',
      ],
      action: 'Wijziging ongedaan maken',
    }),
    'email-changed': ({ appName, changedAt, expiresAt }) => ({
      subject: `Je e-mailadres voor ${appName} is gewijzigd`,
      paragraphs: [
        `Je account bij ${appName} heeft een ander e-mailadres sinds ${changedAt}. Je bent op al je apparaten uitgelogd.`,
        `Was jij het niet? Maak het dan ongedaan, tot ${expiresAt}: je account krijgt dit adres terug en via een andere link kies je een nieuw wachtwoord.`,
      ],
      action: 'Wijziging ongedaan maken',
    }),
    'account-deactivated': ({ appName, reason }) => ({
      subject: `Je account bij ${appName} is geblokkeerd`,
      paragraphs: [
        `Een beheerder heeft je account bij ${appName} geblokkeerd. Je bent overal uitgelogd en kunt niet meer inloggen.`,
        ...(reason === null ? [] : ['De opgegeven reden:', { quoted: reason }]),
        'Denk je dat dit een vergissing is? Schrijf dan naar onze klantenservice.',
      ],
    }),
    'account-reactivated': ({ appName }) => ({
      subject: `Je account bij ${appName} is weer actief`,
      paragraphs: [`Je account bij ${appName} is niet langer geblokkeerd. Je kunt weer inloggen.`],
    }),
    'account-deleted': ({ appName, eraseOn }) => ({
      subject: `Je account bij ${appName} is verwijderd`,
      paragraphs: [
        `Je account bij ${appName} is verwijderd en je bent overal uitgelogd.`,
        `Op ${eraseOn} wordt het met alle gegevens definitief gewist. Tot die tijd kan onze klantenservice het voor je herstellen.`,
        'Heb jij het niet verwijderd? Schrijf dan meteen naar onze klantenservice.',
      ],
    }),
    'erasure-reminder': ({ appName, eraseOn }) => ({
      subject: `Je account bij ${appName} wordt op ${eraseOn} gewist`,
      paragraphs: [
        `Je account bij ${appName} is verwijderd. Op ${eraseOn} wordt het met alle gegevens definitief gewist.`,
        'Wil je het houden? Schrijf dan vóór die dag naar onze klantenservice. Daarna kan niemand het nog herstellen.',
      ],
    }),
    'account-restored': ({ appName }) => ({
      subject: `Je account bij ${appName} is hersteld`,
      paragraphs: [
        `Je account bij ${appName} is hersteld en wordt niet gewist.`,
        'Bij het verwijderen ben je overal uitgelogd; log daarom opnieuw in.',
      ],
    }),
    'account-erased': ({ appName }) => ({
      subject: `Je account bij ${appName} is gewist`,
      paragraphs: [
        `Je account bij ${appName} is met alle gegevens definitief gewist. Dit is ons laatste bericht erover.`,
        'Je adres is weer vrij: je kunt je er opnieuw mee aanmelden wanneer je maar wilt.',
      ],
    }),
  },
};
