/** What a report of `npm audit --json` amounts to, given the advisories that are known and harmless here. */
import { Type } from 'typebox';
import { Value } from 'typebox/value';

export interface Advisory {
  readonly url: string;
  readonly reason: string;
  /** YYYY-MM-DD: a reason is looked at again from time to time. */
  readonly until: string;
}

/** Of the report, what is read of it. A package's `via` has advisories, and names of packages whose own entries have them. */
const Report = Type.Object({
  vulnerabilities: Type.Record(
    Type.String(),
    Type.Object({
      via: Type.Array(
        Type.Union([
          Type.String(),
          Type.Object({ url: Type.String(), title: Type.String(), severity: Type.String(), range: Type.String() }),
        ]),
      ),
    }),
  ),
});

/** What npm writes in a report's place. */
const Refusal = Type.Object({ message: Type.String() });

export interface Judgement {
  readonly code: 0 | 1 | 2;
  readonly lines: readonly string[];
}

export function judgeAudit({
  stdout,
  stderr,
  accepted,
  today,
}: {
  readonly stdout: string;
  readonly stderr: string;
  readonly accepted: readonly Advisory[];
  readonly today: string;
}): Judgement {
  const report = parsed(stdout);
  if (!Value.Check(Report, report)) {
    const why = Value.Check(Refusal, report)
      ? report.message
      : (/^npm (?:warn|error).*/m.exec(stderr)?.[0] ?? 'no report');
    return { code: 2, lines: [`Not checked: the registry answers no audits (${why}).`] };
  }
  const found = new Map(
    Object.entries(report.vulnerabilities).flatMap(([name, { via }]) =>
      via.flatMap((advisory) => (typeof advisory === 'string' ? [] : [[advisory.url, { name, ...advisory }] as const])),
    ),
  );
  const open = [...found.values()].filter(({ url }) => !accepted.some((one) => one.url === url && today <= one.until));
  const stale = accepted.filter(({ url }) => !found.has(url));
  return {
    code: open.length === 0 ? 0 : 1,
    lines: [
      ...open.map(({ name, range, severity, title, url }) => `${severity}: ${name} ${range}: ${title} (${url})`),
      ...stale.map(({ url }) => `No longer found, its reason can go: ${url}`),
      `${found.size} advisories, ${found.size - open.length} of them with a reason.`,
    ],
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
