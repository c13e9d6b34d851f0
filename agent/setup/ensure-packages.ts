/**
 * Has the system packages there, or leaves with the one command that brings them. Nothing is half done.
 */
import { SlapgridError } from '../errors.ts';
import { text } from '../messages.ts';
import type { Dialogue } from './dialogue.ts';
import { installPackages, type PackageProgress } from './package-installation.ts';
import { decide, missingPrograms, REQUIREMENTS, type Situation } from './system-packages.ts';

export type PackageTools = {
  missing(): Promise<string[]>;
  install: typeof installPackages;
};

const SYSTEM: PackageTools = { missing: () => missingPrograms(), install: installPackages };

/**
 * @throws SlapgridError `packages-needed` with the command, `packages-needed-by-name`, or what installing throws.
 */
export async function ensurePackages(
  dialogue: Dialogue,
  situation: Omit<Situation, 'missing'>,
  tools: PackageTools = SYSTEM,
): Promise<void> {
  const missing = await tools.missing();
  const decision = decide({ ...situation, missing });
  if (decision.kind === 'ready') return;
  const packages = decision.packages.join(', ');
  if (decision.kind === 'name') throw new SlapgridError('packages-needed-by-name', { packages });
  if (decision.kind === 'tell') throw needed(packages, decision.command);
  if (decision.kind === 'ask') {
    dialogue.note(text('setup.packages.why'));
    for (const line of reasons(missing, situation)) dialogue.note(line);
    const reply = await dialogue.ask(text('setup.packages.ask', { command: decision.command }));
    // Nothing typed is the offered answer; it is to install what was just explained.
    if (reply === null || !['', 'y', 'yes'].includes(reply.toLowerCase())) {
      throw needed(packages, decision.command);
    }
  } else {
    dialogue.note(text('setup.packages.installing', { packages }));
  }
  await tools.install(decision.packages, {
    sudo: decision.kind === 'ask',
    listsMissing: situation.listsMissing,
    onProgress: (progress) => {
      if (dialogue.interactive) dialogue.draw(progressText(progress));
    },
  });
  const still = await tools.missing();
  if (still.length > 0) {
    const detail = text('setup.packages.still', { programs: still.join(', ') });
    throw new SlapgridError('packages-failed', { packages, detail });
  }
  dialogue.note(text('setup.packages.installed', { packages }));
}

function needed(packages: string, command: string): SlapgridError {
  return new SlapgridError('packages-needed', { packages, command });
}

/** What each missing program is for, with the package it comes in. */
function reasons(missing: readonly string[], { family }: Pick<Situation, 'family'>): string[] {
  return REQUIREMENTS.filter(({ program }) => missing.includes(program)).map(({ program, packages }) =>
    text('setup.packages.reason', { package: packages[family], reason: text(`setup.why.${program}`) }),
  );
}

function progressText({ step, percent }: PackageProgress): string {
  return text(`setup.progress.${step}`, { percent: Math.round(percent) });
}
