import type { PageCatalogue } from './catalogue.ts';

// Addresses the reader as "tu".
export const it: PageCatalogue = {
  name: 'Italiano',
  languages: 'Lingua',
  support: 'Aiuto e assistenza',
  noScript: 'Questa pagina ha bisogno di JavaScript. Consentilo qui e ricarica la pagina.',
  incomplete: 'Una parte di questa pagina non è arrivata. Ricaricala.',
  working: 'Un momento…',
  retry: 'Riprova',
  signIn: 'Accedi',
  problems: {
    offline: () => 'Il servizio non è raggiungibile. Controlla la connessione a internet e riprova.',
    unavailable: (wait) => `Il servizio non è disponibile in questo momento. Riprova ${wait}.`,
    tooMany: (wait) => `Dalla tua rete sono arrivati troppi tentativi. Riprova ${wait}.`,
    unexpected: () => 'Qualcosa non ha funzionato da parte nostra. Riprova. Se il problema resta, torna più tardi.',
  },
  headings: {
    expired: 'Questo link è scaduto',
    invalid: 'Questo link non funziona più',
    missing: 'Apri il link nell’email',
    sent: 'Guarda nella tua casella di posta',
    taken: 'Questo indirizzo ha già un suo account',
  },
  missing:
    'Questa pagina funziona solo se la apre il link della nostra email. Il link sparisce subito dalla barra degli indirizzi, perché nessun altro lo trovi. Per questo ricaricare la pagina non serve: apri di nuovo il link nell’email.',
  inbox:
    'Può volerci qualche minuto. Se non arriva nulla, guarda anche nella posta indesiderata. Di più email vale solo la più recente.',
  address: { label: 'Indirizzo email', action: 'Invia un nuovo link', flaw: 'Inserisci un indirizzo email valido.' },
  password: {
    label: 'Nuova password',
    rules: 'Da 8 a 128 caratteri, e nessuna delle password più comuni. Più parole di seguito ne fanno una buona.',
    show: 'Mostra la password',
    flaws: {
      short: 'La password deve avere almeno 8 caratteri.',
      long: 'La password può avere al massimo 128 caratteri.',
      known: 'Questa password è molto conosciuta, e sono quelle che si indovinano per prime. Scegline un’altra.',
      same: 'È la password che hai adesso. Scegline un’altra.',
    },
  },
  pages: {
    'verify-email': {
      heading: 'Verifica il tuo indirizzo email',
      lead: 'Premi il pulsante per completare la registrazione.',
      action: 'Verifica l’indirizzo email',
      notYou: 'Se non eri tu a registrarti, chiudi questa pagina: un account mai verificato viene rimosso.',
      done: {
        heading: 'Il tuo indirizzo email è verificato',
        text: 'Ora puoi accedere. Questa pagina non serve più.',
      },
      expired: 'Il link funziona per 24 ore. Inserisci il tuo indirizzo e te ne invieremo uno nuovo.',
      used: 'È già stato usato, o un’email più recente lo ha sostituito. Se l’hai usato tu, il tuo indirizzo è verificato: prova ad accedere.',
      renew: 'Se non ci riesci, inserisci il tuo indirizzo e ti invieremo un nuovo link.',
      already: 'Se hai già verificato il tuo indirizzo, puoi accedere.',
      sent: 'Se questo indirizzo è ancora da verificare, un nuovo link è in arrivo.',
    },
    'reset-password': {
      heading: 'Scegli una nuova password',
      lead: 'Sostituisce quella vecchia e disconnette tutti i tuoi dispositivi.',
      action: 'Salva la password',
      notYou: 'Se non eri tu a chiederlo, chiudi questa pagina: la tua password resta quella di prima.',
      done: {
        heading: 'La tua password è stata cambiata',
        text: 'Tutti i tuoi dispositivi sono stati disconnessi. Ora puoi accedere con la nuova password.',
      },
      expired: 'Il link funziona per 60 minuti. Inserisci il tuo indirizzo e te ne invieremo uno nuovo.',
      used: 'È già stato usato, o un’email più recente lo ha sostituito. Se l’hai usato tu, puoi accedere con la password che hai scelto.',
      renew: 'Altrimenti inserisci il tuo indirizzo e ti invieremo un nuovo link.',
      already: 'Se hai già scelto una nuova password, puoi accedere con quella.',
      sent: 'Se questo indirizzo ha un account, un’email con i prossimi passi è in arrivo.',
    },
    'confirm-email': {
      heading: 'Conferma il tuo nuovo indirizzo email',
      lead: 'Il tuo account passa a questo indirizzo e tutti i tuoi dispositivi vengono disconnessi.',
      action: 'Conferma l’indirizzo email',
      notYou: 'Se non eri tu a chiederlo, chiudi questa pagina: non cambia nulla.',
      done: {
        heading: 'Il tuo indirizzo email è stato cambiato',
        text: 'Tutti i tuoi dispositivi sono stati disconnessi. Ora puoi accedere con il nuovo indirizzo.',
      },
      expired: 'Il link funziona per 24 ore. Non è cambiato nulla, e puoi chiedere di nuovo il nuovo indirizzo.',
      used: 'È già stato usato, un’email più recente lo ha sostituito o la modifica è stata annullata. Se l’hai usato tu, puoi accedere con il nuovo indirizzo.',
      already: 'Se hai già confermato il tuo nuovo indirizzo, puoi accedere con quello.',
      taken: 'Qualcuno ha creato un account con questo indirizzo, quindi il tuo mantiene quello che ha.',
    },
    'undo-email': {
      heading: 'Annulla la modifica del tuo indirizzo email',
      lead: 'Il tuo account mantiene questo indirizzo o lo riottiene. Tutti i tuoi dispositivi vengono disconnessi e al posto della tua password ne scegli una nuova: ti inviamo un link.',
      action: 'Annulla la modifica',
      notYou: 'Se eri tu a chiedere la modifica, chiudi questa pagina: non viene annullato nulla.',
      done: {
        heading: 'La modifica è stata annullata',
        text: 'Tutti i tuoi dispositivi sono stati disconnessi. Un’email con un link per una nuova password è in arrivo a questo indirizzo.',
      },
      expired: 'Una modifica può essere annullata per 72 ore. Se non l’hai fatta tu, scrivi alla nostra assistenza.',
      used: 'È già stato usato o non c’è più nulla da annullare. Se l’hai usato tu, il link per una nuova password è nella tua casella di posta.',
      already: 'Se hai già annullato la modifica, il link per una nuova password è nella tua casella di posta.',
      taken:
        'Dopo la modifica qualcuno ha creato un account con questo indirizzo, quindi non può essere restituito. Scrivi alla nostra assistenza.',
    },
  },
};
