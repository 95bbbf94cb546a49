import type { Catalogue } from './catalogue.ts';

// For readers in Brazil and in Portugal alike: third person with "sua", and words that both countries understand
// ("senha", "iniciar sessão", "eliminar").
export const pt: Catalogue = {
  greeting: (name) => (name === null ? 'Olá!' : `Olá, ${name}!`),
  linkLabel: (action) => `${action}:`,
  linkHint: 'Se o botão não funcionar, abra este endereço no navegador:',
  about: ({ appName }) => `Esta mensagem diz respeito a uma conta ${appName} com este endereço de e-mail.`,
  support: 'Tem dúvidas? O nosso suporte está aqui:',
  mails: {
    'verify-email': ({ appName, expiresAt }) => ({
      subject: `Confirme o seu e-mail para ${appName}`,
      paragraphs: [
        `Alguém, esperamos que tenha sido você, criou uma conta ${appName} com este endereço. Confirme-o para concluir.`,
        `O link funciona uma única vez e durante 24 horas, até ${expiresAt}.`,
        'Se não foi você, ignore esta mensagem: uma conta que nunca é confirmada é removida.',
      ],
      action: 'Confirmar o e-mail',
    }),
    'account-created': ({ appName, expiresAt }) => ({
      subject: `A sua conta ${appName} está pronta`,
      paragraphs: [
        `Um administrador criou para você uma conta ${appName} com este endereço. Escolha uma senha para usá-la.`,
        `O link funciona uma única vez, até ${expiresAt}. Enquanto não escolher uma senha, nenhuma abre a conta. Ao usar o link, o seu endereço também fica confirmado.`,
        'Se não esperava esta mensagem, ignore-a: uma conta que nunca é confirmada é removida.',
      ],
      action: 'Escolher uma senha',
    }),
    'already-registered': ({ appName }) => ({
      subject: `A sua conta ${appName} já existe`,
      paragraphs: [
        `Alguém, esperamos que tenha sido você, tentou criar uma conta ${appName} com este endereço. Já existe uma conta com ele, por isso nada foi alterado.`,
        'Pode iniciar sessão como de costume ou redefinir a senha se já não se lembra dela. Se a conta foi suspensa ou eliminada, o nosso suporte pode ajudar.',
        'Se não foi você, não precisa fazer nada.',
      ],
    }),
    'reset-password': ({ appName, expiresAt }) => ({
      subject: `Redefina a sua senha da conta ${appName}`,
      paragraphs: [
        `Alguém, esperamos que tenha sido você, pediu para redefinir a senha da sua conta ${appName}.`,
        `O link funciona uma única vez e durante 60 minutos, até ${expiresAt}. Com uma nova senha, a sessão é encerrada em todos os seus dispositivos.`,
        'Se não foi você, ignore esta mensagem: a sua senha continua a mesma.',
      ],
      action: 'Escolher uma nova senha',
    }),
    'password-changed': ({ appName, changedAt }) => ({
      subject: `A senha da sua conta ${appName} foi alterada`,
      paragraphs: [
        `A senha da sua conta ${appName} foi alterada em ${changedAt}. A sessão foi encerrada nos seus outros dispositivos.`,
        'Se não foi você, redefina a senha agora mesmo e avise o nosso suporte.',
      ],
    }),
    'factor-added': ({ appName, changedAt, added }) => ({
      subject: {
        passkey: `Uma chave de acesso foi adicionada à sua conta ${appName}`,
        authenticator: `Um app de autenticação foi adicionado à sua conta ${appName}`,
        recovery_codes: `Novos códigos de recuperação para a sua conta ${appName}`,
      }[added],
      paragraphs: [
        {
          passkey: `Uma chave de acesso foi adicionada à sua conta ${appName} em ${changedAt}. Pode ser usada para iniciar sessão.`,
          authenticator: `Um app de autenticação foi adicionado à sua conta ${appName} em ${changedAt}. A partir de agora, iniciar sessão com a senha também exige um código.`,
          recovery_codes: `Novos códigos de recuperação foram criados para a sua conta ${appName} em ${changedAt}. Os anteriores já não funcionam.`,
        }[added],
        'Se não foi você, redefina a senha agora mesmo, remova da sua conta o que não conhece e avise o nosso suporte.',
      ],
    }),
    'factor-removed': ({ appName, changedAt, removed }) => ({
      subject: {
        passkey: `Uma chave de acesso foi removida da sua conta ${appName}`,
        authenticator: `Um app de autenticação foi removido da sua conta ${appName}`,
        all: `Os segundos fatores da sua conta ${appName} foram removidos`,
      }[removed],
      paragraphs: [
        {
          passkey: `Uma chave de acesso foi removida da sua conta ${appName} em ${changedAt}.`,
          authenticator: `Um app de autenticação foi removido da sua conta ${appName} em ${changedAt}.`,
          all: `Um administrador removeu todas as chaves de acesso, apps de autenticação e códigos de recuperação da sua conta ${appName} em ${changedAt}. A sessão foi encerrada em todos os seus dispositivos.`,
        }[removed],
        'Se não queria isto, redefina a senha agora mesmo e avise o nosso suporte.',
      ],
    }),
    'recovery-code-used': ({ appName, changedAt, left }) => ({
      subject: `Um código de recuperação da sua conta ${appName} foi usado`,
      paragraphs: [
        `Um código de recuperação da sua conta ${appName} foi usado em ${changedAt}. Não funcionará outra vez.`,
        `Códigos de recuperação restantes: ${left}.`,
        'Se não foi você, redefina a senha agora mesmo, crie novos códigos de recuperação e avise o nosso suporte.',
      ],
    }),
    'email-change': ({ appName, expiresAt }) => ({
      subject: `Confirme o seu novo e-mail para ${appName}`,
      paragraphs: [
        `Alguém, esperamos que tenha sido você, pediu que uma conta ${appName} passe a ter este endereço. Confirme-o para concluir.`,
        `O link funciona uma única vez e durante 24 horas, até ${expiresAt}. A alteração encerra a sessão em todos os seus dispositivos.`,
        'Se não foi você, ignore esta mensagem: nada muda.',
      ],
      action: 'Confirmar o e-mail',
    }),
    'email-change-notice': ({ appName }) => ({
      subject: `Foi pedido outro e-mail para a sua conta ${appName}`,
      paragraphs: [
        `Alguém, esperamos que tenha sido você, pediu outro e-mail para a sua conta ${appName}. Ele muda assim que o link de uma mensagem enviada ao novo endereço for utilizado.`,
        'Se foi você, não precisa fazer nada aqui.',
        'Se não foi você, desfaça a alteração, no máximo 72 horas depois: a sua conta mantém este endereço ou recupera-o. A sessão é encerrada em todos os seus dispositivos e, com outro link, você escolhe uma nova senha.',
      ],
      action: 'Desfazer a alteração',
    }),
    'email-changed': ({ appName, changedAt, expiresAt }) => ({
      subject: `O e-mail da sua conta ${appName} foi alterado`,
      paragraphs: [
        `A sua conta ${appName} tem outro e-mail desde ${changedAt}. A sessão foi encerrada em todos os seus dispositivos.`,
        `Se não foi você, desfaça a alteração até ${expiresAt}: a sua conta recupera este endereço e, com outro link, você escolhe uma nova senha.`,
      ],
      action: 'Desfazer a alteração',
    }),
    'account-deactivated': ({ appName, reason }) => ({
      subject: `A sua conta ${appName} foi suspensa`,
      paragraphs: [
        `A sua conta ${appName} foi suspensa pela administração. A sessão foi encerrada em todos os seus dispositivos e não é possível iniciar outra.`,
        ...(reason === null ? [] : ['Motivo indicado:', { quoted: reason }]),
        'Se acha que se trata de um engano, escreva ao nosso suporte.',
      ],
    }),
    'account-reactivated': ({ appName }) => ({
      subject: `A sua conta ${appName} está novamente ativa`,
      paragraphs: [`A sua conta ${appName} já não está suspensa. Pode voltar a iniciar sessão.`],
    }),
    'account-deleted': ({ appName, eraseOn }) => ({
      subject: `A sua conta ${appName} foi eliminada`,
      paragraphs: [
        `A sua conta ${appName} foi eliminada e a sessão foi encerrada em todos os seus dispositivos.`,
        `Em ${eraseOn} ela será apagada definitivamente com todos os seus dados. Até lá, o nosso suporte pode recuperá-la.`,
        'Se não foi você quem a eliminou, escreva imediatamente ao nosso suporte.',
      ],
    }),
    'erasure-reminder': ({ appName, eraseOn }) => ({
      subject: `A sua conta ${appName} será apagada em ${eraseOn}`,
      paragraphs: [
        `A sua conta ${appName} foi eliminada. Em ${eraseOn} ela será apagada definitivamente com todos os seus dados.`,
        'Se quiser mantê-la, escreva ao nosso suporte antes desse dia. Depois, ninguém poderá recuperá-la.',
      ],
    }),
    'account-restored': ({ appName }) => ({
      subject: `A sua conta ${appName} foi recuperada`,
      paragraphs: [
        `A sua conta ${appName} foi recuperada e não será apagada.`,
        'Quando foi eliminada, a sessão foi encerrada em todos os seus dispositivos; inicie sessão novamente.',
      ],
    }),
    'account-erased': ({ appName }) => ({
      subject: `A sua conta ${appName} foi apagada`,
      paragraphs: [
        `A sua conta ${appName} foi apagada definitivamente com todos os seus dados. Esta é a nossa última mensagem sobre ela.`,
        'O seu endereço está livre de novo: pode criar outra conta com ele quando quiser.',
      ],
    }),
  },
};
