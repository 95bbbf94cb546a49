/** Bytes that count how often one of them is looked at: work that can be measured without a clock. */
export const watched = (bytes: Uint8Array<ArrayBuffer>) => {
  let looks = 0;
  const proxy = new Proxy(bytes, {
    get: (target, key) => {
      if (typeof key === 'string' && /^\d/.test(key)) looks += 1;
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { bytes: proxy, looks: () => looks };
};
