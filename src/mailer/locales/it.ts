import type { Catalogue } from './catalogue.ts';

// Addresses the reader as "tu". A day is named without an article, which would change with the number (il 7, l'8).
export const it: Catalogue = {
  greeting: (name) => (name === null ? 'Ciao,' : `Ciao ${name},`),
  linkLabel: (action) => `${action}:`,
  linkHint: 'Se il pulsante non funziona, apri questo indirizzo nel browser:',
  about: ({ appName }) => `Questo messaggio riguarda un account ${appName} con questo indirizzo email.`,
  support: 'Hai domande? La nostra assistenza è qui:',
  mails: {
    'verify-email': ({ appName, expiresAt }) => ({
      subject: `Verifica il tuo indirizzo email per ${appName}`,
      paragraphs: [
        `Qualcuno, speriamo tu, ha creato un account ${appName} con questo indirizzo. Verificalo per completare la registrazione.`,
        `Il link funziona una sola volta e per 24 ore. Scadenza: ${expiresAt}.`,
        'Se non eri tu, ignora questo messaggio: un account mai verificato viene rimosso.',
      ],
      action: 'Verifica l’indirizzo email',
    }),
    'account-created': ({ appName, expiresAt }) => ({
      subject: `Il tuo account ${appName} è pronto`,
      paragraphs: [
        `Un amministratore ha creato per te un account ${appName} con questo indirizzo. Scegli una password per usarlo.`,
        `Il link funziona una sola volta. Scadenza: ${expiresAt}. Finché non scegli una password, nessuna apre l’account. Usando il link verifichi anche il tuo indirizzo.`,
        'Se non ti aspettavi questo messaggio, ignoralo: un account mai verificato viene rimosso.',
      ],
      action: 'Scegli una password',
    }),
    'already-registered': ({ appName }) => ({
      subject: `Hai già un account ${appName}`,
      paragraphs: [
        `Qualcuno, speriamo tu, ha provato a creare un account ${appName} con questo indirizzo. L’indirizzo ha già un account, quindi non è cambiato nulla.`,
        'Puoi accedere come sempre o reimpostare la password se non la ricordi più. Se l’account è stato sospeso o eliminato, la nostra assistenza può aiutarti.',
        'Se non eri tu, non devi fare nulla.',
      ],
    }),
    'reset-password': ({ appName, expiresAt }) => ({
      subject: `Reimposta la tua password di ${appName}`,
      paragraphs: [
        `Qualcuno, speriamo tu, ha chiesto di reimpostare la password del tuo account ${appName}.`,
        `Il link funziona una sola volta e per 60 minuti. Scadenza: ${expiresAt}. Con una nuova password tutti i tuoi dispositivi verranno disconnessi.`,
        'Se non eri tu, ignora questo messaggio: la tua password resta quella di prima.',
      ],
      action: 'Scegli una nuova password',
    }),
    'password-changed': ({ appName, changedAt }) => ({
      subject: `La tua password di ${appName} è stata cambiata`,
      paragraphs: [
        `La password del tuo account ${appName} è stata cambiata in data ${changedAt}. Gli altri tuoi dispositivi sono stati disconnessi.`,
        'Se non eri tu, reimposta subito la password e avvisa la nostra assistenza.',
      ],
    }),
    'factor-added': ({ appName, changedAt, added }) => ({
      subject: {
        passkey: `Al tuo account ${appName} è stata aggiunta una passkey`,
        authenticator: `Al tuo account ${appName} è stata aggiunta un’app di autenticazione`,
        recovery_codes: `Nuovi codici di recupero per il tuo account ${appName}`,
      }[added],
      paragraphs: [
        {
          passkey: `Al tuo account ${appName} è stata aggiunta una passkey in data ${changedAt}. Puoi usarla per accedere.`,
          authenticator: `Al tuo account ${appName} è stata aggiunta un’app di autenticazione in data ${changedAt}. D’ora in poi per accedere con la password serve anche un codice.`,
          recovery_codes: `Per il tuo account ${appName} sono stati creati nuovi codici di recupero in data ${changedAt}. Quelli precedenti non funzionano più.`,
        }[added],
        'Se non eri tu, reimposta subito la password, rimuovi dal tuo account ciò che non conosci e avvisa la nostra assistenza.',
      ],
    }),
    'factor-removed': ({ appName, changedAt, removed }) => ({
      subject: {
        passkey: `Dal tuo account ${appName} è stata rimossa una passkey`,
        authenticator: `Dal tuo account ${appName} è stata rimossa un’app di autenticazione`,
        all: `I secondi fattori del tuo account ${appName} sono stati rimossi`,
      }[removed],
      paragraphs: [
        {
          passkey: `Dal tuo account ${appName} è stata rimossa una passkey in data ${changedAt}.`,
          authenticator: `Dal tuo account ${appName} è stata rimossa un’app di autenticazione in data ${changedAt}.`,
          all: `Un amministratore ha rimosso dal tuo account ${appName} tutte le passkey, le app di autenticazione e i codici di recupero in data ${changedAt}. Tutti i tuoi dispositivi sono stati disconnessi.`,
        }[removed],
        'Se non lo volevi, reimposta subito la password e avvisa la nostra assistenza.',
      ],
    }),
    'recovery-code-used': ({ appName, changedAt, left }) => ({
      subject: `È stato usato un codice di recupero del tuo account ${appName}`,
      paragraphs: [
        `È stato usato un codice di recupero del tuo account ${appName} in data ${changedAt}. Non funzionerà una seconda volta.`,
        `Codici di recupero rimasti: ${left}.`,
        'Se non eri tu, reimposta subito la password, crea nuovi codici di recupero e avvisa la nostra assistenza.',
      ],
    }),
    'email-change': ({ appName, expiresAt }) => ({
      subject: `Conferma il tuo nuovo indirizzo email per ${appName}`,
      paragraphs: [
        `Qualcuno, speriamo tu, ha chiesto che un account ${appName} passi a questo indirizzo. Confermalo per completare la modifica.`,
        `Il link funziona una sola volta e per 24 ore. Scadenza: ${expiresAt}. Con la modifica tutti i tuoi dispositivi verranno disconnessi.`,
        'Se non eri tu, ignora questo messaggio: non cambia nulla.',
      ],
      action: 'Conferma l’indirizzo email',
    }),
    'email-change-notice': ({ appName }) => ({
      subject: `È stato chiesto un altro indirizzo email per il tuo account ${appName}`,
      paragraphs: [
        `Qualcuno, speriamo tu, ha chiesto un altro indirizzo email per il tuo account ${appName}. Cambierà non appena verrà usato il link di un messaggio inviato al nuovo indirizzo.`,
        'Se eri tu, qui non devi fare nulla.',
        'Se non eri tu, annulla la modifica, al più tardi 72 ore dopo: il tuo account mantiene questo indirizzo o lo riottiene. Tutti i tuoi dispositivi verranno disconnessi e con un altro link sceglierai una nuova password.',
      ],
      action: 'Annulla la modifica',
    }),
    'email-changed': ({ appName, changedAt, expiresAt }) => ({
      subject: `Il tuo indirizzo email di ${appName} è stato cambiato`,
      paragraphs: [
        `Il tuo account ${appName} ha un altro indirizzo email. Data della modifica: ${changedAt}. Tutti i tuoi dispositivi sono stati disconnessi.`,
        `Se non eri tu, annulla la modifica: il tuo account riottiene questo indirizzo e con un altro link sceglierai una nuova password. Scadenza: ${expiresAt}.`,
      ],
      action: 'Annulla la modifica',
    }),
    'account-deactivated': ({ appName, reason }) => ({
      subject: `Il tuo account ${appName} è stato sospeso`,
      paragraphs: [
        `Un amministratore ha sospeso il tuo account ${appName}. Tutti i tuoi dispositivi sono stati disconnessi e non puoi più accedere.`,
        ...(reason === null ? [] : ['Motivo indicato:', { quoted: reason }]),
        'Se pensi che si tratti di un errore, scrivi alla nostra assistenza.',
      ],
    }),
    'account-reactivated': ({ appName }) => ({
      subject: `Il tuo account ${appName} è di nuovo attivo`,
      paragraphs: [`Il tuo account ${appName} non è più sospeso. Puoi accedere di nuovo.`],
    }),
    'account-deleted': ({ appName, eraseOn }) => ({
      subject: `Il tuo account ${appName} è stato eliminato`,
      paragraphs: [
        `Il tuo account ${appName} è stato eliminato e tutti i tuoi dispositivi sono stati disconnessi.`,
        `In data ${eraseOn} verrà cancellato definitivamente con tutti i suoi dati. Fino ad allora la nostra assistenza può ripristinarlo.`,
        'Se non l’hai eliminato tu, scrivi subito alla nostra assistenza.',
      ],
    }),
    'erasure-reminder': ({ appName, eraseOn }) => ({
      subject: `Il tuo account ${appName} verrà cancellato in data ${eraseOn}`,
      paragraphs: [
        `Il tuo account ${appName} è stato eliminato. In data ${eraseOn} verrà cancellato definitivamente con tutti i suoi dati.`,
        'Se vuoi conservarlo, scrivi alla nostra assistenza prima di quel giorno. Dopo nessuno potrà più ripristinarlo.',
      ],
    }),
    'account-restored': ({ appName }) => ({
      subject: `Il tuo account ${appName} è stato ripristinato`,
      paragraphs: [
        `Il tuo account ${appName} è stato ripristinato e non verrà cancellato.`,
        'Con l’eliminazione tutti i tuoi dispositivi sono stati disconnessi: accedi di nuovo.',
      ],
    }),
    'account-erased': ({ appName }) => ({
      subject: `Il tuo account ${appName} è stato cancellato`,
      paragraphs: [
        `Il tuo account ${appName} è stato cancellato definitivamente con tutti i suoi dati. Questo è il nostro ultimo messaggio al riguardo.`,
        'Il tuo indirizzo è di nuovo libero: puoi registrarti ancora quando vuoi.',
      ],
    }),
  },
};
