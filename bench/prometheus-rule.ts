/** Writes deploy/prometheus/rules.yml into a PrometheusRule for Kubernetes (`npm run docs`). */
import { readFileSync, writeFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';

export function prometheusRule(rules: string): string {
  const resource = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'shardwell' },
    spec: parse(rules),
  };
  return `# Made by \`npm run docs\` from deploy/prometheus/rules.yml.\n${stringify(resource, { lineWidth: 0 })}`;
}

const file = (path: string) => new URL(`../${path}`, import.meta.url);

export const rulesFile = file('deploy/prometheus/rules.yml');
export const prometheusRuleFile = file('deploy/kubernetes/components/monitoring/prometheus-rule.yaml');

if (process.argv[1] === new URL(import.meta.url).pathname)
  writeFileSync(prometheusRuleFile, prometheusRule(readFileSync(rulesFile, 'utf8')));
