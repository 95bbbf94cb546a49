import type { Catalogue } from './catalogue.ts';

// Addresses the reader as "Ty", in forms that fit every gender. The app's name stands after "w serwisie" and keeps
// its form.
export const pl: Catalogue = {
  greeting: (name) => (name === null ? 'Dzień dobry!' : `Dzień dobry, ${name}!`),
  linkLabel: (action) => `${action}:`,
  linkHint: 'Jeśli przycisk nie działa, otwórz ten adres w przeglądarce:',
  about: ({ appName }) => `Ta wiadomość dotyczy konta w serwisie ${appName} z tym adresem e-mail.`,
  support: 'Masz pytania? Nasz dział pomocy jest tutaj:',
  mails: {
    'verify-email': ({ appName, expiresAt }) => ({
      subject: `Potwierdź swój adres e-mail w serwisie ${appName}`,
      paragraphs: [
        `Ktoś, mamy nadzieję, że Ty, założył konto w serwisie ${appName} z tym adresem. Potwierdź go, aby zakończyć rejestrację.`,
        `Link działa jeden raz i przez 24 godziny. Termin ważności: ${expiresAt}.`,
        'Jeśli to nie Ty, zignoruj tę wiadomość: konto, które nigdy nie zostanie potwierdzone, zostanie usunięte.',
      ],
      action: 'Potwierdź adres e-mail',
    }),
    'account-created': ({ appName, expiresAt }) => ({
      subject: `Twoje konto w serwisie ${appName} jest gotowe`,
      paragraphs: [
        `Administrator założył dla Ciebie konto w serwisie ${appName} z tym adresem. Ustaw hasło, aby z niego korzystać.`,
        `Link działa jeden raz. Termin ważności: ${expiresAt}. Dopóki nie ustawisz hasła, żadne nie otwiera konta. Użycie linku potwierdza też Twój adres.`,
        'Jeśli nie oczekujesz tej wiadomości, zignoruj ją: konto, które nigdy nie zostanie potwierdzone, zostanie usunięte.',
      ],
      action: 'Ustaw hasło',
    }),
    'already-registered': ({ appName }) => ({
      subject: `Masz już konto w serwisie ${appName}`,
      paragraphs: [
        `Ktoś, mamy nadzieję, że Ty, próbował założyć konto w serwisie ${appName} z tym adresem. Konto z tym adresem już istnieje, więc nic się nie zmieniło.`,
        'Możesz zalogować się jak zwykle albo zresetować hasło, jeśli go nie pamiętasz. Jeśli konto zostało zawieszone lub usunięte, pomoże nasz dział pomocy.',
        'Jeśli to nie Ty, nie musisz nic robić.',
      ],
    }),
    'reset-password': ({ appName, expiresAt }) => ({
      subject: `Zresetuj swoje hasło w serwisie ${appName}`,
      paragraphs: [
        `Ktoś, mamy nadzieję, że Ty, poprosił o zresetowanie hasła do Twojego konta w serwisie ${appName}.`,
        `Link działa jeden raz i przez 60 minut. Termin ważności: ${expiresAt}. Ustawienie nowego hasła wyloguje Cię na wszystkich urządzeniach.`,
        'Jeśli to nie Ty, zignoruj tę wiadomość: Twoje hasło pozostanie bez zmian.',
      ],
      action: 'Ustaw nowe hasło',
    }),
    'password-changed': ({ appName, changedAt }) => ({
      subject: `Twoje hasło w serwisie ${appName} zostało zmienione`,
      paragraphs: [
        `Hasło do Twojego konta w serwisie ${appName} zostało zmienione. Data zmiany: ${changedAt}. Twoje pozostałe urządzenia zostały wylogowane.`,
        'Jeśli to nie Ty, natychmiast zresetuj hasło i powiadom nasz dział pomocy.',
      ],
    }),
    'factor-added': ({ appName, changedAt, added }) => ({
      subject: {
        passkey: `Do Twojego konta w serwisie ${appName} dodano klucz dostępu`,
        authenticator: `Do Twojego konta w serwisie ${appName} dodano aplikację uwierzytelniającą`,
        recovery_codes: `Nowe kody odzyskiwania do Twojego konta w serwisie ${appName}`,
      }[added],
      paragraphs: [
        {
          passkey: `Do Twojego konta w serwisie ${appName} dodano klucz dostępu. Data zmiany: ${changedAt}. Możesz się nim logować.`,
          authenticator: `Do Twojego konta w serwisie ${appName} dodano aplikację uwierzytelniającą. Data zmiany: ${changedAt}. Od teraz logowanie hasłem wymaga także kodu.`,
          recovery_codes: `Do Twojego konta w serwisie ${appName} utworzono nowe kody odzyskiwania. Data zmiany: ${changedAt}. Poprzednie już nie działają.`,
        }[added],
        'Jeśli to nie Ty, natychmiast zresetuj hasło, usuń z konta to, czego nie rozpoznajesz, i powiadom nasz dział pomocy.',
      ],
    }),
    'factor-removed': ({ appName, changedAt, removed }) => ({
      subject: {
        passkey: `Z Twojego konta w serwisie ${appName} usunięto klucz dostępu`,
        authenticator: `Z Twojego konta w serwisie ${appName} usunięto aplikację uwierzytelniającą`,
        all: `Usunięto dodatkowe zabezpieczenia Twojego konta w serwisie ${appName}`,
      }[removed],
      paragraphs: [
        {
          passkey: `Z Twojego konta w serwisie ${appName} usunięto klucz dostępu. Data zmiany: ${changedAt}.`,
          authenticator: `Z Twojego konta w serwisie ${appName} usunięto aplikację uwierzytelniającą. Data zmiany: ${changedAt}.`,
          all: `Administrator usunął z Twojego konta w serwisie ${appName} wszystkie klucze dostępu, aplikacje uwierzytelniające i kody odzyskiwania. Data zmiany: ${changedAt}. Nastąpiło wylogowanie na wszystkich urządzeniach.`,
        }[removed],
        'Jeśli to wbrew Twojej woli, natychmiast zresetuj hasło i powiadom nasz dział pomocy.',
      ],
    }),
    'recovery-code-used': ({ appName, changedAt, left }) => ({
      subject: `Użyto kodu odzyskiwania do Twojego konta w serwisie ${appName}`,
      paragraphs: [
        `Użyto kodu odzyskiwania do Twojego konta w serwisie ${appName}. Data użycia: ${changedAt}. Ten kod nie zadziała ponownie.`,
        `Pozostałe kody odzyskiwania: ${left}.`,
        'Jeśli to nie Ty, natychmiast zresetuj hasło, utwórz nowe kody odzyskiwania i powiadom nasz dział pomocy.',
      ],
    }),
    'email-change': ({ appName, expiresAt }) => ({
      subject: `Potwierdź swój nowy adres e-mail w serwisie ${appName}`,
      paragraphs: [
        `Ktoś, mamy nadzieję, że Ty, poprosił o zmianę adresu konta w serwisie ${appName} na ten adres. Potwierdź go, aby zakończyć zmianę.`,
        `Link działa jeden raz i przez 24 godziny. Termin ważności: ${expiresAt}. Zmiana wyloguje Cię na wszystkich urządzeniach.`,
        'Jeśli to nie Ty, zignoruj tę wiadomość: nic się nie zmieni.',
      ],
      action: 'Potwierdź adres e-mail',
    }),
    'email-change-notice': ({ appName }) => ({
      subject: `Prośba o zmianę Twojego adresu e-mail w serwisie ${appName}`,
      paragraphs: [
        `Ktoś, mamy nadzieję, że Ty, poprosił o zmianę adresu e-mail Twojego konta w serwisie ${appName}. Adres zmieni się, gdy tylko zostanie użyty link z wiadomości wysłanej na nowy adres.`,
        'Jeśli to Ty, nie musisz tu nic robić.',
        'Jeśli to nie Ty, cofnij zmianę, najpóźniej 72 godziny po niej: Twoje konto zachowa ten adres lub go odzyska. Nastąpi wylogowanie na wszystkich urządzeniach, a przez kolejny link ustawisz nowe hasło.',
      ],
      action: 'Cofnij zmianę',
    }),
    'email-changed': ({ appName, changedAt, expiresAt }) => ({
      subject: `Twój adres e-mail w serwisie ${appName} został zmieniony`,
      paragraphs: [
        `Twoje konto w serwisie ${appName} ma inny adres e-mail. Data zmiany: ${changedAt}. Wszystkie Twoje urządzenia zostały wylogowane.`,
        `Jeśli to nie Ty, cofnij zmianę: Twoje konto odzyska ten adres, a przez kolejny link ustawisz nowe hasło. Termin: ${expiresAt}.`,
      ],
      action: 'Cofnij zmianę',
    }),
    'account-deactivated': ({ appName, reason }) => ({
      subject: `Twoje konto w serwisie ${appName} zostało zawieszone`,
      paragraphs: [
        `Administrator zawiesił Twoje konto w serwisie ${appName}. Wszystkie Twoje urządzenia zostały wylogowane i nie możesz się zalogować.`,
        ...(reason === null ? [] : ['Podany powód:', { quoted: reason }]),
        'Jeśli uważasz, że to pomyłka, napisz do naszego działu pomocy.',
      ],
    }),
    'account-reactivated': ({ appName }) => ({
      subject: `Twoje konto w serwisie ${appName} jest znów aktywne`,
      paragraphs: [`Twoje konto w serwisie ${appName} nie jest już zawieszone. Możesz znów się zalogować.`],
    }),
    'account-deleted': ({ appName, eraseOn }) => ({
      subject: `Twoje konto w serwisie ${appName} zostało usunięte`,
      paragraphs: [
        `Twoje konto w serwisie ${appName} zostało usunięte, a wszystkie Twoje urządzenia wylogowane.`,
        `W dniu ${eraseOn} zostanie trwale wymazane wraz ze wszystkimi danymi. Do tego czasu nasz dział pomocy może je przywrócić.`,
        'Jeśli usunął je ktoś inny, natychmiast napisz do naszego działu pomocy.',
      ],
    }),
    'erasure-reminder': ({ appName, eraseOn }) => ({
      subject: `Twoje konto w serwisie ${appName} zostanie wymazane w dniu ${eraseOn}`,
      paragraphs: [
        `Twoje konto w serwisie ${appName} zostało usunięte. W dniu ${eraseOn} zostanie trwale wymazane wraz ze wszystkimi danymi.`,
        'Jeśli chcesz je zachować, napisz do naszego działu pomocy przed tym dniem. Później nikt nie zdoła go przywrócić.',
      ],
    }),
    'account-restored': ({ appName }) => ({
      subject: `Twoje konto w serwisie ${appName} zostało przywrócone`,
      paragraphs: [
        `Twoje konto w serwisie ${appName} zostało przywrócone i nie zostanie wymazane.`,
        'Po usunięciu konta wszystkie Twoje urządzenia zostały wylogowane, więc zaloguj się ponownie.',
      ],
    }),
    'account-erased': ({ appName }) => ({
      subject: `Twoje konto w serwisie ${appName} zostało wymazane`,
      paragraphs: [
        `Twoje konto w serwisie ${appName} zostało trwale wymazane wraz ze wszystkimi danymi. To nasza ostatnia wiadomość na jego temat.`,
        'Twój adres jest znów wolny: możesz w każdej chwili założyć z nim nowe konto.',
      ],
    }),
  },
};
