import type { Catalogue } from './catalogue.ts';

// Addresses the reader as "tú".
export const es: Catalogue = {
  greeting: (name) => (name === null ? 'Hola:' : `Hola, ${name}:`),
  linkLabel: (action) => `${action}:`,
  linkHint: 'Si el botón no funciona, abre esta dirección en tu navegador:',
  about: ({ appName }) => `Este mensaje trata de una cuenta de ${appName} con esta dirección de correo.`,
  support: '¿Tienes preguntas? Nuestro equipo de soporte está aquí:',
  mails: {
    'verify-email': ({ appName, expiresAt }) => ({
      subject: `Verifica tu dirección de correo para ${appName}`,
      paragraphs: [
        `Alguien, esperamos que tú, se ha registrado en ${appName} con esta dirección. Verifícala para terminar.`,
        `El enlace funciona una sola vez y durante 24 horas, hasta el ${expiresAt}.`,
        'Si no fuiste tú, ignora este mensaje: una cuenta que nunca se verifica se elimina.',
      ],
      action: 'Verificar la dirección de correo',
    }),
    'account-created': ({ appName, expiresAt }) => ({
      subject: `Tu cuenta de ${appName} está lista`,
      paragraphs: [
        `Un administrador ha creado para ti una cuenta de ${appName} con esta dirección. Elige una contraseña para usarla.`,
        `El enlace funciona una sola vez, hasta el ${expiresAt}. Mientras no elijas una contraseña, ninguna abre la cuenta. Al usar el enlace también se verifica tu dirección.`,
        'Si no esperabas este mensaje, ignóralo: una cuenta que nunca se verifica se elimina.',
      ],
      action: 'Elegir una contraseña',
    }),
    'already-registered': ({ appName }) => ({
      subject: `Ya tienes una cuenta en ${appName}`,
      paragraphs: [
        `Alguien, esperamos que tú, ha intentado registrarse en ${appName} con esta dirección. Ya existe una cuenta con ella, así que no ha cambiado nada.`,
        'Puedes iniciar sesión como siempre o restablecer tu contraseña si no la recuerdas. Si la cuenta está suspendida o eliminada, nuestro equipo de soporte puede ayudarte.',
        'Si no fuiste tú, no tienes que hacer nada.',
      ],
    }),
    'reset-password': ({ appName, expiresAt }) => ({
      subject: `Restablece tu contraseña de ${appName}`,
      paragraphs: [
        `Alguien, esperamos que tú, ha pedido restablecer la contraseña de tu cuenta de ${appName}.`,
        `El enlace funciona una sola vez y durante 60 minutos, hasta el ${expiresAt}. Una contraseña nueva cierra la sesión en todos tus dispositivos.`,
        'Si no fuiste tú, ignora este mensaje: tu contraseña sigue siendo la misma.',
      ],
      action: 'Elegir una contraseña nueva',
    }),
    'password-changed': ({ appName, changedAt }) => ({
      subject: `Se ha cambiado tu contraseña de ${appName}`,
      paragraphs: [
        `La contraseña de tu cuenta de ${appName} se cambió el ${changedAt}. Se ha cerrado la sesión en tus otros dispositivos.`,
        'Si no fuiste tú, restablece tu contraseña ahora mismo y avisa a nuestro equipo de soporte.',
      ],
    }),
    'factor-added': ({ appName, changedAt, added }) => ({
      subject: {
        passkey: `Se ha añadido una llave de acceso a tu cuenta de ${appName}`,
        authenticator: `Se ha añadido una aplicación de autenticación a tu cuenta de ${appName}`,
        recovery_codes: `Nuevos códigos de recuperación para tu cuenta de ${appName}`,
      }[added],
      paragraphs: [
        {
          passkey: `Se añadió una llave de acceso a tu cuenta de ${appName} el ${changedAt}. Puedes iniciar sesión con ella.`,
          authenticator: `Se añadió una aplicación de autenticación a tu cuenta de ${appName} el ${changedAt}. A partir de ahora, al iniciar sesión con tu contraseña también se te pedirá un código.`,
          recovery_codes: `Se crearon nuevos códigos de recuperación para tu cuenta de ${appName} el ${changedAt}. Los anteriores ya no funcionan.`,
        }[added],
        'Si no fuiste tú, restablece tu contraseña ahora mismo, elimina de tu cuenta lo que no conozcas y avisa a nuestro equipo de soporte.',
      ],
    }),
    'factor-removed': ({ appName, changedAt, removed }) => ({
      subject: {
        passkey: `Se ha eliminado una llave de acceso de tu cuenta de ${appName}`,
        authenticator: `Se ha eliminado una aplicación de autenticación de tu cuenta de ${appName}`,
        all: `Se han eliminado los segundos factores de tu cuenta de ${appName}`,
      }[removed],
      paragraphs: [
        {
          passkey: `Se eliminó una llave de acceso de tu cuenta de ${appName} el ${changedAt}.`,
          authenticator: `Se eliminó una aplicación de autenticación de tu cuenta de ${appName} el ${changedAt}.`,
          all: `Un administrador eliminó todas las llaves de acceso, aplicaciones de autenticación y códigos de recuperación de tu cuenta de ${appName} el ${changedAt}. Se ha cerrado la sesión en todos tus dispositivos.`,
        }[removed],
        'Si no querías esto, restablece tu contraseña ahora mismo y avisa a nuestro equipo de soporte.',
      ],
    }),
    'recovery-code-used': ({ appName, changedAt, left }) => ({
      subject: `Se ha usado un código de recuperación de tu cuenta de ${appName}`,
      paragraphs: [
        `Se usó un código de recuperación de tu cuenta de ${appName} el ${changedAt}. No volverá a funcionar.`,
        `Códigos de recuperación restantes: ${left}.`,
        'Si no fuiste tú, restablece tu contraseña ahora mismo, crea nuevos códigos de recuperación y avisa a nuestro equipo de soporte.',
      ],
    }),
    'email-change': ({ appName, expiresAt }) => ({
      subject: `Confirma tu nueva dirección de correo para ${appName}`,
      paragraphs: [
        `Alguien, esperamos que tú, ha pedido que una cuenta de ${appName} pase a tener esta dirección. Confírmala para terminar.`,
        `El enlace funciona una sola vez y durante 24 horas, hasta el ${expiresAt}. El cambio cierra la sesión en todos tus dispositivos.`,
        'Si no fuiste tú, ignora este mensaje: no cambia nada.',
      ],
      action: 'Confirmar la dirección de correo',
    }),
    'email-change-notice': ({ appName }) => ({
      subject: `Se ha pedido otra dirección de correo para tu cuenta de ${appName}`,
      paragraphs: [
        `Alguien, esperamos que tú, ha pedido otra dirección de correo para tu cuenta de ${appName}. Cambiará en cuanto se use el enlace de un mensaje enviado a la dirección nueva.`,
        'Si fuiste tú, no tienes que hacer nada aquí.',
        'Si no fuiste tú, deshaz el cambio, como muy tarde 72 horas después: tu cuenta conserva esta dirección o la recupera. Se cierra la sesión en todos tus dispositivos y con otro enlace eliges una contraseña nueva.',
      ],
      action: 'Deshacer el cambio',
    }),
    'email-changed': ({ appName, changedAt, expiresAt }) => ({
      subject: `Se ha cambiado tu dirección de correo de ${appName}`,
      paragraphs: [
        `Tu cuenta de ${appName} tiene otra dirección de correo desde el ${changedAt}. Se ha cerrado la sesión en todos tus dispositivos.`,
        `Si no fuiste tú, deshaz el cambio hasta el ${expiresAt}: tu cuenta recupera esta dirección y con otro enlace eliges una contraseña nueva.`,
      ],
      action: 'Deshacer el cambio',
    }),
    'account-deactivated': ({ appName, reason }) => ({
      subject: `Tu cuenta de ${appName} ha sido suspendida`,
      paragraphs: [
        `Un administrador ha suspendido tu cuenta de ${appName}. Se ha cerrado la sesión en todos tus dispositivos y no puedes volver a iniciarla.`,
        ...(reason === null ? [] : ['Motivo de la suspensión:', { quoted: reason }]),
        'Si crees que se trata de un error, escribe a nuestro equipo de soporte.',
      ],
    }),
    'account-reactivated': ({ appName }) => ({
      subject: `Tu cuenta de ${appName} vuelve a estar activa`,
      paragraphs: [`Tu cuenta de ${appName} ya no está suspendida. Puedes volver a iniciar sesión.`],
    }),
    'account-deleted': ({ appName, eraseOn }) => ({
      subject: `Tu cuenta de ${appName} ha sido eliminada`,
      paragraphs: [
        `Tu cuenta de ${appName} ha sido eliminada y se ha cerrado la sesión en todos tus dispositivos.`,
        `El ${eraseOn} se borrará para siempre con todos sus datos. Hasta entonces, nuestro equipo de soporte puede restaurarla.`,
        'Si no la eliminaste tú, escribe cuanto antes a nuestro equipo de soporte.',
      ],
    }),
    'erasure-reminder': ({ appName, eraseOn }) => ({
      subject: `Tu cuenta de ${appName} se borrará el ${eraseOn}`,
      paragraphs: [
        `Tu cuenta de ${appName} ha sido eliminada. El ${eraseOn} se borrará para siempre con todos sus datos.`,
        'Si quieres conservarla, escribe a nuestro equipo de soporte antes de ese día. Después nadie podrá restaurarla.',
      ],
    }),
    'account-restored': ({ appName }) => ({
      subject: `Tu cuenta de ${appName} ha sido restaurada`,
      paragraphs: [
        `Tu cuenta de ${appName} ha sido restaurada y no se borrará.`,
        'Al eliminarla se cerró la sesión en todos tus dispositivos, así que inicia sesión de nuevo.',
      ],
    }),
    'account-erased': ({ appName }) => ({
      subject: `Tu cuenta de ${appName} se ha borrado`,
      paragraphs: [
        `Tu cuenta de ${appName} se ha borrado para siempre con todos sus datos. Este es nuestro último mensaje sobre ella.`,
        'Tu dirección vuelve a estar libre: puedes registrarte de nuevo con ella cuando quieras.',
      ],
    }),
  },
};
