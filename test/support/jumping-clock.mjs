/**
 * Loaded before the service by --import, in its threads too: a wall clock that jumps every 50 ms, an hour or a day to either side, as
 * that of a virtual machine does which was asleep or is corrected. The monotonic clock goes on as it is.
 */
const hour = 3_600_000;
const jumps = [0, hour, -hour, 24 * hour, -24 * hour];
const RealDate = Date;
const start = performance.now();
const shift = () => jumps[Math.floor((performance.now() - start) / 50) % jumps.length] ?? 0;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + shift());
    else super(...given);
  }

  static now() {
    return RealDate.now() + shift();
  }
};
