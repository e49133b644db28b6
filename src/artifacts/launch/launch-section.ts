/** The guide's words on launch files. */
import { list, table } from '../markdown.ts';
import { launchFiles } from './launch-files.ts';
import type { Launch } from './make-launch.ts';
import { engineTitles } from './platforms/platform.ts';
import { platformFiles, platformRefusals } from './platforms/platform-files.ts';

function refusal(launch: Extract<Launch, { expressible: false }>): string {
  const nearest = launch.nearest.map(
    ({ role, strategy, flags }) => `${role === 'both' ? '' : `${role} workers `}${strategy} (\`${flags}\`)`,
  );
  return `**${launch.engine}** cannot be started so: ${launch.why}.${nearest.length > 0 ? ` The nearest that it can: ${nearest.join('; ')}.` : ''}`;
}

/** Links are to files beside the guide. */
export function launchText(launches: readonly Launch[]): string {
  const files = [...launchFiles(launches), ...platformFiles(launches)];
  const notes = [
    ...launches.flatMap((launch) => (launch.expressible ? launch.plan.notes : [refusal(launch)])),
    ...platformRefusals(launches).map(
      ({ platform, engine, why, nearest }) =>
        `**${platform}** has no file for ${engineTitles[engine]}: ${why}. The nearest: ${nearest}.`,
    ),
  ];
  const parts = [
    ...(files.length > 0
      ? [
          table(
            ['File', 'What it does'],
            files.map(({ name, description }) => [`[${name}](${name})`, description]),
          ),
        ]
      : []),
    ...(notes.length > 0 ? [list(notes)] : []),
  ];
  return parts.join('\n\n');
}
