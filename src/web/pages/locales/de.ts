import type { PageCatalogue } from './catalogue.ts';

// Addresses the reader as "Sie".
export const de: PageCatalogue = {
  name: 'Deutsch',
  languages: 'Sprache',
  support: 'Hilfe und Support',
  noScript: 'Diese Seite benötigt JavaScript. Bitte erlauben Sie es hier und laden Sie die Seite neu.',
  incomplete: 'Ein Teil dieser Seite ist nicht angekommen. Bitte laden Sie sie neu.',
  working: 'Einen Moment …',
  retry: 'Noch einmal versuchen',
  signIn: 'Anmelden',
  problems: {
    offline: () =>
      'Der Dienst ist nicht erreichbar. Bitte prüfen Sie Ihre Internetverbindung und versuchen Sie es noch einmal.',
    unavailable: (wait) => `Der Dienst steht gerade nicht zur Verfügung. Bitte versuchen Sie es ${wait} noch einmal.`,
    tooMany: (wait) => `Aus Ihrem Netz kamen zu viele Versuche. Bitte versuchen Sie es ${wait} noch einmal.`,
    unexpected: () =>
      'Bei uns ist etwas schiefgegangen. Bitte versuchen Sie es noch einmal. Wenn es dabei bleibt, kommen Sie später wieder.',
  },
  headings: {
    expired: 'Dieser Link ist abgelaufen',
    invalid: 'Dieser Link gilt nicht mehr',
    missing: 'Bitte öffnen Sie den Link in der E-Mail',
    sent: 'Bitte sehen Sie in Ihr Postfach',
    taken: 'Zu dieser Adresse gibt es ein eigenes Konto',
  },
  missing:
    'Diese Seite funktioniert nur, wenn der Link in unserer E-Mail sie öffnet. Der Link verschwindet sofort aus der Adresszeile, damit niemand sonst auf ihn stößt. Deshalb hilft es nicht, die Seite neu zu laden: Bitte öffnen Sie ihn noch einmal in der E-Mail.',
  inbox:
    'Das kann einige Minuten dauern. Wenn nichts ankommt, sehen Sie auch im Spam-Ordner nach. Von mehreren E-Mails gilt nur die neueste.',
  address: {
    label: 'E-Mail-Adresse',
    action: 'Neuen Link senden',
    flaw: 'Bitte geben Sie eine gültige E-Mail-Adresse ein.',
  },
  password: {
    label: 'Neues Passwort',
    rules:
      '8 bis 128 Zeichen, und keines der häufigsten Passwörter. Mehrere Wörter hintereinander ergeben ein gutes Passwort.',
    show: 'Passwort anzeigen',
    flaws: {
      short: 'Das Passwort braucht mindestens 8 Zeichen.',
      long: 'Das Passwort darf höchstens 128 Zeichen haben.',
      known: 'Dieses Passwort ist allgemein bekannt, und solche werden zuerst erraten. Bitte wählen Sie ein anderes.',
      same: 'Das ist Ihr jetziges Passwort. Bitte wählen Sie ein anderes.',
    },
  },
  pages: {
    'verify-email': {
      heading: 'Bestätigen Sie Ihre E-Mail-Adresse',
      lead: 'Mit der Schaltfläche schließen Sie Ihre Registrierung ab.',
      action: 'E-Mail-Adresse bestätigen',
      notYou:
        'Wenn Sie sich nicht registriert haben, schließen Sie diese Seite: Ein Konto, das nie bestätigt wird, wird entfernt.',
      done: {
        heading: 'Ihre E-Mail-Adresse ist bestätigt',
        text: 'Sie können sich jetzt anmelden. Diese Seite wird nicht mehr gebraucht.',
      },
      expired: 'Der Link gilt 24 Stunden lang. Geben Sie Ihre Adresse ein, dann senden wir Ihnen einen neuen.',
      used: 'Er wurde schon benutzt, oder eine neuere E-Mail hat ihn ersetzt. Wenn Sie selbst ihn benutzt haben, ist Ihre Adresse bestätigt: Versuchen Sie, sich anzumelden.',
      renew: 'Wenn das nicht gelingt, geben Sie Ihre Adresse ein, dann senden wir Ihnen einen neuen Link.',
      already: 'Wenn Sie Ihre Adresse schon bestätigt haben, können Sie sich anmelden.',
      sent: 'Falls diese Adresse noch zu bestätigen ist, ist ein neuer Link unterwegs.',
    },
    'reset-password': {
      heading: 'Neues Passwort festlegen',
      lead: 'Es ersetzt das alte, und Sie werden auf allen Geräten abgemeldet.',
      action: 'Passwort speichern',
      notYou: 'Wenn Sie das nicht angefordert haben, schließen Sie diese Seite: Ihr Passwort bleibt, wie es ist.',
      done: {
        heading: 'Ihr Passwort wurde geändert',
        text: 'Sie wurden auf allen Geräten abgemeldet und können sich jetzt mit dem neuen Passwort anmelden.',
      },
      expired: 'Der Link gilt 60 Minuten lang. Geben Sie Ihre Adresse ein, dann senden wir Ihnen einen neuen.',
      used: 'Er wurde schon benutzt, oder eine neuere E-Mail hat ihn ersetzt. Wenn Sie selbst ihn benutzt haben, können Sie sich mit dem Passwort anmelden, das Sie dabei festgelegt haben.',
      renew: 'Andernfalls geben Sie Ihre Adresse ein, dann senden wir Ihnen einen neuen Link.',
      already: 'Wenn Sie schon ein neues Passwort festgelegt haben, können Sie sich damit anmelden.',
      sent: 'Falls es zu dieser Adresse ein Konto gibt, ist eine E-Mail mit den weiteren Schritten unterwegs.',
    },
    'confirm-email': {
      heading: 'Bestätigen Sie Ihre neue E-Mail-Adresse',
      lead: 'Ihr Konto bekommt diese Adresse, und Sie werden auf allen Geräten abgemeldet.',
      action: 'E-Mail-Adresse bestätigen',
      notYou: 'Wenn Sie das nicht gewünscht haben, schließen Sie diese Seite: Es ändert sich nichts.',
      done: {
        heading: 'Ihre E-Mail-Adresse wurde geändert',
        text: 'Sie wurden auf allen Geräten abgemeldet und können sich jetzt mit der neuen Adresse anmelden.',
      },
      expired:
        'Der Link gilt 24 Stunden lang. Es hat sich nichts geändert, und Sie können die neue Adresse noch einmal angeben.',
      used: 'Er wurde schon benutzt, eine neuere E-Mail hat ihn ersetzt, oder die Änderung wurde rückgängig gemacht. Wenn Sie selbst ihn benutzt haben, können Sie sich mit der neuen Adresse anmelden.',
      already: 'Wenn Sie Ihre neue Adresse schon bestätigt haben, können Sie sich damit anmelden.',
      taken: 'Jemand hat sich damit registriert; deshalb behält Ihr Konto die Adresse, die es hat.',
    },
    'undo-email': {
      heading: 'Änderung Ihrer E-Mail-Adresse rückgängig machen',
      lead: 'Ihr Konto behält diese Adresse oder bekommt sie zurück. Sie werden auf allen Geräten abgemeldet, und statt Ihres Passworts legen Sie ein neues fest: Wir senden Ihnen einen Link.',
      action: 'Änderung rückgängig machen',
      notYou:
        'Wenn Sie die Änderung selbst gewünscht haben, schließen Sie diese Seite: Es wird nichts rückgängig gemacht.',
      done: {
        heading: 'Die Änderung ist rückgängig gemacht',
        text: 'Sie wurden auf allen Geräten abgemeldet. Eine E-Mail mit einem Link zu einem neuen Passwort ist an diese Adresse unterwegs.',
      },
      expired:
        'Eine Änderung lässt sich 72 Stunden lang rückgängig machen. Wenn sie nicht von Ihnen stammt, schreiben Sie bitte unserem Support.',
      used: 'Er wurde schon benutzt, oder es gibt nichts mehr rückgängig zu machen. Wenn Sie selbst ihn benutzt haben, liegt der Link zu einem neuen Passwort in Ihrem Postfach.',
      already:
        'Wenn Sie die Änderung schon rückgängig gemacht haben, liegt der Link zu einem neuen Passwort in Ihrem Postfach.',
      taken:
        'Jemand hat sich seit der Änderung damit registriert, deshalb können wir sie nicht zurückgeben. Bitte schreiben Sie unserem Support.',
    },
  },
};
