/** The log: JSON lines on standard output, with nothing in them that lets anybody in. */
import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from './config.ts';
import { openLogDestination } from './log-destination.ts';

const headers = ['authorization', 'proxy-authorization', 'x-api-key', 'cookie', 'set-cookie'];

/**
 * No line of the service's own has a request's headers. These are for an error of some package that carries them, at the places where
 * such errors have them.
 */
const redacted = ['', 'err.', 'req.', 'err.request.', 'err.options.', 'err.config.'].flatMap((place) =>
  headers.flatMap((name) => [`${place}headers["${name}"]`, `${place}["${name}"]`.replace('.[', '[')]),
);

/** What must not be written, whoever writes it: a client of a cache may put the whole URL into its error's message. */
function secretsOf(values: readonly unknown[]): string[] {
  return values.flatMap((value) => {
    if (typeof value !== 'string' || !URL.canParse(value)) return [];
    const { password } = new URL(value);
    return [...new Set([password, safelyDecoded(password)])].filter((secret) => secret !== '');
  });
}

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `config` whole: whichever of its values is a URL with a password. */
export function openLog(
  config: { readonly logLevel: LogLevel },
  stream: DestinationStream = openLogDestination(),
): Logger {
  const secrets = secretsOf(Object.values(config));
  return pino(
    {
      level: config.logLevel,
      redact: { paths: redacted, censor: '(secret)' },
      ...(secrets.length > 0 && {
        hooks: {
          streamWrite: (line: string) => secrets.reduce((text, secret) => text.replaceAll(secret, '***'), line),
        },
      }),
    },
    stream,
  );
}
