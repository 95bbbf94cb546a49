import type { PageCatalogue } from './catalogue.ts';

// Addresses the reader as "Ty", in forms that fit every gender.
export const pl: PageCatalogue = {
  name: 'Polski',
  languages: 'Język',
  support: 'Pomoc techniczna',
  noScript: 'Ta strona wymaga JavaScriptu. Zezwól na niego tutaj i odśwież stronę.',
  incomplete: 'Część tej strony nie dotarła. Odśwież ją.',
  working: 'Chwileczkę…',
  retry: 'Spróbuj ponownie',
  signIn: 'Zaloguj się',
  problems: {
    offline: () => 'Nie można połączyć się z serwisem. Sprawdź połączenie z internetem i spróbuj ponownie.',
    unavailable: (wait) => `Serwis jest w tej chwili niedostępny. Spróbuj ponownie ${wait}.`,
    tooMany: (wait) => `Z Twojej sieci było zbyt wiele prób. Spróbuj ponownie ${wait}.`,
    unexpected: () => 'Coś poszło nie tak po naszej stronie. Spróbuj ponownie. Jeśli to nie pomoże, wróć później.',
  },
  headings: {
    expired: 'Ten link wygasł',
    invalid: 'Ten link już nie działa',
    missing: 'Otwórz link z wiadomości',
    sent: 'Sprawdź skrzynkę odbiorczą',
    taken: 'Ten adres ma własne konto',
  },
  missing:
    'Ta strona działa tylko wtedy, gdy otworzy ją link z naszej wiadomości. Link od razu znika z paska adresu, aby nikt inny na niego nie trafił. Dlatego odświeżenie strony nie pomoże: otwórz link jeszcze raz w wiadomości.',
  inbox:
    'Może to potrwać kilka minut. Jeśli nic nie przyjdzie, sprawdź też folder ze spamem. Z kilku wiadomości działa tylko najnowsza.',
  address: { label: 'Adres e-mail', action: 'Wyślij nowy link', flaw: 'Podaj prawidłowy adres e-mail.' },
  password: {
    label: 'Nowe hasło',
    rules: 'Od 8 do 128 znaków i żadne z najpopularniejszych haseł. Dobre hasło to na przykład kilka słów z rzędu.',
    show: 'Pokaż hasło',
    flaws: {
      short: 'Hasło musi mieć co najmniej 8 znaków.',
      long: 'Hasło może mieć najwyżej 128 znaków.',
      known: 'To hasło jest powszechnie znane, a takie są zgadywane jako pierwsze. Wybierz inne.',
      same: 'To jest Twoje obecne hasło. Wybierz inne.',
    },
  },
  pages: {
    'verify-email': {
      heading: 'Potwierdź swój adres e-mail',
      lead: 'Naciśnij przycisk, aby zakończyć rejestrację.',
      action: 'Potwierdź adres e-mail',
      notYou:
        'Jeśli to nie Ty zakładasz konto, zamknij tę stronę: konto, które nigdy nie zostanie potwierdzone, zostanie usunięte.',
      done: {
        heading: 'Twój adres e-mail jest potwierdzony',
        text: 'Możesz się teraz zalogować. Ta strona nie jest już potrzebna.',
      },
      expired: 'Link działa przez 24 godziny. Podaj swój adres, a wyślemy Ci nowy.',
      used: 'Został już użyty albo zastąpiła go nowsza wiadomość. Jeśli link został użyty przez Ciebie, Twój adres jest potwierdzony: spróbuj się zalogować.',
      renew: 'Jeśli się nie uda, podaj swój adres, a wyślemy Ci nowy link.',
      already: 'Jeśli Twój adres jest już potwierdzony, możesz się zalogować.',
      sent: 'Jeśli ten adres czeka na potwierdzenie, nowy link jest już w drodze.',
    },
    'reset-password': {
      heading: 'Ustaw nowe hasło',
      lead: 'Zastąpi ono stare i wyloguje Cię na wszystkich urządzeniach.',
      action: 'Zapisz hasło',
      notYou: 'Jeśli ta prośba nie pochodzi od Ciebie, zamknij tę stronę: Twoje hasło pozostanie bez zmian.',
      done: {
        heading: 'Twoje hasło zostało zmienione',
        text: 'Wszystkie Twoje urządzenia zostały wylogowane. Możesz się teraz zalogować nowym hasłem.',
      },
      expired: 'Link działa przez 60 minut. Podaj swój adres, a wyślemy Ci nowy.',
      used: 'Został już użyty albo zastąpiła go nowsza wiadomość. Jeśli link został użyty przez Ciebie, możesz się zalogować hasłem, które zostało wtedy ustawione.',
      renew: 'W przeciwnym razie podaj swój adres, a wyślemy Ci nowy link.',
      already: 'Jeśli nowe hasło jest już ustawione, możesz się nim zalogować.',
      sent: 'Jeśli istnieje konto z tym adresem, wiadomość z dalszymi krokami jest już w drodze.',
    },
    'confirm-email': {
      heading: 'Potwierdź swój nowy adres e-mail',
      lead: 'Twoje konto otrzyma ten adres, a wszystkie Twoje urządzenia zostaną wylogowane.',
      action: 'Potwierdź adres e-mail',
      notYou: 'Jeśli ta prośba nie pochodzi od Ciebie, zamknij tę stronę: nic się nie zmieni.',
      done: {
        heading: 'Twój adres e-mail został zmieniony',
        text: 'Wszystkie Twoje urządzenia zostały wylogowane. Możesz się teraz zalogować nowym adresem.',
      },
      expired: 'Link działa przez 24 godziny. Nic się nie zmieniło i możesz jeszcze raz poprosić o nowy adres.',
      used: 'Został już użyty, zastąpiła go nowsza wiadomość albo zmiana została cofnięta. Jeśli link został użyty przez Ciebie, możesz się zalogować nowym adresem.',
      already: 'Jeśli Twój nowy adres jest już potwierdzony, możesz się nim zalogować.',
      taken: 'Ktoś założył z nim konto, dlatego Twoje konto zachowuje adres, który ma.',
    },
    'undo-email': {
      heading: 'Cofnij zmianę swojego adresu e-mail',
      lead: 'Twoje konto zachowa ten adres lub go odzyska. Nastąpi wylogowanie na wszystkich urządzeniach, a zamiast dotychczasowego hasła ustawisz nowe: wyślemy Ci link.',
      action: 'Cofnij zmianę',
      notYou: 'Jeśli prośba o zmianę pochodzi od Ciebie, zamknij tę stronę: nic nie zostanie cofnięte.',
      done: {
        heading: 'Zmiana została cofnięta',
        text: 'Wszystkie Twoje urządzenia zostały wylogowane. Wiadomość z linkiem do nowego hasła jest już w drodze na ten adres.',
      },
      expired: 'Zmianę można cofnąć przez 72 godziny. Jeśli nie pochodzi od Ciebie, napisz do naszego działu pomocy.',
      used: 'Został już użyty albo nie ma już czego cofnąć. Jeśli link został użyty przez Ciebie, link do nowego hasła czeka w Twojej skrzynce odbiorczej.',
      already: 'Jeśli zmiana jest już cofnięta, link do nowego hasła czeka w Twojej skrzynce odbiorczej.',
      taken: 'Po zmianie ktoś założył z nim konto, dlatego nie można go przywrócić. Napisz do naszego działu pomocy.',
    },
  },
};
