import type { Catalogue } from './catalogue.ts';

// In 합니다 style. No particle that changes with the last sound stands after a name.
export const ko: Catalogue = {
  greeting: (name) => (name === null ? '안녕하세요.' : `${name} 님, 안녕하세요.`),
  linkLabel: (action) => `${action}:`,
  linkHint: '버튼이 작동하지 않으면 브라우저에서 다음 주소를 여십시오:',
  about: ({ appName }) => `이 메일은 이 이메일 주소를 사용하는 ${appName} 계정에 관한 안내입니다.`,
  support: '궁금한 점은 고객 지원에 문의하시기 바랍니다:',
  mails: {
    'verify-email': ({ appName, expiresAt }) => ({
      subject: `${appName} 이메일 주소를 인증해 주십시오`,
      paragraphs: [
        `이 이메일 주소로 ${appName} 가입 신청이 접수되었습니다. 본인이 신청하셨다면 주소를 인증하여 가입을 완료해 주십시오.`,
        `링크는 한 번만 사용할 수 있으며 24시간 동안 유효합니다. 유효 기한: ${expiresAt}.`,
        '본인이 신청하지 않으셨다면 이 메일을 무시하십시오. 인증되지 않은 계정은 삭제됩니다.',
      ],
      action: '이메일 주소 인증',
    }),
    'account-created': ({ appName, expiresAt }) => ({
      subject: `${appName} 계정이 준비되었습니다`,
      paragraphs: [
        `관리자가 이 이메일 주소로 ${appName} 계정을 만들었습니다. 사용하시려면 비밀번호를 설정해 주십시오.`,
        `링크는 한 번만 사용할 수 있습니다. 유효 기한: ${expiresAt}. 비밀번호를 설정하시기 전에는 어떤 비밀번호로도 계정에 들어갈 수 없습니다. 링크를 사용하시면 이메일 주소도 인증됩니다.`,
        '예상하지 못한 메일이라면 무시하십시오. 인증되지 않은 계정은 삭제됩니다.',
      ],
      action: '비밀번호 설정',
    }),
    'already-registered': ({ appName }) => ({
      subject: `이미 ${appName} 계정이 있습니다`,
      paragraphs: [
        `이 이메일 주소로 ${appName} 가입이 다시 시도되었습니다. 이 주소의 계정이 이미 있으므로 아무것도 변경되지 않았습니다.`,
        '평소처럼 로그인하시거나, 비밀번호를 잊으셨다면 재설정하실 수 있습니다. 계정이 정지되었거나 삭제되었다면 고객 지원에서 도와드립니다.',
        '본인이 시도하지 않으셨다면 아무 조치도 필요하지 않습니다.',
      ],
    }),
    'reset-password': ({ appName, expiresAt }) => ({
      subject: `${appName} 비밀번호 재설정`,
      paragraphs: [
        `${appName} 계정의 비밀번호 재설정 요청이 접수되었습니다.`,
        `링크는 한 번만 사용할 수 있으며 60분 동안 유효합니다. 유효 기한: ${expiresAt}. 새 비밀번호를 설정하면 모든 기기에서 로그아웃됩니다.`,
        '본인이 요청하지 않으셨다면 이 메일을 무시하십시오. 비밀번호는 그대로 유지됩니다.',
      ],
      action: '새 비밀번호 설정',
    }),
    'password-changed': ({ appName, changedAt }) => ({
      subject: `${appName} 비밀번호가 변경되었습니다`,
      paragraphs: [
        `${appName} 계정의 비밀번호가 변경되었습니다(${changedAt}). 다른 기기에서는 모두 로그아웃되었습니다.`,
        '본인이 변경하지 않으셨다면 즉시 비밀번호를 재설정하고 고객 지원에 알려 주십시오.',
      ],
    }),
    'factor-added': ({ appName, changedAt, added }) => ({
      subject: {
        passkey: `${appName} 계정에 패스키가 추가되었습니다`,
        authenticator: `${appName} 계정에 인증 앱이 추가되었습니다`,
        recovery_codes: `${appName} 계정의 새 복구 코드가 생성되었습니다`,
      }[added],
      paragraphs: [
        {
          passkey: `${appName} 계정에 패스키가 추가되었습니다(${changedAt}). 이 패스키로 로그인하실 수 있습니다.`,
          authenticator: `${appName} 계정에 인증 앱이 추가되었습니다(${changedAt}). 앞으로 비밀번호로 로그인할 때 코드도 필요합니다.`,
          recovery_codes: `${appName} 계정의 새 복구 코드가 생성되었습니다(${changedAt}). 이전 코드는 더 이상 사용할 수 없습니다.`,
        }[added],
        '본인이 하지 않으셨다면 즉시 비밀번호를 재설정하고, 계정에서 모르는 항목을 삭제한 뒤 고객 지원에 알려 주십시오.',
      ],
    }),
    'factor-removed': ({ appName, changedAt, removed }) => ({
      subject: {
        passkey: `${appName} 계정에서 패스키가 삭제되었습니다`,
        authenticator: `${appName} 계정에서 인증 앱이 삭제되었습니다`,
        all: `${appName} 계정의 2단계 인증이 해제되었습니다`,
      }[removed],
      paragraphs: [
        {
          passkey: `${appName} 계정에서 패스키가 삭제되었습니다(${changedAt}).`,
          authenticator: `${appName} 계정에서 인증 앱이 삭제되었습니다(${changedAt}).`,
          all: `관리자가 ${appName} 계정의 패스키, 인증 앱, 복구 코드를 모두 삭제했습니다(${changedAt}). 모든 기기에서 로그아웃되었습니다.`,
        }[removed],
        '원하지 않으셨다면 즉시 비밀번호를 재설정하고 고객 지원에 알려 주십시오.',
      ],
    }),
    'recovery-code-used': ({ appName, changedAt, left }) => ({
      subject: `${appName} 계정의 복구 코드가 사용되었습니다`,
      paragraphs: [
        `${appName} 계정의 복구 코드가 사용되었습니다(${changedAt}). 같은 코드는 다시 사용할 수 없습니다.`,
        `남은 복구 코드: ${left}개.`,
        '본인이 사용하지 않으셨다면 즉시 비밀번호를 재설정하고, 새 복구 코드를 만든 뒤 고객 지원에 알려 주십시오.',
      ],
    }),
    'email-change': ({ appName, expiresAt }) => ({
      subject: `${appName} 새 이메일 주소를 확인해 주십시오`,
      paragraphs: [
        `${appName} 계정의 이메일 주소를 이 주소로 변경해 달라는 요청이 접수되었습니다. 본인이 요청하셨다면 주소를 확인하여 변경을 완료해 주십시오.`,
        `링크는 한 번만 사용할 수 있으며 24시간 동안 유효합니다. 유효 기한: ${expiresAt}. 변경하면 모든 기기에서 로그아웃됩니다.`,
        '본인이 요청하지 않으셨다면 이 메일을 무시하십시오. 아무것도 변경되지 않습니다.',
      ],
      action: '이메일 주소 확인',
    }),
    'email-change-notice': ({ appName }) => ({
      subject: `${appName} 이메일 주소 변경 요청`,
      paragraphs: [
        `${appName} 계정의 이메일 주소를 다른 주소로 변경해 달라는 요청이 접수되었습니다. 새 주소로 보낸 메일의 링크가 사용되면 변경됩니다.`,
        '본인이 요청하셨다면 여기서는 아무 조치도 필요하지 않습니다.',
        '본인이 요청하지 않으셨다면 변경을 취소해 주십시오. 변경 후 72시간까지 취소할 수 있습니다. 계정의 주소는 그대로 유지되거나 이 주소로 되돌아갑니다. 모든 기기에서 로그아웃되며, 다른 링크로 새 비밀번호를 설정하시게 됩니다.',
      ],
      action: '변경 취소',
    }),
    'email-changed': ({ appName, changedAt, expiresAt }) => ({
      subject: `${appName} 이메일 주소가 변경되었습니다`,
      paragraphs: [
        `${appName} 계정의 이메일 주소가 변경되었습니다(${changedAt}). 모든 기기에서 로그아웃되었습니다.`,
        `본인이 변경하지 않으셨다면 변경을 취소해 주십시오. 취소 기한: ${expiresAt}. 계정의 주소는 이 주소로 되돌아가며, 다른 링크로 새 비밀번호를 설정하시게 됩니다.`,
      ],
      action: '변경 취소',
    }),
    'account-deactivated': ({ appName, reason }) => ({
      subject: `${appName} 계정이 정지되었습니다`,
      paragraphs: [
        `관리자가 회원님의 ${appName} 계정을 정지했습니다. 모든 기기에서 로그아웃되었으며 로그인할 수 없습니다.`,
        ...(reason === null ? [] : ['정지 사유:', { quoted: reason }]),
        '착오라고 생각하시면 고객 지원에 문의하시기 바랍니다.',
      ],
    }),
    'account-reactivated': ({ appName }) => ({
      subject: `${appName} 계정을 다시 사용할 수 있습니다`,
      paragraphs: [`${appName} 계정의 정지가 해제되었습니다. 다시 로그인하실 수 있습니다.`],
    }),
    'account-deleted': ({ appName, eraseOn }) => ({
      subject: `${appName} 계정이 삭제되었습니다`,
      paragraphs: [
        `${appName} 계정이 삭제되었으며 모든 기기에서 로그아웃되었습니다.`,
        `${eraseOn}에 계정과 모든 데이터가 영구히 지워집니다. 그 전까지는 고객 지원에서 계정을 복구해 드릴 수 있습니다.`,
        '본인이 삭제하지 않으셨다면 즉시 고객 지원에 문의하시기 바랍니다.',
      ],
    }),
    'erasure-reminder': ({ appName, eraseOn }) => ({
      subject: `${appName} 계정이 ${eraseOn}에 지워집니다`,
      paragraphs: [
        `${appName} 계정이 삭제된 상태입니다. ${eraseOn}에 계정과 모든 데이터가 영구히 지워집니다.`,
        '계정을 유지하시려면 그날 전에 고객 지원에 문의하시기 바랍니다. 그 후에는 누구도 복구할 수 없습니다.',
      ],
    }),
    'account-restored': ({ appName }) => ({
      subject: `${appName} 계정이 복구되었습니다`,
      paragraphs: [
        `${appName} 계정이 복구되었으며 지워지지 않습니다.`,
        '계정이 삭제될 때 모든 기기에서 로그아웃되었으므로 다시 로그인해 주십시오.',
      ],
    }),
    'account-erased': ({ appName }) => ({
      subject: `${appName} 계정이 지워졌습니다`,
      paragraphs: [
        `${appName} 계정과 모든 데이터가 영구히 지워졌습니다. 이 계정에 관한 마지막 메일입니다.`,
        '이 이메일 주소로 언제든지 다시 가입하실 수 있습니다.',
      ],
    }),
  },
};
