/** Which media type to answer in (RFC 9110, section 12.5.1). */

/**
 * The one of `offered` that the header prefers; the first where it does not care. Undefined when it accepts none.
 * Of several ranges that match an offer the most specific decides, as the RFC says.
 */
export function negotiate<T extends string>(accept: string | undefined, offered: readonly [T, ...T[]]): T | undefined {
  if (accept === undefined || accept.trim() === '' || accept === '*/*') return offered[0];
  const ranges = accept.split(',').map(parseRange);
  let best: T | undefined;
  let most = 0;
  for (const offer of offered) {
    const quality = qualityOf(offer, ranges);
    if (quality > most) {
      best = offer;
      most = quality;
    }
  }
  return best;
}

interface Range {
  readonly type: string;
  readonly quality: number;
}

function parseRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = weight === undefined ? 1 : Number(weight.slice(2));
  // A weight that is no number is ignored rather than refused: the range itself was readable.
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 1 };
}

function qualityOf(offer: string, ranges: readonly Range[]): number {
  const family = `${offer.slice(0, offer.indexOf('/'))}/*`;
  for (const wanted of [offer, family, '*/*']) {
    const range = ranges.find(({ type }) => type === wanted);
    if (range) return range.quality;
  }
  return 0;
}
