import type { PageCatalogue } from './catalogue.ts';

// Addresses the reader as "je".
export const nl: PageCatalogue = {
  name: 'Nederlands',
  languages: 'Taal',
  support: 'Hulp en ondersteuning',
  noScript: 'Deze pagina heeft JavaScript nodig. Sta het hier toe en laad de pagina opnieuw.',
  incomplete: 'Een deel van deze pagina is niet aangekomen. Laad de pagina opnieuw.',
  working: 'Een ogenblik…',
  retry: 'Opnieuw proberen',
  signIn: 'Inloggen',
  problems: {
    offline: () => 'De dienst is niet bereikbaar. Controleer je internetverbinding en probeer het opnieuw.',
    unavailable: (wait) => `De dienst is op dit moment niet beschikbaar. Probeer het ${wait} opnieuw.`,
    tooMany: (wait) => `Er kwamen te veel pogingen vanaf je netwerk. Probeer het ${wait} opnieuw.`,
    unexpected: () => 'Er ging bij ons iets mis. Probeer het opnieuw. Blijft het zo, kom dan later terug.',
  },
  headings: {
    expired: 'Deze link is verlopen',
    invalid: 'Deze link werkt niet meer',
    missing: 'Open de link in de e-mail',
    sent: 'Kijk in je inbox',
    taken: 'Dit adres heeft een eigen account',
  },
  missing:
    'Deze pagina werkt alleen als de link in onze e-mail haar opent. De link verdwijnt meteen uit de adresbalk, zodat niemand anders hem tegenkomt. Daarom helpt opnieuw laden niet: open de link nog een keer in de e-mail.',
  inbox:
    'Het kan een paar minuten duren. Komt er niets aan, kijk dan ook in de map met spam. Van meerdere e-mails werkt alleen de nieuwste.',
  address: { label: 'E-mailadres', action: 'Nieuwe link sturen', flaw: 'Vul een geldig e-mailadres in.' },
  password: {
    label: 'Nieuw wachtwoord',
    rules:
      '8 tot 128 tekens, en geen van de meest gebruikte wachtwoorden. Een paar woorden achter elkaar vormen een goed wachtwoord.',
    show: 'Wachtwoord tonen',
    flaws: {
      short: 'Het wachtwoord moet minstens 8 tekens hebben.',
      long: 'Het wachtwoord mag hoogstens 128 tekens hebben.',
      known: 'Dit wachtwoord is algemeen bekend, en zulke wachtwoorden worden als eerste geraden. Kies een ander.',
      same: 'Dit is je huidige wachtwoord. Kies een ander.',
    },
  },
  pages: {
    'verify-email': {
      heading: 'Bevestig je e-mailadres',
      lead: 'Druk op de knop om je aanmelding af te ronden.',
      action: 'E-mailadres bevestigen',
      notYou:
        'Heb jij je niet aangemeld? Sluit deze pagina dan: een account dat nooit wordt bevestigd, wordt verwijderd.',
      done: {
        heading: 'Je e-mailadres is bevestigd',
        text: 'Je kunt nu inloggen. Deze pagina is niet meer nodig.',
      },
      expired: 'De link werkt 24 uur lang. Vul je adres in, dan sturen we je een nieuwe.',
      used: 'Hij is al gebruikt, of een nieuwere e-mail heeft hem vervangen. Heb jij hem zelf gebruikt, dan is je adres bevestigd: probeer in te loggen.',
      renew: 'Lukt dat niet? Vul dan je adres in, dan sturen we je een nieuwe link.',
      already: 'Heb je je adres al bevestigd, dan kun je inloggen.',
      sent: 'Als dit adres nog bevestigd moet worden, is er een nieuwe link onderweg.',
    },
    'reset-password': {
      heading: 'Kies een nieuw wachtwoord',
      lead: 'Het vervangt het oude, en je wordt op al je apparaten uitgelogd.',
      action: 'Wachtwoord opslaan',
      notYou: 'Heb jij hier niet om gevraagd? Sluit deze pagina dan: je wachtwoord blijft zoals het is.',
      done: {
        heading: 'Je wachtwoord is gewijzigd',
        text: 'Je bent op al je apparaten uitgelogd. Je kunt nu inloggen met het nieuwe wachtwoord.',
      },
      expired: 'De link werkt 60 minuten lang. Vul je adres in, dan sturen we je een nieuwe.',
      used: 'Hij is al gebruikt, of een nieuwere e-mail heeft hem vervangen. Heb jij hem zelf gebruikt, dan kun je inloggen met het wachtwoord dat je hebt gekozen.',
      renew: 'Vul anders je adres in, dan sturen we je een nieuwe link.',
      already: 'Heb je al een nieuw wachtwoord gekozen, dan kun je daarmee inloggen.',
      sent: 'Als dit adres een account heeft, is er een e-mail met de volgende stappen onderweg.',
    },
    'confirm-email': {
      heading: 'Bevestig je nieuwe e-mailadres',
      lead: 'Je account krijgt dit adres, en je wordt op al je apparaten uitgelogd.',
      action: 'E-mailadres bevestigen',
      notYou: 'Heb jij hier niet om gevraagd? Sluit deze pagina dan: er verandert niets.',
      done: {
        heading: 'Je e-mailadres is gewijzigd',
        text: 'Je bent op al je apparaten uitgelogd. Je kunt nu inloggen met het nieuwe adres.',
      },
      expired: 'De link werkt 24 uur lang. Er is niets veranderd, en je kunt opnieuw om het nieuwe adres vragen.',
      used: 'Hij is al gebruikt, een nieuwere e-mail heeft hem vervangen, of de wijziging is ongedaan gemaakt. Heb jij hem zelf gebruikt, dan kun je inloggen met het nieuwe adres.',
      already: 'Heb je je nieuwe adres al bevestigd, dan kun je daarmee inloggen.',
      taken: 'Iemand heeft zich ermee aangemeld, dus je account houdt het adres dat het heeft.',
    },
    'undo-email': {
      heading: 'Maak de wijziging van je e-mailadres ongedaan',
      lead: 'Je account houdt dit adres of krijgt het terug. Je wordt op al je apparaten uitgelogd en kiest een nieuw wachtwoord in plaats van het oude: we sturen je een link.',
      action: 'Wijziging ongedaan maken',
      notYou: 'Heb jij zelf om de wijziging gevraagd? Sluit deze pagina dan: er wordt niets ongedaan gemaakt.',
      done: {
        heading: 'De wijziging is ongedaan gemaakt',
        text: 'Je bent op al je apparaten uitgelogd. Er is een e-mail met een link voor een nieuw wachtwoord onderweg naar dit adres.',
      },
      expired:
        'Een wijziging kan 72 uur lang ongedaan worden gemaakt. Heb jij haar niet gedaan, schrijf dan onze klantenservice.',
      used: 'Hij is al gebruikt, of er is niets meer ongedaan te maken. Heb jij hem zelf gebruikt, dan staat de link voor een nieuw wachtwoord in je inbox.',
      already: 'Heb je de wijziging al ongedaan gemaakt, dan staat de link voor een nieuw wachtwoord in je inbox.',
      taken:
        'Iemand heeft zich er sinds de wijziging mee aangemeld, dus het kan niet worden teruggegeven. Schrijf onze klantenservice.',
    },
  },
};
