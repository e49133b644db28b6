/** What the units of the contract are in SI. */
export const GiB = 2 ** 30;
export const GB = 1e9;
export const tera = 1e12;
/** Microseconds in a second: dividing by it keeps 10 us at exactly 1e-5 s, which multiplying by 1e-6 does not. */
export const micro = 1e6;
