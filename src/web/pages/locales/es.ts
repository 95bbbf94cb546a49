import type { PageCatalogue } from './catalogue.ts';

// Addresses the reader as "tú".
export const es: PageCatalogue = {
  name: 'Español',
  languages: 'Idioma',
  support: 'Ayuda y asistencia',
  noScript: 'Esta página necesita JavaScript. Permítelo aquí y vuelve a cargar la página.',
  incomplete: 'Una parte de esta página no ha llegado. Vuelve a cargarla.',
  working: 'Un momento…',
  retry: 'Intentar de nuevo',
  signIn: 'Iniciar sesión',
  problems: {
    offline: () => 'No se puede conectar con el servicio. Comprueba tu conexión a internet e inténtalo de nuevo.',
    unavailable: (wait) => `El servicio no está disponible en este momento. Inténtalo de nuevo ${wait}.`,
    tooMany: (wait) => `Ha habido demasiados intentos desde tu red. Inténtalo de nuevo ${wait}.`,
    unexpected: () => 'Algo ha fallado por nuestra parte. Inténtalo de nuevo. Si sigue igual, vuelve más tarde.',
  },
  headings: {
    expired: 'Este enlace ha caducado',
    invalid: 'Este enlace ya no funciona',
    missing: 'Abre el enlace del correo',
    sent: 'Mira tu bandeja de entrada',
    taken: 'Esta dirección tiene su propia cuenta',
  },
  missing:
    'Esta página solo funciona si la abre el enlace de nuestro correo. El enlace desaparece enseguida de la barra de direcciones, para que nadie más lo encuentre. Por eso no sirve volver a cargar la página: abre el enlace otra vez en el correo.',
  inbox:
    'Puede tardar unos minutos. Si no llega nada, mira también en la carpeta de correo no deseado. De varios correos solo vale el más reciente.',
  address: {
    label: 'Dirección de correo',
    action: 'Enviar un enlace nuevo',
    flaw: 'Escribe una dirección de correo válida.',
  },
  password: {
    label: 'Contraseña nueva',
    rules: 'De 8 a 128 caracteres, y ninguna de las contraseñas más comunes. Varias palabras seguidas hacen una buena.',
    show: 'Mostrar la contraseña',
    flaws: {
      short: 'La contraseña necesita al menos 8 caracteres.',
      long: 'La contraseña puede tener 128 caracteres como máximo.',
      known: 'Esta contraseña es muy conocida, y esas son las primeras que se adivinan. Elige otra.',
      same: 'Es la contraseña que tienes ahora. Elige otra.',
    },
  },
  pages: {
    'verify-email': {
      heading: 'Verifica tu dirección de correo',
      lead: 'Pulsa el botón para terminar tu registro.',
      action: 'Verificar la dirección de correo',
      notYou: 'Si no fuiste tú quien se registró, cierra esta página: una cuenta que nunca se verifica se elimina.',
      done: {
        heading: 'Tu dirección de correo está verificada',
        text: 'Ya puedes iniciar sesión. Esta página ya no hace falta.',
      },
      expired: 'El enlace funciona durante 24 horas. Escribe tu dirección y te enviaremos uno nuevo.',
      used: 'Ya se ha usado, o un correo más reciente lo ha sustituido. Si lo usaste tú, tu dirección está verificada: prueba a iniciar sesión.',
      renew: 'Si no lo consigues, escribe tu dirección y te enviaremos un enlace nuevo.',
      already: 'Si ya has verificado tu dirección, puedes iniciar sesión.',
      sent: 'Si esta dirección está por verificar, un enlace nuevo va en camino.',
    },
    'reset-password': {
      heading: 'Elige una contraseña nueva',
      lead: 'Sustituye a la anterior y cierra la sesión en todos tus dispositivos.',
      action: 'Guardar la contraseña',
      notYou: 'Si no fuiste tú quien lo pidió, cierra esta página: tu contraseña sigue siendo la misma.',
      done: {
        heading: 'Se ha cambiado tu contraseña',
        text: 'Se ha cerrado la sesión en todos tus dispositivos. Ya puedes iniciar sesión con la contraseña nueva.',
      },
      expired: 'El enlace funciona durante 60 minutos. Escribe tu dirección y te enviaremos uno nuevo.',
      used: 'Ya se ha usado, o un correo más reciente lo ha sustituido. Si lo usaste tú, puedes iniciar sesión con la contraseña que elegiste.',
      renew: 'Si no, escribe tu dirección y te enviaremos un enlace nuevo.',
      already: 'Si ya has elegido una contraseña nueva, puedes iniciar sesión con ella.',
      sent: 'Si existe una cuenta con esta dirección, un correo con los pasos siguientes va en camino.',
    },
    'confirm-email': {
      heading: 'Confirma tu nueva dirección de correo',
      lead: 'Tu cuenta pasa a tener esta dirección y se cierra la sesión en todos tus dispositivos.',
      action: 'Confirmar la dirección de correo',
      notYou: 'Si no fuiste tú quien lo pidió, cierra esta página: no cambia nada.',
      done: {
        heading: 'Se ha cambiado tu dirección de correo',
        text: 'Se ha cerrado la sesión en todos tus dispositivos. Ya puedes iniciar sesión con la dirección nueva.',
      },
      expired: 'El enlace funciona durante 24 horas. No ha cambiado nada, y puedes volver a pedir la dirección nueva.',
      used: 'Ya se ha usado, un correo más reciente lo ha sustituido o el cambio se ha deshecho. Si lo usaste tú, puedes iniciar sesión con la dirección nueva.',
      already: 'Si ya has confirmado tu dirección nueva, puedes iniciar sesión con ella.',
      taken: 'Alguien se ha registrado con ella, así que tu cuenta conserva la dirección que tiene.',
    },
    'undo-email': {
      heading: 'Deshaz el cambio de tu dirección de correo',
      lead: 'Tu cuenta conserva esta dirección o la recupera. Se cierra la sesión en todos tus dispositivos y, en lugar de tu contraseña, eliges una nueva: te enviamos un enlace.',
      action: 'Deshacer el cambio',
      notYou: 'Si fuiste tú quien pidió el cambio, cierra esta página: no se deshace nada.',
      done: {
        heading: 'El cambio se ha deshecho',
        text: 'Se ha cerrado la sesión en todos tus dispositivos. Un correo con un enlace para una contraseña nueva va en camino a esta dirección.',
      },
      expired:
        'Un cambio se puede deshacer durante 72 horas. Si no lo hiciste tú, escribe a nuestro equipo de soporte.',
      used: 'Ya se ha usado o no queda nada que deshacer. Si lo usaste tú, el enlace para una contraseña nueva está en tu bandeja de entrada.',
      already: 'Si ya has deshecho el cambio, el enlace para una contraseña nueva está en tu bandeja de entrada.',
      taken:
        'Alguien se ha registrado con ella desde el cambio, así que no se puede devolver. Escribe a nuestro equipo de soporte.',
    },
  },
};
