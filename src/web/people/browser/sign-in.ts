import { AccountsError, type Completion, SecondFactorRequired } from '../../../client/client.ts';
import { accounts, api } from '../../browser/api.ts';
import { onSubmit, tellProblem, typedIn } from '../../browser/form.ts';
import { all, conclude, element, ownPage, startPage } from '../../browser/page.ts';
import { knowsPasskeys, offersPasskeys, usePasskey } from '../../browser/passkey.ts';

// The page that signs in.

/** What a second factor is to answer. */
let question: SecondFactorRequired['challenge'] | undefined;

/** The address that was typed, for the views that follow. */
let email = '';

// A challenge is asked for anew before it has run out.
const RENEWED_BEFORE_S = 30;

const form = (id: string): HTMLFormElement => element<HTMLFormElement>(id);

/** Where to go on to: a path of this origin that asked for it, and the account otherwise. */
const goOn = (): void => {
  offered?.abort();
  const next = new URLSearchParams(location.search).get('next') ?? '';
  const url = URL.canParse(next, location.href) ? new URL(next, location.href) : undefined;
  location.replace(next !== '' && url?.origin === location.origin ? url : ownPage('/account'));
};

const signIn = async (): Promise<void> => {
  email = typedIn(form('sign-in'), 'email');
  form('again').hidden = true;
  try {
    await accounts.signIn(email, typedIn(form('sign-in'), 'password'));
    goOn();
  } catch (error) {
    if (error instanceof SecondFactorRequired) {
      question = error.challenge;
      return conclude('factor');
    }
    form('again').hidden = !(error instanceof AccountsError && error.code === 'EMAIL_NOT_VERIFIED');
    throw error;
  }
};

/** What the browser offers by itself, until something else is begun. */
let offered: AbortController | undefined;

/** Offers passkeys among what the browser fills in, as long as the page stands there. */
const offerPasskeys = async (): Promise<void> => {
  offered?.abort();
  const controller = new AbortController();
  offered = controller;
  try {
    if (!(await offersPasskeys())) return;
    const { challenge, expires_in, passkey_options } = await (await api.auth.login['passkey-options'].$post()).json();
    const renewal = setTimeout(offerPasskeys, (expires_in - RENEWED_BEFORE_S) * 1000);
    controller.signal.addEventListener('abort', () => clearTimeout(renewal));
    const passkey = await usePasskey(passkey_options, { mediation: 'conditional', signal: controller.signal });
    await accounts.signInWithPasskey({ challenge, passkey });
    goOn();
  } catch (error) {
    // What nobody asked for is not told of; a passkey that was chosen and refused is.
    if (error instanceof AccountsError && !controller.signal.aborted) tellProblem(form('by-passkey'), error);
  }
};

/** Why no passkey came of it. */
const withoutPasskey = (error: unknown): string => {
  if (!(error instanceof DOMException)) throw error;
  return 'noPasskey';
};

const signInByPasskey = async (): Promise<unknown> => {
  if (!knowsPasskeys()) return 'passkeysUnknown';
  offered?.abort();
  const { challenge, passkey_options } = await (await api.auth.login['passkey-options'].$post()).json();
  const passkey = await usePasskey(passkey_options).catch(withoutPasskey);
  if (typeof passkey === 'string') {
    void offerPasskeys();
    return passkey;
  }
  await accounts.signInWithPasskey({ challenge, passkey });
  return goOn();
};

/** Answers the question; where its time is over, it has to be asked again. */
const complete = async (given: Omit<Completion, 'challenge'>): Promise<void> => {
  try {
    await accounts.completeSignIn({ challenge: question?.challenge ?? '', ...given });
    goOn();
  } catch (error) {
    if (!(error instanceof AccountsError && error.code === 'CHALLENGE_EXPIRED')) throw error;
    conclude('start');
    tellProblem(form('sign-in'), error);
  }
};

const completeByPasskey = async (): Promise<unknown> => {
  if (!knowsPasskeys()) return 'passkeysUnknown';
  const passkey = await usePasskey(question?.passkey_options ?? {}).catch(withoutPasskey);
  return typeof passkey === 'string' ? passkey : complete({ passkey });
};

const start = (): void => {
  element<HTMLInputElement>('email').value = email;
  onSubmit(form('sign-in'), signIn);
  onSubmit(form('again'), async () => {
    await api.auth['resend-verification'].$post({ json: { email } });
    return 'sentAgain';
  });
  onSubmit(form('by-passkey'), signInByPasskey);
  element('forgotten').onclick = () => {
    email = typedIn(form('sign-in'), 'email');
    conclude('forgot');
  };
  void offerPasskeys();
};

const factor = (): void => {
  offered?.abort();
  const factors: readonly string[] = question?.factors ?? [];
  for (const part of all('[data-factor]')) part.hidden = !factors.includes(part.dataset['factor'] ?? '');
  all<HTMLDetailsElement>('details').forEach((part) => {
    part.open = factors.length === 1;
  });
  onSubmit(form('use-passkey'), completeByPasskey);
  onSubmit(form('use-code'), () => complete({ code: typedIn(form('use-code'), 'code') }));
  onSubmit(form('use-recovery'), () => complete({ recovery_code: typedIn(form('use-recovery'), 'recovery_code') }));
  element('begin').onclick = () => conclude('start');
};

const backToStart = (): void => {
  element('back').onclick = () => conclude('start');
};

const forgot = (): void => {
  offered?.abort();
  element<HTMLInputElement>('email').value = email;
  backToStart();
  onSubmit(form('forgot-form'), async () => {
    email = typedIn(form('forgot-form'), 'email').trim();
    await api.auth['forgot-password'].$post({ json: { email } });
    conclude('sent', { email });
  });
};

startPage({ start, factor, forgot, sent: backToStart }, 'start');
