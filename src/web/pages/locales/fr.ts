import type { PageCatalogue } from './catalogue.ts';

// Addresses the reader as "vous". The space before a colon, a question mark or a semicolon does not break.
export const fr: PageCatalogue = {
  name: 'Français',
  languages: 'Langue',
  support: 'Aide et assistance',
  noScript: 'Cette page a besoin de JavaScript. Autorisez-le ici, puis rechargez la page.',
  incomplete: 'Une partie de cette page n’est pas arrivée. Rechargez-la, s’il vous plaît.',
  working: 'Un instant…',
  retry: 'Réessayer',
  signIn: 'Se connecter',
  problems: {
    offline: () => 'Le service est injoignable. Vérifiez votre connexion internet, puis réessayez.',
    unavailable: (wait) => `Le service n’est pas disponible en ce moment. Réessayez ${wait}.`,
    tooMany: (wait) => `Trop de tentatives sont venues de votre réseau. Réessayez ${wait}.`,
    unexpected: () => 'Un problème est survenu de notre côté. Réessayez. Si cela persiste, revenez plus tard.',
  },
  headings: {
    expired: 'Ce lien a expiré',
    invalid: 'Ce lien ne fonctionne plus',
    missing: 'Ouvrez le lien de l’e-mail',
    sent: 'Consultez votre boîte de réception',
    taken: 'Cette adresse a son propre compte',
  },
  missing:
    'Cette page ne fonctionne que si elle est ouverte par le lien de notre e-mail. Le lien disparaît aussitôt de la barre d’adresse, pour que personne d’autre ne le trouve. Recharger la page ne sert donc à rien\u00a0: ouvrez-le de nouveau dans l’e-mail.',
  inbox:
    'Cela peut prendre quelques minutes. Si rien n’arrive, regardez aussi dans les courriers indésirables. De plusieurs e-mails, seul le plus récent est valable.',
  address: {
    label: 'Adresse e-mail',
    action: 'Envoyer un nouveau lien',
    flaw: 'Indiquez une adresse e-mail valide.',
  },
  password: {
    label: 'Nouveau mot de passe',
    rules:
      'De 8 à 128 caractères, et aucun des mots de passe les plus courants. Plusieurs mots à la suite en font un bon.',
    show: 'Afficher le mot de passe',
    flaws: {
      short: 'Le mot de passe doit avoir au moins 8 caractères.',
      long: 'Le mot de passe peut avoir 128 caractères au plus.',
      known:
        'Ce mot de passe est largement connu, et c’est par ceux-là que l’on commence à deviner. Choisissez-en un autre.',
      same: 'C’est votre mot de passe actuel. Choisissez-en un autre.',
    },
  },
  pages: {
    'verify-email': {
      heading: 'Confirmez votre adresse e-mail',
      lead: 'Appuyez sur le bouton pour terminer votre inscription.',
      action: 'Confirmer l’adresse e-mail',
      notYou:
        'Si ce n’est pas vous qui vous êtes inscrit, fermez cette page\u00a0: un compte qui n’est jamais confirmé est supprimé.',
      done: {
        heading: 'Votre adresse e-mail est confirmée',
        text: 'Vous pouvez maintenant vous connecter. Cette page n’est plus utile.',
      },
      expired: 'Le lien fonctionne pendant 24 heures. Indiquez votre adresse et nous vous en enverrons un nouveau.',
      used: 'Il a déjà été utilisé, ou un e-mail plus récent l’a remplacé. Si c’est vous qui l’avez utilisé, votre adresse est confirmée\u00a0: essayez de vous connecter.',
      renew: 'Si vous n’y parvenez pas, indiquez votre adresse et nous vous enverrons un nouveau lien.',
      already: 'Si vous avez déjà confirmé votre adresse, vous pouvez vous connecter.',
      sent: 'Si cette adresse reste à confirmer, un nouveau lien est en route.',
    },
    'reset-password': {
      heading: 'Choisissez un nouveau mot de passe',
      lead: 'Il remplace l’ancien et déconnecte tous vos appareils.',
      action: 'Enregistrer le mot de passe',
      notYou: 'Si ce n’est pas vous qui l’avez demandé, fermez cette page\u00a0: votre mot de passe reste le même.',
      done: {
        heading: 'Votre mot de passe a été modifié',
        text: 'Tous vos appareils ont été déconnectés. Vous pouvez maintenant vous connecter avec le nouveau mot de passe.',
      },
      expired: 'Le lien fonctionne pendant 60 minutes. Indiquez votre adresse et nous vous en enverrons un nouveau.',
      used: 'Il a déjà été utilisé, ou un e-mail plus récent l’a remplacé. Si c’est vous qui l’avez utilisé, vous pouvez vous connecter avec le mot de passe que vous avez choisi.',
      renew: 'Sinon, indiquez votre adresse et nous vous enverrons un nouveau lien.',
      already: 'Si vous avez déjà choisi un nouveau mot de passe, vous pouvez vous connecter avec lui.',
      sent: 'Si un compte existe pour cette adresse, un e-mail indiquant la suite est en route.',
    },
    'confirm-email': {
      heading: 'Confirmez votre nouvelle adresse e-mail',
      lead: 'Votre compte prend cette adresse, et tous vos appareils sont déconnectés.',
      action: 'Confirmer l’adresse e-mail',
      notYou: 'Si ce n’est pas vous qui l’avez demandé, fermez cette page\u00a0: rien ne change.',
      done: {
        heading: 'Votre adresse e-mail a été modifiée',
        text: 'Tous vos appareils ont été déconnectés. Vous pouvez maintenant vous connecter avec la nouvelle adresse.',
      },
      expired:
        'Le lien fonctionne pendant 24 heures. Rien n’a changé, et vous pouvez demander de nouveau la nouvelle adresse.',
      used: 'Il a déjà été utilisé, un e-mail plus récent l’a remplacé, ou le changement a été annulé. Si c’est vous qui l’avez utilisé, vous pouvez vous connecter avec la nouvelle adresse.',
      already: 'Si vous avez déjà confirmé votre nouvelle adresse, vous pouvez vous connecter avec elle.',
      taken: 'Quelqu’un s’est inscrit avec elle\u00a0; votre compte garde donc l’adresse qu’il a.',
    },
    'undo-email': {
      heading: 'Annulez le changement de votre adresse e-mail',
      lead: 'Votre compte garde cette adresse ou la retrouve. Tous vos appareils sont déconnectés, et vous choisissez un nouveau mot de passe à la place du vôtre\u00a0: nous vous envoyons un lien.',
      action: 'Annuler le changement',
      notYou: 'Si c’est vous qui avez demandé le changement, fermez cette page\u00a0: rien n’est annulé.',
      done: {
        heading: 'Le changement est annulé',
        text: 'Tous vos appareils ont été déconnectés. Un e-mail avec un lien pour un nouveau mot de passe est en route vers cette adresse.',
      },
      expired:
        'Un changement peut être annulé pendant 72 heures. S’il ne vient pas de vous, écrivez à notre assistance.',
      used: 'Il a déjà été utilisé, ou il n’y a plus rien à annuler. Si c’est vous qui l’avez utilisé, le lien pour un nouveau mot de passe est dans votre boîte de réception.',
      already:
        'Si vous avez déjà annulé le changement, le lien pour un nouveau mot de passe est dans votre boîte de réception.',
      taken:
        'Quelqu’un s’est inscrit avec elle depuis le changement, elle ne peut donc pas être rendue. Écrivez à notre assistance.',
    },
  },
};
