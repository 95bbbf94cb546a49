import type { PageCatalogue } from './catalogue.ts';

// For readers in Brazil and in Portugal alike: third person with "sua", and words that both countries understand
// ("senha", "iniciar sessão", "eliminar").
export const pt: PageCatalogue = {
  name: 'Português',
  languages: 'Idioma',
  support: 'Ajuda e suporte',
  noScript: 'Esta página precisa de JavaScript. Permita-o aqui e recarregue a página.',
  incomplete: 'Uma parte desta página não chegou. Recarregue-a, por favor.',
  working: 'Um momento…',
  retry: 'Tentar de novo',
  signIn: 'Iniciar sessão',
  problems: {
    offline: () => 'Não é possível chegar ao serviço. Verifique a sua conexão à internet e tente de novo.',
    unavailable: (wait) => `O serviço não está disponível neste momento. Tente de novo ${wait}.`,
    tooMany: (wait) => `Foram feitas tentativas demais a partir da sua rede. Tente de novo ${wait}.`,
    unexpected: () => 'Ocorreu um erro do nosso lado. Tente de novo. Se continuar assim, volte mais tarde.',
  },
  headings: {
    expired: 'Este link expirou',
    invalid: 'Este link já não funciona',
    missing: 'Abra o link do e-mail',
    sent: 'Veja a sua caixa de entrada',
    taken: 'Este endereço já tem a sua própria conta',
  },
  missing:
    'Esta página só funciona quando é aberta pelo link do nosso e-mail. O link desaparece logo da barra de endereço, para que mais ninguém o encontre. Por isso, recarregar a página não ajuda: abra o link de novo no e-mail.',
  inbox:
    'Pode demorar alguns minutos. Se nada chegar, veja também a pasta de spam. De vários e-mails, só o mais recente é válido.',
  address: {
    label: 'Endereço de e-mail',
    action: 'Enviar um novo link',
    flaw: 'Indique um endereço de e-mail válido.',
  },
  password: {
    label: 'Nova senha',
    rules: 'De 8 a 128 caracteres, e nenhuma das senhas mais comuns. Várias palavras seguidas fazem uma boa senha.',
    show: 'Mostrar a senha',
    flaws: {
      short: 'A senha precisa de pelo menos 8 caracteres.',
      long: 'A senha pode ter no máximo 128 caracteres.',
      known: 'Esta senha é muito conhecida, e essas são as primeiras a serem adivinhadas. Escolha outra.',
      same: 'Esta é a sua senha atual. Escolha outra.',
    },
  },
  pages: {
    'verify-email': {
      heading: 'Confirme o seu e-mail',
      lead: 'Use o botão para concluir a criação da conta.',
      action: 'Confirmar o e-mail',
      notYou: 'Se não foi você quem criou a conta, feche esta página: uma conta que nunca é confirmada é removida.',
      done: {
        heading: 'O seu e-mail está confirmado',
        text: 'Já pode iniciar sessão. Esta página já não é necessária.',
      },
      expired: 'O link funciona durante 24 horas. Indique o seu endereço e enviaremos um novo.',
      used: 'Já foi utilizado, ou um e-mail mais recente substituiu-o. Se foi você quem o utilizou, o seu e-mail está confirmado: tente iniciar sessão.',
      renew: 'Se não conseguir, indique o seu endereço e enviaremos um novo link.',
      already: 'Se já confirmou o seu e-mail, pode iniciar sessão.',
      sent: 'Se este endereço ainda está por confirmar, um novo link está a caminho.',
    },
    'reset-password': {
      heading: 'Escolha uma nova senha',
      lead: 'Substitui a antiga e encerra a sessão em todos os seus dispositivos.',
      action: 'Definir a nova senha',
      notYou: 'Se não foi você quem fez o pedido, feche esta página: a sua senha continua a mesma.',
      done: {
        heading: 'A sua senha foi alterada',
        text: 'A sessão foi encerrada em todos os seus dispositivos. Já pode iniciar sessão com a nova senha.',
      },
      expired: 'O link funciona durante 60 minutos. Indique o seu endereço e enviaremos um novo.',
      used: 'Já foi utilizado, ou um e-mail mais recente substituiu-o. Se foi você quem o utilizou, pode iniciar sessão com a senha que escolheu.',
      renew: 'Caso contrário, indique o seu endereço e enviaremos um novo link.',
      already: 'Se já escolheu uma nova senha, pode iniciar sessão com ela.',
      sent: 'Se este endereço tem uma conta, um e-mail com os próximos passos está a caminho.',
    },
    'confirm-email': {
      heading: 'Confirme o seu novo e-mail',
      lead: 'A sua conta passa a ter este endereço, e a sessão é encerrada em todos os seus dispositivos.',
      action: 'Confirmar o e-mail',
      notYou: 'Se não foi você quem fez o pedido, feche esta página: nada muda.',
      done: {
        heading: 'O seu e-mail foi alterado',
        text: 'A sessão foi encerrada em todos os seus dispositivos. Já pode iniciar sessão com o novo endereço.',
      },
      expired: 'O link funciona durante 24 horas. Nada mudou, e pode pedir de novo o novo endereço.',
      used: 'Já foi utilizado, um e-mail mais recente substituiu-o ou a alteração foi desfeita. Se foi você quem o utilizou, pode iniciar sessão com o novo endereço.',
      already: 'Se já confirmou o seu novo endereço, pode iniciar sessão com ele.',
      taken: 'Alguém criou uma conta com ele, por isso a sua conta mantém o endereço que tem.',
    },
    'undo-email': {
      heading: 'Desfaça a alteração do seu e-mail',
      lead: 'A sua conta mantém este endereço ou recupera-o. A sessão é encerrada em todos os seus dispositivos e, em vez da sua senha, você escolhe uma nova: enviamos um link.',
      action: 'Desfazer a alteração',
      notYou: 'Se foi você quem pediu a alteração, feche esta página: nada é desfeito.',
      done: {
        heading: 'A alteração foi desfeita',
        text: 'A sessão foi encerrada em todos os seus dispositivos. Um e-mail com um link para uma nova senha está a caminho deste endereço.',
      },
      expired:
        'Uma alteração pode ser desfeita durante 72 horas. Se não foi você quem a fez, escreva ao nosso suporte.',
      used: 'Já foi utilizado ou não há mais nada a desfazer. Se foi você quem o utilizou, o link para uma nova senha está na sua caixa de entrada.',
      already: 'Se já desfez a alteração, o link para uma nova senha está na sua caixa de entrada.',
      taken:
        'Alguém criou uma conta com ele desde a alteração, por isso não pode ser devolvido. Escreva ao nosso suporte.',
    },
  },
};
