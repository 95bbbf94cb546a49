import type { Catalogue } from './catalogue.ts';

// Addresses the reader as "Sie". After the comma of the greeting a sentence goes on in lower case, so the first
// paragraph always starts with a word that is written with a capital anyway.
export const de: Catalogue = {
  greeting: (name) => (name === null ? 'Guten Tag,' : `Guten Tag ${name},`),
  linkLabel: (action) => `${action}:`,
  linkHint: 'Falls die Schaltfläche nicht funktioniert, öffnen Sie diese Adresse im Browser:',
  about: ({ appName }) => `Diese Nachricht betrifft ein Konto bei ${appName} mit dieser E-Mail-Adresse.`,
  support: 'Fragen? Unser Support hilft Ihnen weiter:',
  mails: {
    'verify-email': ({ appName, expiresAt }) => ({
      subject: `Bestätigen Sie Ihre E-Mail-Adresse für ${appName}`,
      paragraphs: [
        `Ihre E-Mail-Adresse wurde bei der Registrierung für ${appName} angegeben, hoffentlich von Ihnen selbst. Bestätigen Sie sie, um die Registrierung abzuschließen.`,
        `Der Link gilt einmal und 24 Stunden lang, bis zum ${expiresAt}.`,
        'Wenn Sie das nicht waren, ignorieren Sie diese Nachricht: Ein Konto, das nie bestätigt wird, wird entfernt.',
      ],
      action: 'E-Mail-Adresse bestätigen',
    }),
    'account-created': ({ appName, expiresAt }) => ({
      subject: `Ihr Konto bei ${appName} ist eingerichtet`,
      paragraphs: [
        `Ein Administrator hat für Sie ein Konto bei ${appName} mit dieser E-Mail-Adresse angelegt. Legen Sie ein Passwort fest, um es zu nutzen.`,
        `Der Link gilt einmal, bis zum ${expiresAt}. Bis Sie ein Passwort festgelegt haben, öffnet keines das Konto; mit dem Link ist auch Ihre Adresse bestätigt.`,
        'Wenn Sie das nicht erwartet haben, ignorieren Sie diese Nachricht: Ein Konto, das nie bestätigt wird, wird entfernt.',
      ],
      action: 'Passwort festlegen',
    }),
    'already-registered': ({ appName }) => ({
      subject: `Sie haben bereits ein Konto bei ${appName}`,
      paragraphs: [
        `Ihre E-Mail-Adresse wurde bei einer neuen Registrierung für ${appName} angegeben, hoffentlich von Ihnen selbst. Zu dieser Adresse gibt es schon ein Konto, deshalb wurde nichts geändert.`,
        'Sie können sich wie gewohnt anmelden oder Ihr Passwort zurücksetzen, falls Sie es nicht mehr wissen. Wurde das Konto gesperrt oder gelöscht, hilft Ihnen unser Support.',
        'Wenn Sie das nicht waren, müssen Sie nichts tun.',
      ],
    }),
    'reset-password': ({ appName, expiresAt }) => ({
      subject: `Setzen Sie Ihr Passwort für ${appName} zurück`,
      paragraphs: [
        `Ihr Passwort für ${appName} soll zurückgesetzt werden. Angefordert haben das hoffentlich Sie selbst.`,
        `Der Link gilt einmal und 60 Minuten lang, bis zum ${expiresAt}. Mit einem neuen Passwort werden Sie auf allen Geräten abgemeldet.`,
        'Wenn Sie das nicht waren, ignorieren Sie diese Nachricht: Ihr Passwort bleibt, wie es ist.',
      ],
      action: 'Neues Passwort festlegen',
    }),
    'password-changed': ({ appName, changedAt }) => ({
      subject: `Ihr Passwort für ${appName} wurde geändert`,
      paragraphs: [
        `Ihr Passwort für ${appName} wurde am ${changedAt} geändert. Ihre anderen Geräte wurden abgemeldet.`,
        'Wenn Sie das nicht waren, setzen Sie Ihr Passwort sofort zurück und melden Sie sich bei unserem Support.',
      ],
    }),
    'factor-added': ({ appName, changedAt, added }) => ({
      subject: {
        passkey: `Ihrem Konto bei ${appName} wurde ein Passkey hinzugefügt`,
        authenticator: `Ihrem Konto bei ${appName} wurde eine Authenticator-App hinzugefügt`,
        recovery_codes: `Neue Wiederherstellungscodes für Ihr Konto bei ${appName}`,
      }[added],
      paragraphs: [
        {
          passkey: `Ihrem Konto bei ${appName} wurde am ${changedAt} ein Passkey hinzugefügt. Sie können sich damit anmelden.`,
          authenticator: `Ihrem Konto bei ${appName} wurde am ${changedAt} eine Authenticator-App hinzugefügt. Zur Anmeldung mit dem Passwort brauchen Sie von nun an auch einen Code.`,
          recovery_codes: `Ihr Konto bei ${appName} hat am ${changedAt} neue Wiederherstellungscodes bekommen. Frühere gelten nicht mehr.`,
        }[added],
        'Wenn Sie das nicht waren, setzen Sie Ihr Passwort sofort zurück, entfernen Sie aus Ihrem Konto, was Sie nicht kennen, und melden Sie sich bei unserem Support.',
      ],
    }),
    'factor-removed': ({ appName, changedAt, removed }) => ({
      subject: {
        passkey: `Aus Ihrem Konto bei ${appName} wurde ein Passkey entfernt`,
        authenticator: `Aus Ihrem Konto bei ${appName} wurde eine Authenticator-App entfernt`,
        all: `Die zweiten Faktoren Ihres Kontos bei ${appName} wurden entfernt`,
      }[removed],
      paragraphs: [
        {
          passkey: `Ihr Konto bei ${appName} hat am ${changedAt} einen Passkey verloren: Er wurde entfernt.`,
          authenticator: `Ihr Konto bei ${appName} hat am ${changedAt} eine Authenticator-App verloren: Sie wurde entfernt.`,
          all: `Ihr Konto bei ${appName} wurde am ${changedAt} von einem Administrator zurückgesetzt: Alle Passkeys, Authenticator-Apps und Wiederherstellungscodes wurden entfernt. Sie wurden überall abgemeldet.`,
        }[removed],
        'Wenn Sie das nicht wollten, setzen Sie Ihr Passwort sofort zurück und melden Sie sich bei unserem Support.',
      ],
    }),
    'recovery-code-used': ({ appName, changedAt, left }) => ({
      subject: `Ein Wiederherstellungscode Ihres Kontos bei ${appName} wurde verwendet`,
      paragraphs: [
        `Ihr Konto bei ${appName} wurde am ${changedAt} mit einem Wiederherstellungscode geöffnet. Er gilt kein zweites Mal.`,
        `Verbleibende Wiederherstellungscodes: ${left}.`,
        'Wenn Sie das nicht waren, setzen Sie Ihr Passwort sofort zurück, erstellen Sie neue Wiederherstellungscodes und melden Sie sich bei unserem Support.',
      ],
    }),
    'email-change': ({ appName, expiresAt }) => ({
      subject: `Bestätigen Sie Ihre neue E-Mail-Adresse für ${appName}`,
      paragraphs: [
        `Ihre E-Mail-Adresse soll künftig zu einem Konto bei ${appName} gehören. Gewünscht haben das hoffentlich Sie selbst. Bestätigen Sie sie, um die Änderung abzuschließen.`,
        `Der Link gilt einmal und 24 Stunden lang, bis zum ${expiresAt}. Mit der Änderung werden Sie auf allen Geräten abgemeldet.`,
        'Wenn Sie das nicht waren, ignorieren Sie diese Nachricht: Es ändert sich nichts.',
      ],
      action: 'E-Mail-Adresse bestätigen',
    }),
    'email-change-notice': ({ appName }) => ({
      subject: `Ihr Konto bei ${appName} soll eine andere E-Mail-Adresse bekommen`,
      paragraphs: [
        `Ihr Konto bei ${appName} soll eine andere E-Mail-Adresse bekommen. Gewünscht haben das hoffentlich Sie selbst. Geändert wird sie, sobald der Link in einer Nachricht an die neue Adresse benutzt wird.`,
        'Wenn Sie das waren, müssen Sie hier nichts tun.',
        'Wenn Sie das nicht waren, machen Sie es rückgängig. Das geht bis 72 Stunden nach der Änderung: Ihr Konto behält diese Adresse oder bekommt sie zurück. Sie werden auf allen Geräten abgemeldet und legen über einen weiteren Link ein neues Passwort fest.',
      ],
      action: 'Änderung rückgängig machen',
    }),
    'email-changed': ({ appName, changedAt, expiresAt }) => ({
      subject: `Ihre E-Mail-Adresse für ${appName} wurde geändert`,
      paragraphs: [
        `Ihr Konto bei ${appName} hat seit dem ${changedAt} eine andere E-Mail-Adresse. Sie wurden auf allen Geräten abgemeldet.`,
        `Wenn Sie das nicht waren, machen Sie es rückgängig. Das geht bis zum ${expiresAt}: Ihr Konto bekommt diese Adresse zurück, und über einen weiteren Link legen Sie ein neues Passwort fest.`,
      ],
      action: 'Änderung rückgängig machen',
    }),
    'account-deactivated': ({ appName, reason }) => ({
      subject: `Ihr Konto bei ${appName} wurde gesperrt`,
      paragraphs: [
        `Ihr Konto bei ${appName} wurde von der Administration gesperrt. Sie wurden überall abgemeldet und können sich nicht mehr anmelden.`,
        ...(reason === null ? [] : ['Angegebener Grund:', { quoted: reason }]),
        'Wenn Sie das für einen Irrtum halten, schreiben Sie bitte unserem Support.',
      ],
    }),
    'account-reactivated': ({ appName }) => ({
      subject: `Ihr Konto bei ${appName} ist wieder aktiv`,
      paragraphs: [`Ihr Konto bei ${appName} ist nicht mehr gesperrt. Sie können sich wieder anmelden.`],
    }),
    'account-deleted': ({ appName, eraseOn }) => ({
      subject: `Ihr Konto bei ${appName} wurde gelöscht`,
      paragraphs: [
        `Ihr Konto bei ${appName} wurde gelöscht, und Sie wurden überall abgemeldet.`,
        `Am ${eraseOn} wird es mit allen Daten endgültig entfernt. Bis dahin kann unser Support es für Sie wiederherstellen.`,
        'Wenn nicht Sie es gelöscht haben, schreiben Sie bitte sofort unserem Support.',
      ],
    }),
    'erasure-reminder': ({ appName, eraseOn }) => ({
      subject: `Ihr Konto bei ${appName} wird am ${eraseOn} endgültig entfernt`,
      paragraphs: [
        `Ihr Konto bei ${appName} wurde gelöscht. Am ${eraseOn} wird es mit allen Daten endgültig entfernt.`,
        'Wenn Sie es behalten möchten, schreiben Sie unserem Support vor diesem Tag. Danach kann es niemand mehr wiederherstellen.',
      ],
    }),
    'account-restored': ({ appName }) => ({
      subject: `Ihr Konto bei ${appName} wurde wiederhergestellt`,
      paragraphs: [
        `Ihr Konto bei ${appName} wurde wiederhergestellt und wird nicht entfernt.`,
        'Mit der Löschung wurden Sie überall abgemeldet; bitte melden Sie sich neu an.',
      ],
    }),
    'account-erased': ({ appName }) => ({
      subject: `Ihr Konto bei ${appName} wurde endgültig entfernt`,
      paragraphs: [
        `Ihr Konto bei ${appName} wurde mit allen Daten endgültig entfernt. Dies ist unsere letzte Nachricht dazu.`,
        'Ihre Adresse ist wieder frei: Sie können sich jederzeit neu damit registrieren.',
      ],
    }),
  },
};
