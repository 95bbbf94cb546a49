import type { Catalogue } from './catalogue.ts';

// Addresses the reader as "vous". The space before a colon, a question mark or a semicolon does not break.
export const fr: Catalogue = {
  greeting: (name) => (name === null ? 'Bonjour,' : `Bonjour ${name},`),
  linkLabel: (action) => `${action}\u00a0:`,
  linkHint: 'Si le bouton ne fonctionne pas, ouvrez cette adresse dans votre navigateur\u00a0:',
  about: ({ appName }) => `Ce message concerne un compte ${appName} associé à cette adresse e-mail.`,
  support: 'Une question\u00a0? Notre assistance est ici\u00a0:',
  mails: {
    'verify-email': ({ appName, expiresAt }) => ({
      subject: `Confirmez votre adresse e-mail pour ${appName}`,
      paragraphs: [
        `Quelqu’un, vous sans doute, s’est inscrit à ${appName} avec cette adresse. Confirmez-la pour terminer l’inscription.`,
        `Le lien fonctionne une seule fois et pendant 24 heures, jusqu’au ${expiresAt}.`,
        'Si ce n’était pas vous, ignorez ce message\u00a0: un compte qui n’est jamais confirmé est supprimé.',
      ],
      action: 'Confirmer l’adresse e-mail',
    }),
    'account-created': ({ appName, expiresAt }) => ({
      subject: `Votre compte ${appName} est prêt`,
      paragraphs: [
        `Un administrateur a créé pour vous un compte ${appName} avec cette adresse. Choisissez un mot de passe pour l’utiliser.`,
        `Le lien fonctionne une seule fois, jusqu’au ${expiresAt}. Tant que vous n’avez pas choisi de mot de passe, aucun n’ouvre le compte. Utiliser le lien confirme aussi votre adresse.`,
        'Si vous n’attendiez pas ce message, ignorez-le\u00a0: un compte qui n’est jamais confirmé est supprimé.',
      ],
      action: 'Choisir un mot de passe',
    }),
    'already-registered': ({ appName }) => ({
      subject: `Vous avez déjà un compte ${appName}`,
      paragraphs: [
        `Quelqu’un, vous sans doute, a essayé de s’inscrire à ${appName} avec cette adresse. Un compte existe déjà pour elle\u00a0; rien n’a donc été modifié.`,
        'Vous pouvez vous connecter comme d’habitude, ou réinitialiser votre mot de passe si vous l’avez oublié. Si le compte a été suspendu ou supprimé, notre assistance peut vous aider.',
        'Si ce n’était pas vous, vous n’avez rien à faire.',
      ],
    }),
    'reset-password': ({ appName, expiresAt }) => ({
      subject: `Réinitialisez votre mot de passe ${appName}`,
      paragraphs: [
        `Quelqu’un, vous sans doute, a demandé à réinitialiser le mot de passe de votre compte ${appName}.`,
        `Le lien fonctionne une seule fois et pendant 60 minutes, jusqu’au ${expiresAt}. Un nouveau mot de passe déconnecte tous vos appareils.`,
        'Si ce n’était pas vous, ignorez ce message\u00a0: votre mot de passe reste le même.',
      ],
      action: 'Choisir un nouveau mot de passe',
    }),
    'password-changed': ({ appName, changedAt }) => ({
      subject: `Votre mot de passe ${appName} a été modifié`,
      paragraphs: [
        `Le mot de passe de votre compte ${appName} a été modifié le ${changedAt}. Vos autres appareils ont été déconnectés.`,
        'Si ce n’était pas vous, réinitialisez votre mot de passe dès maintenant et prévenez notre assistance.',
      ],
    }),
    'factor-added': ({ appName, changedAt, added }) => ({
      subject: {
        passkey: `Une clé d’accès a été ajoutée à votre compte ${appName}`,
        authenticator: `Une application d’authentification a été ajoutée à votre compte ${appName}`,
        recovery_codes: `De nouveaux codes de récupération pour votre compte ${appName}`,
      }[added],
      paragraphs: [
        {
          passkey: `Une clé d’accès a été ajoutée à votre compte ${appName} le ${changedAt}. Vous pouvez vous connecter avec elle.`,
          authenticator: `Une application d’authentification a été ajoutée à votre compte ${appName} le ${changedAt}. Désormais, la connexion avec votre mot de passe demande aussi un code.`,
          recovery_codes: `De nouveaux codes de récupération ont été créés pour votre compte ${appName} le ${changedAt}. Les précédents ne fonctionnent plus.`,
        }[added],
        'Si ce n’était pas vous, réinitialisez votre mot de passe dès maintenant, supprimez de votre compte ce que vous ne connaissez pas et prévenez notre assistance.',
      ],
    }),
    'factor-removed': ({ appName, changedAt, removed }) => ({
      subject: {
        passkey: `Une clé d’accès a été retirée de votre compte ${appName}`,
        authenticator: `Une application d’authentification a été retirée de votre compte ${appName}`,
        all: `Les seconds facteurs de votre compte ${appName} ont été retirés`,
      }[removed],
      paragraphs: [
        {
          passkey: `Une clé d’accès a été retirée de votre compte ${appName} le ${changedAt}.`,
          authenticator: `Une application d’authentification a été retirée de votre compte ${appName} le ${changedAt}.`,
          all: `Un administrateur a retiré toutes les clés d’accès, applications d’authentification et codes de récupération de votre compte ${appName} le ${changedAt}. Vous avez été déconnecté de tous vos appareils.`,
        }[removed],
        'Si vous ne l’avez pas voulu, réinitialisez votre mot de passe dès maintenant et prévenez notre assistance.',
      ],
    }),
    'recovery-code-used': ({ appName, changedAt, left }) => ({
      subject: `Un code de récupération de votre compte ${appName} a été utilisé`,
      paragraphs: [
        `Un code de récupération de votre compte ${appName} a été utilisé le ${changedAt}. Il ne fonctionnera plus.`,
        `Codes de récupération restants : ${left}.`,
        'Si ce n’était pas vous, réinitialisez votre mot de passe dès maintenant, créez de nouveaux codes de récupération et prévenez notre assistance.',
      ],
    }),
    'email-change': ({ appName, expiresAt }) => ({
      subject: `Confirmez votre nouvelle adresse e-mail pour ${appName}`,
      paragraphs: [
        `Quelqu’un, vous sans doute, a demandé que cette adresse devienne celle d’un compte ${appName}. Confirmez-la pour terminer.`,
        `Le lien fonctionne une seule fois et pendant 24 heures, jusqu’au ${expiresAt}. Le changement déconnecte tous vos appareils.`,
        'Si ce n’était pas vous, ignorez ce message\u00a0: rien ne change.',
      ],
      action: 'Confirmer l’adresse e-mail',
    }),
    'email-change-notice': ({ appName }) => ({
      subject: `Une autre adresse e-mail a été demandée pour votre compte ${appName}`,
      paragraphs: [
        `Quelqu’un, vous sans doute, a demandé une autre adresse e-mail pour votre compte ${appName}. Elle change dès que le lien d’un message envoyé à la nouvelle adresse est utilisé.`,
        'Si c’était vous, vous n’avez rien à faire ici.',
        'Si ce n’était pas vous, annulez le changement, au plus tard 72 heures après\u00a0: votre compte garde cette adresse ou la retrouve. Tous vos appareils sont déconnectés, et un autre lien vous permet de choisir un nouveau mot de passe.',
      ],
      action: 'Annuler le changement',
    }),
    'email-changed': ({ appName, changedAt, expiresAt }) => ({
      subject: `Votre adresse e-mail ${appName} a été modifiée`,
      paragraphs: [
        `Votre compte ${appName} a une autre adresse e-mail depuis le ${changedAt}. Tous vos appareils ont été déconnectés.`,
        `Si ce n’était pas vous, annulez le changement jusqu’au ${expiresAt}\u00a0: votre compte retrouve cette adresse, et un autre lien vous permet de choisir un nouveau mot de passe.`,
      ],
      action: 'Annuler le changement',
    }),
    'account-deactivated': ({ appName, reason }) => ({
      subject: `Votre compte ${appName} a été suspendu`,
      paragraphs: [
        `Un administrateur a suspendu votre compte ${appName}. Tous vos appareils ont été déconnectés et vous ne pouvez plus vous connecter.`,
        ...(reason === null ? [] : ['Motif indiqué\u00a0:', { quoted: reason }]),
        'Si vous pensez qu’il s’agit d’une erreur, écrivez à notre assistance.',
      ],
    }),
    'account-reactivated': ({ appName }) => ({
      subject: `Votre compte ${appName} est de nouveau actif`,
      paragraphs: [`Votre compte ${appName} n’est plus suspendu. Vous pouvez de nouveau vous connecter.`],
    }),
    'account-deleted': ({ appName, eraseOn }) => ({
      subject: `Votre compte ${appName} a été supprimé`,
      paragraphs: [
        `Votre compte ${appName} a été supprimé et tous vos appareils ont été déconnectés.`,
        `Le ${eraseOn}, il sera effacé définitivement avec toutes ses données. D’ici là, notre assistance peut le rétablir pour vous.`,
        'Si ce n’est pas vous qui l’avez supprimé, écrivez immédiatement à notre assistance.',
      ],
    }),
    'erasure-reminder': ({ appName, eraseOn }) => ({
      subject: `Votre compte ${appName} sera effacé le ${eraseOn}`,
      paragraphs: [
        `Votre compte ${appName} a été supprimé. Le ${eraseOn}, il sera effacé définitivement avec toutes ses données.`,
        'Si vous souhaitez le garder, écrivez à notre assistance avant cette date. Ensuite, personne ne pourra le rétablir.',
      ],
    }),
    'account-restored': ({ appName }) => ({
      subject: `Votre compte ${appName} a été rétabli`,
      paragraphs: [
        `Votre compte ${appName} a été rétabli et ne sera pas effacé.`,
        'Tous vos appareils ont été déconnectés lors de sa suppression\u00a0: merci de vous reconnecter.',
      ],
    }),
    'account-erased': ({ appName }) => ({
      subject: `Votre compte ${appName} a été effacé`,
      paragraphs: [
        `Votre compte ${appName} a été effacé définitivement avec toutes ses données. C’est notre dernier message à son sujet.`,
        'Votre adresse est de nouveau libre\u00a0: vous pouvez vous inscrire avec elle quand vous le souhaitez.',
      ],
    }),
  },
};
