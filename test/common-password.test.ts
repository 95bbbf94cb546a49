import { dictionary } from '@zxcvbn-ts/language-common';
import { describe, expect, it } from 'vitest';
import { isCommonPassword } from '../src/accounts/passwords/common-password.ts';
import './learnt-passwords.ts';

describe('a password', () => {
  it('is common when it is among the best known', () => {
    for (const password of ['password', '12345678', 'qwertyuiop', 'iloveyou', 'trustno1', '11111111', '1qaz2wsx']) {
      expect(isCommonPassword(password)).toBe(true);
    }
  });

  it('is as common in any case', () => {
    for (const password of ['PASSWORD', 'PassWord', 'ILoveYou', 'QwertyUIOP']) {
      expect(isCommonPassword(password)).toBe(true);
    }
  });

  it('is not common when nobody uses it', () => {
    for (const password of ['correct horse battery staple', 'b8!xkQ_2vv', 'пароль-из-головы', '密码是一个很长的句子']) {
      expect(isCommonPassword(password)).toBe(false);
    }
  });

  it('is compared whole, as it was typed', () => {
    for (const password of ['', 'passwor', ' password', 'password ', 'password\n', 'password 12345678', '!qaz2wsx\n']) {
      expect(isCommonPassword(password)).toBe(false);
    }
  });

  // ASVS 6.2.4
  it('is common if it is one of the 10,000 most common that are long enough to be allowed', () => {
    const allowed = dictionary['passwords-common'].filter((password) => [...password].length >= 8);
    const common = allowed.filter(isCommonPassword);
    expect(common).toHaveLength(10_000);
    expect(common).toEqual(allowed.slice(0, 10_000));
  });
});
