/** What a browser is told of a page: nothing but the service's own files, and no other site may frame it. */
import { hash } from 'node:crypto';
import type { FastifyHelmetOptions } from '@fastify/helmet';
import { styleSheet } from '../artifacts/report/style.ts';

/** The only style that a report has. */
export const reportStyle = `'sha256-${hash('sha256', styleSheet, 'base64')}'`;

export interface PageNeeds {
  readonly behindTls: boolean;
  /** Where styles may come from beside the service's own files. */
  readonly styles?: readonly string[];
  /** The same of fonts; none where none are named. */
  readonly fonts?: readonly string[];
}

export function pageHeaders({ behindTls, styles = [], fonts = [] }: PageNeeds): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        connectSrc: ["'self'"],
        ...(fonts.length > 0 && { fontSrc: [...fonts] }),
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'", 'data:'],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", ...styles],
        // On plain HTTP an upgrade would send "Try it out" to a port that nothing listens on.
        ...(behindTls && { upgradeInsecureRequests: [] }),
      },
    },
    // A browser heeds these two over HTTPS only, and complains of the second elsewhere.
    strictTransportSecurity: behindTls && { maxAge: 31_536_000, includeSubDomains: false },
    crossOriginOpenerPolicy: behindTls,
    xFrameOptions: { action: 'deny' },
  };
}
