/** Beyond these nobody means it. */
export const limits = { gpus: 2 ** 20, top: 50 } as const;
